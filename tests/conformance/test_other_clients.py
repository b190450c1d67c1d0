"""Clients of other generations, each in an environment of its own, go through the same suite as the newest one."""

import os
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.clients import environments
from tests.conftest import once
from tests.live import ROOT

pytestmark = [once, pytest.mark.conformance]

SUITE = Path(__file__).resolve().parent / "client"
# What a generation does not have: exactly these are skipped, each with its reason in the suite.
SKIPPED: dict[str, set[str]] = {}
LEAST = {"mlflow2": 145, "mlflow30": 165}  # tests that pass


def outcomes(report: Path) -> dict[str, set[str]]:
    """Names of tests, without their parameters, by what became of them."""
    found: dict[str, set[str]] = {"passed": set(), "skipped": set(), "failure": set(), "error": set()}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own
        outcome = next((child.tag for child in case if child.tag in found), "passed")
        found[outcome].add(case.attrib["name"])
    return found


@pytest.mark.parametrize("name", environments.GENERATIONS)
def test_a_client_of_another_generation_passes_the_suite(
    live_laurel: Any, crowd: str, tmp_path: Path, name: str
) -> None:
    report = tmp_path / "report.xml"
    command = [str(environments.python_with(name)), "-m", "pytest", str(SUITE), "--rootdir", str(ROOT)]
    # Neither our settings of pytest nor our fixtures: that client's environment has no Django.
    command += [
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "--confcutdir",
        str(SUITE),
        "-q",
        "--tb=short",
        "-W",
        "ignore",
    ]
    given = {"LAUREL_CONFORMANCE_URL": live_laurel.url, "LAUREL_CONFORMANCE_CROWD": crowd}
    done = subprocess.run(
        [*command, f"--junit-xml={report}"], cwd=tmp_path, env={**os.environ, **given}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    found = outcomes(report)
    assert not found["failure"] | found["error"]
    assert {test.partition("[")[0] for test in found["skipped"]} == SKIPPED[name]
    assert len(found["passed"]) >= LEAST[name]
