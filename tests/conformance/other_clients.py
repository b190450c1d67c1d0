"""Runs the suite in `client/` with a client of another generation, in an environment of its own."""

import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from tests.clients import environments
from tests.live import ROOT

SUITE = Path(__file__).resolve().parent / "client"
# What a generation does not have: exactly these are skipped, each with its reason in the suite.
SINCE_3_17 = {
    "test_a_stream_becomes_a_file",
    "test_conversations_are_prompts_with_a_format_and_a_model",
    "test_images_have_keys_with_slashes_and_times",
    "test_prompts_and_their_versions_have_tags",
    "test_prompts_are_linked_to_runs_and_models",
    "test_prompts_are_made_read_and_deleted_version_by_version",
    "test_prompts_live_beside_the_models_and_hide_from_them",
    "test_tags_of_experiments_are_deleted",
    "test_the_fluent_calls_restore_a_run",
    "test_the_fluent_calls_restore_an_experiment",
}
SINCE_3_0 = {
    "test_a_model_is_initialized_filled_and_finalized",
    "test_a_model_is_registered_from_a_run_and_from_a_logged_model",
    "test_a_model_of_a_deleted_experiment_is_not_made",
    "test_a_model_that_fails_while_it_is_logged_is_marked_so",
    "test_a_model_whose_upload_failed_is_marked_so",
    "test_an_external_model_takes_many_params",
    "test_log_model_registers_what_it_logged",
    "test_logged_models_are_found_tagged_and_deleted",
    "test_logged_models_that_do_not_exist_are_said_not_to",
    "test_models_are_found_by_attributes_params_and_tags",
    "test_models_are_found_by_their_metrics_on_a_dataset",
    "test_names_that_addresses_of_models_can_not_hold_are_refused",
    "test_prompts_are_found_by_name",
    "test_runs_name_models_as_inputs_and_outputs",
    "test_several_datasets_are_logged_at_once",
    "test_tags_of_models_come_and_go",
    "test_the_active_model_collects_metrics",
    "test_the_fluent_calls_tag_a_version",
}
SKIPPED = {
    "mlflow2": SINCE_3_0 | SINCE_3_17,
    "mlflow30": SINCE_3_17 | {"test_log_model_keeps_the_model_among_the_files_of_its_run"},
}


def outcomes(report: Path) -> dict[str, set[str]]:
    """Names of tests, without their parameters, by what became of them."""
    found: dict[str, set[str]] = {"passed": set(), "skipped": set(), "failure": set(), "error": set()}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own
        outcome = next((child.tag for child in case if child.tag in found), "passed")
        found[outcome].add(case.attrib["name"].partition("[")[0])
    return found


def check(name: str, url: str, crowd: str, folder: Path, *, at_least: int) -> None:
    """All of it passes but what that client lacks; `at_least` so many tests, with all their parameters as one."""
    report = folder / "report.xml"
    command = [str(environments.python_with(name)), "-m", "pytest", str(SUITE), "--rootdir", str(ROOT)]
    # Neither our settings of pytest nor our fixtures: that client's environment has no Django.
    command += ["-o", "addopts=", "-p", "no:cacheprovider", "--confcutdir", str(SUITE), "-q", "--tb=short"]
    command += ["-W", "ignore", f"--junit-xml={report}"]
    given = {"LAUREL_CONFORMANCE_URL": url, "LAUREL_CONFORMANCE_CROWD": crowd}
    # Nor what a pytest around it tells its own processes, nor what this machine tells its clients.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MLFLOW_"))}
    done = subprocess.run(command, cwd=folder, env={**env, **given}, capture_output=True, text=True, timeout=600)

    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    found = outcomes(report)
    assert not found["failure"] | found["error"]
    assert found["skipped"] == SKIPPED[name]
    assert len(found["passed"]) >= at_least
