"""Logging, registering, moving and loading models, by the stock client."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.conformance

# Given, so that the client needn't load each model in a fresh process to find them out.
REQUIREMENTS = ["scikit-learn"]


@pytest.fixture
def classifier() -> Any:
    linear = pytest.importorskip("sklearn.linear_model")
    return linear.LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])


@pytest.fixture
def log_model(mlflow: Any, classifier: Any) -> Any:
    def log(**options: Any) -> Any:
        return mlflow.sklearn.log_model(classifier, name="model", pip_requirements=REQUIREMENTS, **options)

    return log


@pytest.fixture
def registered(mlflow: Any, experiment: Any, unique: str, log_model: Any) -> str:
    """The name of a model with two versions."""
    name = f"iris {unique}"
    with mlflow.start_run():
        log_model(registered_model_name=name)
        log_model(registered_model_name=name)
    return name


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
        f"models:/{logged.model_id}",
        f"runs:/{run.info.run_id}/model",
    ]
    for uri in uris:
        assert list(mlflow.sklearn.load_model(uri).predict([[0.0], [3.0]])) == [0, 1], uri


def test_aliases_are_set_moved_and_deleted(mlflow: Any, client: Any, registered: str) -> None:
    from mlflow.exceptions import MlflowException

    client.set_registered_model_alias(registered, "champion", "1")
    client.set_registered_model_alias(registered, "champion", "2")
    client.set_registered_model_alias(registered, "challenger", 2)

    assert client.get_model_version_by_alias(registered, "champion").version == "2"
    assert client.get_registered_model(registered).aliases == {"champion": "2", "challenger": "2"}
    assert sorted(client.get_model_version(registered, "2").aliases) == ["challenger", "champion"]
    client.delete_registered_model_alias(registered, "champion")
    client.delete_registered_model_alias(registered, "champion")
    with pytest.raises(MlflowException) as refusal:
        client.get_model_version_by_alias(registered, "champion")
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_model_version_by_alias(registered, "latest").version == "2"


def test_tags_and_descriptions_of_models_and_versions(mlflow: Any, client: Any, registered: str) -> None:
    client.set_registered_model_tag(registered, "task", "classification")
    client.set_model_version_tag(registered, "1", "validated", "yes")
    client.update_registered_model(registered, "# Card")
    client.update_model_version(registered, "1", "first try")

    model = client.get_registered_model(registered)
    version = client.get_model_version(registered, "1")
    assert (model.tags, model.description) == ({"task": "classification"}, "# Card")
    assert (version.tags, version.description) == ({"validated": "yes"}, "first try")
    client.delete_registered_model_tag(registered, "task")
    client.delete_registered_model_tag(registered, "task")
    client.delete_model_version_tag(registered, "1", "validated")
    assert client.get_registered_model(registered).tags == {}
    assert client.get_model_version(registered, "1").tags == {}


def test_stages_move_and_archive(mlflow: Any, client: Any, registered: str) -> None:
    client.transition_model_version_stage(registered, "1", "production")
    moved = client.transition_model_version_stage(registered, "2", "Production", archive_existing_versions=True)

    assert moved.current_stage == "Production"
    assert client.get_model_version(registered, "1").current_stage == "Archived"
    [latest] = client.get_latest_versions(registered, ["Production"])
    assert latest.version == "2"
    assert {version.current_stage for version in client.get_latest_versions(registered)} == {"Production", "Archived"}


def test_models_are_renamed_and_deleted(mlflow: Any, client: Any, registered: str) -> None:
    from mlflow.exceptions import MlflowException

    renamed = f"{registered} renamed"
    client.rename_registered_model(registered, renamed)
    assert client.get_model_version(renamed, "1").name == renamed
    assert mlflow.sklearn.load_model(f"models:/{renamed}/1") is not None

    client.delete_model_version(renamed, "2")
    assert [version.version for version in client.search_model_versions(f"name = '{renamed}'")] == ["1"]
    client.delete_registered_model(renamed)
    for gone in (registered, renamed):
        with pytest.raises(MlflowException) as refusal:
            client.get_registered_model(gone)
        assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_deleted_number_is_not_given_again(mlflow: Any, client: Any, registered: str) -> None:
    client.delete_model_version(registered, "2")
    source = client.get_model_version(registered, "1")

    again = client.create_model_version(registered, source.source, model_id=source.source.removeprefix("models:/"))
    assert again.version == "3"


def test_a_name_that_is_taken_is_refused_with_mlflows_code(mlflow: Any, client: Any, unique: str) -> None:
    from mlflow.exceptions import MlflowException

    client.create_registered_model(unique, tags={"a": "b"}, description="first")
    with pytest.raises(MlflowException) as refusal:
        client.create_registered_model(unique)

    assert refusal.value.error_code == "RESOURCE_ALREADY_EXISTS"
    assert client.get_registered_model(unique).description == "first"


def test_models_and_versions_are_found(mlflow: Any, client: Any, unique: str) -> None:
    for number in range(3):
        client.create_registered_model(f"{unique}-{number}", tags={"series": unique, "number": str(number)})

    found = client.search_registered_models(f"name LIKE '{unique}-%'", order_by=["name DESC"], max_results=2)
    assert [model.name for model in found] == [f"{unique}-2", f"{unique}-1"]
    rest = client.search_registered_models(
        f"name LIKE '{unique}-%'", order_by=["name DESC"], max_results=2, page_token=found.token
    )
    assert [model.name for model in rest] == [f"{unique}-0"]
    assert not rest.token
    # The client joins a condition of its own with AND, so here are two.
    dangling = client.search_registered_models(f"tags.series = '{unique}' AND tags.number = '1' AND")
    tagged = client.search_registered_models(f"tags.series = '{unique}' AND tags.number = '1'")
    assert [found.name for found in dangling] == [found.name for found in tagged]
    assert [model.name for model in tagged] == [f"{unique}-1"]
    assert f"{unique}-0" in {model.name for model in client.search_registered_models()}


def test_versions_are_found_by_run_and_tag(mlflow: Any, client: Any, registered: str) -> None:
    run_id = client.get_model_version(registered, "1").run_id
    client.set_model_version_tag(registered, "2", "checked", registered)

    by_run = client.search_model_versions(f"run_id = '{run_id}'", order_by=["version_number ASC"])
    assert [version.version for version in by_run] == ["1", "2"]
    by_tag = client.search_model_versions(f"tags.checked = '{registered}'")
    assert [(version.name, version.version) for version in by_tag] == [(registered, "2")]


def test_a_version_is_copied_to_another_model(mlflow: Any, client: Any, registered: str) -> None:
    copy = client.copy_model_version(f"models:/{registered}/1", f"{registered} copy")

    original = client.get_model_version(registered, "1")
    assert copy.version == "1"
    assert copy.source == f"models:/{registered}/1"
    assert copy.run_id == original.run_id
    assert mlflow.sklearn.load_model(f"models:/{registered} copy/1") is not None


def test_files_of_a_version_are_downloaded(mlflow: Any, client: Any, registered: str, tmp_path: Path) -> None:
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{registered}/1", dst_path=str(tmp_path)))

    assert (folder / "MLmodel").read_text().startswith("artifact_path:")
    assert (folder / "requirements.txt").exists()


def test_logged_models_are_found_tagged_and_deleted(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    from mlflow.exceptions import MlflowException

    with mlflow.start_run():
        first = log_model(params={"depth": 1})
        second = log_model(params={"depth": 2})
        mlflow.log_metric("accuracy", 0.5, model_id=first.model_id)
        mlflow.log_metric("accuracy", 0.9, model_id=second.model_id)

    def found(**query: Any) -> list[str]:
        models = mlflow.search_logged_models([experiment.experiment_id], output_format="list", **query)
        return [model.model_id for model in models]

    assert set(found()) == {first.model_id, second.model_id}
    assert found(filter_string="metrics.accuracy > 0.8") == [second.model_id]
    assert found(filter_string="params.depth = '1'") == [first.model_id]
    by_accuracy = [{"field_name": "metrics.accuracy", "ascending": False}]
    assert found(order_by=by_accuracy) == [second.model_id, first.model_id]
    mlflow.set_logged_model_tags(first.model_id, {"kept": "no"})
    mlflow.delete_logged_model_tag(first.model_id, "kept")
    kept = mlflow.get_logged_model(first.model_id)
    assert "kept" not in kept.tags
    assert [(metric.key, metric.value) for metric in kept.metrics] == [("accuracy", 0.5)]
    client.delete_logged_model(first.model_id)
    assert found() == [second.model_id]
    with pytest.raises(MlflowException) as refusal:
        mlflow.get_logged_model(first.model_id)
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_an_external_model_takes_many_params(mlflow: Any, client: Any, experiment: Any) -> None:
    params = {f"p{number:03}": str(number) for number in range(250)}
    model = mlflow.create_external_model("outside", params=params, model_type="agent")

    assert mlflow.get_logged_model(model.model_id).params == params


def test_autolog_logs_a_run_a_dataset_and_a_model(
    mlflow: Any, client: Any, experiment: Any, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    numpy = pytest.importorskip("numpy")
    # What the model needs is found out by a fresh process, which takes longer than all the rest of this file.
    monkeypatch.setattr("mlflow.models.infer_pip_requirements", lambda *_, **__: REQUIREMENTS)
    mlflow.sklearn.autolog(registered_model_name=unique, log_model_signatures=False)
    try:
        with mlflow.start_run() as run:
            linear.LogisticRegression().fit(numpy.array([[0.0], [1.0], [2.0], [3.0]]), numpy.array([0, 0, 1, 1]))
    finally:
        mlflow.sklearn.autolog(disable=True)

    kept = client.get_run(run.info.run_id)
    assert kept.data.params["fit_intercept"] == "True"
    assert kept.data.metrics["training_accuracy_score"] == 1.0
    assert len(kept.inputs.dataset_inputs) == 1
    assert len(kept.outputs.model_outputs) == 1
    assert client.get_model_version(unique, "1").run_id == run.info.run_id


def test_prompts_live_beside_the_models_and_hide_from_them(mlflow: Any, client: Any, unique: str) -> None:
    first = mlflow.genai.register_prompt(unique, "Say {{word}}.", commit_message="first", tags={"lang": "en"})
    mlflow.genai.register_prompt(unique, "Shout {{word}}!")
    mlflow.genai.set_prompt_alias(unique, "live", 1)

    assert first.version == 1
    assert mlflow.genai.load_prompt(f"prompts:/{unique}@live").template == "Say {{word}}."
    assert mlflow.genai.load_prompt(unique, version=2).template == "Shout {{word}}!"
    assert unique in {prompt.name for prompt in mlflow.genai.search_prompts(max_results=1_000)}
    assert unique not in {model.name for model in client.search_registered_models(max_results=1_000)}
    assert client.search_model_versions(f"name = '{unique}'") == []
    mlflow.genai.delete_prompt_alias(unique, "live")
