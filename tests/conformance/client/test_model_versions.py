"""Model versions by the stock client: registered, moved, copied, loaded, searched and deleted."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.client.generations import HAS_LOGGED_MODELS, before, since
from tests.conformance.client.refusals import code_of, refusal_of


@since("3.0", "logged models")
def test_log_model_registers_what_it_logged(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    with mlflow.start_run() as run:
        logged = log_model(registered_model_name=unique, params={"C": 1.0}, tags={"kind": "linear"})

    version = client.get_model_version(unique, "1")
    assert version.status == "READY"
    assert version.source == f"models:/{logged.model_id}"
    assert version.run_id == run.info.run_id
    kept = mlflow.get_logged_model(logged.model_id)
    assert kept.status == "READY"
    assert kept.params == {"C": "1.0"}
    assert kept.tags["kind"] == "linear"
    assert kept.source_run_id == run.info.run_id
    assert "mlflow.modelVersions" in kept.tags
    [output] = client.get_run(run.info.run_id).outputs.model_outputs
    assert output.model_id == logged.model_id
    assert "model/MLmodel" in {info.path for info in client.list_artifacts(run.info.run_id, "model")}


@before("3.0", "models as files of a run")
def test_log_model_keeps_the_model_among_the_files_of_its_run(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    with mlflow.start_run() as run:
        log_model(registered_model_name=unique)

    version = client.get_model_version(unique, "1")
    assert (version.status, version.run_id) == ("READY", run.info.run_id)
    assert version.source == f"{run.info.artifact_uri}/model"
    assert "model/MLmodel" in {info.path for info in client.list_artifacts(run.info.run_id, "model")}
    assert run.info.run_id in client.get_run(run.info.run_id).data.tags["mlflow.log-model.history"]


@since("3.0", "logged models")
def test_a_model_is_registered_from_a_run_and_from_a_logged_model(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    with mlflow.start_run() as run:
        logged = log_model()
    from_run = mlflow.register_model(f"runs:/{run.info.run_id}/model", unique, tags={"by": "run"})
    from_model = mlflow.register_model(f"models:/{logged.model_id}", unique)

    assert (from_run.version, from_model.version) == ("1", "2")
    assert client.get_model_version(unique, "1").tags == {"by": "run"}
    files = mlflow.get_logged_model(logged.model_id).artifact_location
    assert client.get_model_version_download_uri(unique, "2") == files


def test_a_model_of_a_run_is_registered(mlflow: Any, client: Any, registered: str) -> None:
    run_id = client.get_model_version(registered, "1").run_id
    third = mlflow.register_model(f"runs:/{run_id}/model", registered, tags={"by": "hand"})

    assert (third.version, third.run_id, third.status) == ("3", run_id, "READY")
    kept = client.get_model_version(registered, "3")
    assert (kept.tags, kept.current_stage, kept.description or "") == ({"by": "hand"}, "None", "")
    assert kept.creation_timestamp <= kept.last_updated_timestamp


def test_a_version_of_files_elsewhere_is_created(client: Any, experiment: Any, unique: str) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.create_registered_model(unique)
    made = client.create_model_version(
        unique, "s3://bucket/model", run_id, {"a": "b"}, "https://example.com/job/1", "why"
    )

    kept = client.get_model_version(unique, made.version)
    assert (kept.source, kept.run_id, kept.run_link) == ("s3://bucket/model", run_id, "https://example.com/job/1")
    assert (kept.tags, kept.description, kept.status) == ({"a": "b"}, "why", "READY")
    assert client.get_model_version_download_uri(unique, "1") == "s3://bucket/model"
    assert code_of(client.create_model_version, f"{unique}-x", "s3://bucket/model") == "RESOURCE_DOES_NOT_EXIST"


def test_a_model_loads_by_number_alias_latest_stage_and_run(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    with mlflow.start_run() as run:
        logged = log_model(registered_model_name=unique)
        log_model(registered_model_name=unique)
    client.set_registered_model_alias(unique, "champion", "1")
    client.transition_model_version_stage(unique, "2", "Production")

    uris = [
        f"models:/{unique}/1",
        f"models:/{unique}@champion",
        f"models:/{unique}/latest",
        f"models:/{unique}/Production",
        *([f"models:/{logged.model_id}"] if HAS_LOGGED_MODELS else []),
        f"runs:/{run.info.run_id}/model",
    ]
    for uri in uris:
        assert list(mlflow.sklearn.load_model(uri).predict([[0.0], [3.0]])) == [0, 1], uri


def test_stages_move_and_archive(mlflow: Any, client: Any, numbered: str) -> None:
    client.transition_model_version_stage(numbered, "1", "production")
    moved = client.transition_model_version_stage(numbered, "2", "Production", archive_existing_versions=True)

    assert moved.current_stage == "Production"
    assert client.get_model_version(numbered, "1").current_stage == "Archived"
    [latest] = client.get_latest_versions(numbered, ["Production"])
    assert latest.version == "2"
    assert {version.current_stage for version in client.get_latest_versions(numbered)} == {"Production", "Archived"}
    stages = {
        version.version: version.current_stage for version in client.get_registered_model(numbered).latest_versions
    }
    assert stages == {"1": "Archived", "2": "Production"}
    assert client.get_model_version_stages(numbered, "1") == ["None", "Staging", "Production", "Archived"]
    assert code_of(client.transition_model_version_stage, numbered, "1", "Best") == "INVALID_PARAMETER_VALUE"
    assert code_of(client.get_latest_versions, numbered, ["Best"]) == "INVALID_PARAMETER_VALUE"
    assert client.get_latest_versions(numbered, ["Staging"]) == []


def test_a_tag_is_set_on_whatever_version_has_a_stage(client: Any, numbered: str) -> None:
    client.transition_model_version_stage(numbered, "2", "Staging")
    client.set_model_version_tag(numbered, key="checked", value="yes", stage="Staging")

    assert client.get_model_version(numbered, "2").tags == {"checked": "yes"}
    client.delete_model_version_tag(numbered, key="checked", stage="Staging")
    assert client.get_model_version(numbered, "2").tags == {}


@since("3.0", "mlflow.set_model_version_tag")
def test_the_fluent_calls_tag_a_version(mlflow: Any, client: Any, numbered: str) -> None:
    mlflow.set_model_version_tag(numbered, "1", "checked", "yes")

    assert client.get_model_version(numbered, "1").tags == {"checked": "yes"}


def test_a_deleted_number_is_not_given_again(mlflow: Any, client: Any, registered: str) -> None:
    first = client.get_model_version(registered, "1")
    client.delete_model_version(registered, "2")
    assert code_of(client.get_model_version, registered, "2") == "RESOURCE_DOES_NOT_EXIST"
    assert code_of(client.delete_model_version, registered, "2") == "RESOURCE_DOES_NOT_EXIST"

    again = mlflow.register_model(f"runs:/{first.run_id}/model", registered)
    assert again.version == "3"
    if HAS_LOGGED_MODELS:
        id = first.source.removeprefix("models:/")
        assert client.create_model_version(registered, first.source, model_id=id).version == "4"


def test_versions_are_found_by_run_and_tag(mlflow: Any, client: Any, registered: str) -> None:
    run_id = client.get_model_version(registered, "1").run_id
    client.set_model_version_tag(registered, "2", "checked", registered)

    by_run = client.search_model_versions(f"run_id = '{run_id}'", order_by=["version_number ASC"])
    assert [version.version for version in by_run] == ["1", "2"]
    by_tag = client.search_model_versions(f"tags.checked = '{registered}'")
    assert [(version.name, version.version) for version in by_tag] == [(registered, "2")]
    assert by_tag[0].tags == {"checked": registered}
    fluent = mlflow.search_model_versions(filter_string=f"run_id = '{run_id}'", order_by=["version_number DESC"])
    assert [version.version for version in fluent] == ["2", "1"]


def test_versions_are_found_page_by_page(client: Any, unique: str) -> None:
    for name in (f"{unique}-a", f"{unique}-b"):
        client.create_registered_model(name)
        for number in range(3):
            client.create_model_version(name, f"s3://bucket/{name}/{number}")

    def found(text: str, **options: Any) -> list[tuple[str, str]]:
        versions = client.search_model_versions(text, **options)
        return [(version.name[-1], version.version) for version in versions]

    everything, token = [], None
    while True:
        page = client.search_model_versions(f"name LIKE '{unique}%'", 4, ["name ASC", "version_number ASC"], token)
        everything += [(version.name[-1], version.version) for version in page]
        token = page.token
        if not token:
            break
    assert everything == [(letter, number) for letter in "ab" for number in "123"]
    assert found(f"source_path = 's3://bucket/{unique}-a/1'") == [("a", "2")]
    assert found(f"name = '{unique}-b' AND version_number >= 2", order_by=["version_number DESC"]) == [
        ("b", "3"), ("b", "2"),
    ]  # fmt: skip
    assert found(f"name IN ('{unique}-a')", order_by=["version_number"], max_results=1) == [("a", "1")]


@pytest.mark.parametrize("text", ["colour = 'red'", "version_number = 1.5", "current_stage = 'None'", "name ="])
def test_a_filter_of_versions_that_means_nothing_is_refused(client: Any, text: str) -> None:
    assert code_of(client.search_model_versions, text) == "INVALID_PARAMETER_VALUE"


def test_a_version_is_copied_to_another_model(mlflow: Any, client: Any, registered: str) -> None:
    client.update_model_version(registered, "1", "the original")
    copy = client.copy_model_version(f"models:/{registered}/1", f"{registered} copy")

    original = client.get_model_version(registered, "1")
    assert copy.version == "1"
    assert copy.source == f"models:/{registered}/1"
    assert copy.run_id == original.run_id
    assert copy.description == "the original"
    assert mlflow.sklearn.load_model(f"models:/{registered} copy/1") is not None


def test_a_copy_is_copied_and_an_alias_names_what_to_copy(mlflow: Any, client: Any, registered: str) -> None:
    client.set_registered_model_alias(registered, "champion", "2")
    first = client.copy_model_version(f"models:/{registered}@champion", f"{registered} copy")
    second = client.copy_model_version(f"models:/{registered} copy/1", f"{registered} copy of copy")
    third = client.copy_model_version(f"models:/{registered} copy/1", f"{registered} copy")

    assert first.source == f"models:/{registered}/2"
    assert second.source == third.source == f"models:/{registered} copy/1"
    assert (second.version, third.version) == ("1", "2")
    files = client.get_model_version_download_uri(registered, "2")
    assert client.get_model_version_download_uri(f"{registered} copy of copy", "1") == files
    # The files stay found when what they were copied from is gone or called otherwise.
    client.delete_registered_model(registered)
    client.rename_registered_model(f"{registered} copy", f"{registered} renamed")
    for name in (f"{registered} copy of copy/1", f"{registered} renamed/2"):
        assert list(mlflow.sklearn.load_model(f"models:/{name}").predict([[3.0]])) == [1]
    refusal = refusal_of(client.copy_model_version, f"models:/{registered}/1", f"{registered} new")
    assert f"name={registered}, version=1" in str(refusal.__cause__ or refusal)


def test_files_of_a_version_are_downloaded(mlflow: Any, client: Any, registered: str, tmp_path: Path) -> None:
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{registered}/1", dst_path=str(tmp_path)))

    assert (folder / "MLmodel").read_text().startswith("artifact_path:")
    assert (folder / "requirements.txt").exists()
    listed = mlflow.artifacts.list_artifacts(f"models:/{registered}/1")
    assert {"MLmodel", "requirements.txt"} <= {info.path for info in listed}


@pytest.mark.parametrize("source", ["http://example.com/model", "file:///etc", "../model", "runs:/abc/model"])
def test_sources_that_are_not_the_servers_to_give_are_refused(client: Any, unique: str, source: str) -> None:
    client.create_registered_model(unique)

    assert code_of(client.create_model_version, unique, source) == "INVALID_PARAMETER_VALUE"
    assert client.get_latest_versions(unique) == []
