"""Logged models by the stock client: made, filled, finalized, measured, searched, tagged and deleted."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.client.generations import since
from tests.conformance.client.refusals import code_of

pytestmark = since("3.0", "logged models")


@pytest.fixture
def ids_of(mlflow: Any, experiment: Any) -> Any:
    def found(**query: Any) -> list[str]:
        models = mlflow.search_logged_models([experiment.experiment_id], output_format="list", **query)
        return [model.model_id for model in models]

    return found


def test_logged_models_are_found_tagged_and_deleted(
    mlflow: Any, client: Any, experiment: Any, unique: str, log_model: Any, ids_of: Any
) -> None:
    with mlflow.start_run():
        first = log_model(params={"depth": 1})
        second = log_model(params={"depth": 2})
        mlflow.log_metric("accuracy", 0.5, model_id=first.model_id)
        mlflow.log_metric("accuracy", 0.9, model_id=second.model_id)

    assert set(ids_of()) == {first.model_id, second.model_id}
    assert ids_of(filter_string="metrics.accuracy > 0.8") == [second.model_id]
    assert ids_of(filter_string="params.depth = '1'") == [first.model_id]
    by_accuracy = [{"field_name": "metrics.accuracy", "ascending": False}]
    assert ids_of(order_by=by_accuracy) == [second.model_id, first.model_id]
    mlflow.set_logged_model_tags(first.model_id, {"kept": "no"})
    mlflow.delete_logged_model_tag(first.model_id, "kept")
    kept = mlflow.get_logged_model(first.model_id)
    assert "kept" not in kept.tags
    assert [(metric.key, metric.value) for metric in kept.metrics] == [("accuracy", 0.5)]
    client.delete_logged_model(first.model_id)
    assert ids_of() == [second.model_id]
    assert code_of(mlflow.get_logged_model, first.model_id) == "RESOURCE_DOES_NOT_EXIST"


def test_a_model_is_initialized_filled_and_finalized(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"\0\1")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "notes.txt").write_text("hello")
    model = mlflow.initialize_logged_model("net", params={"layers": "3"}, tags={"kind": "deep"}, model_type="agent")
    assert (model.status, model.name, model.model_type) == ("PENDING", "net", "agent")
    assert model.artifact_location == f"{experiment.artifact_location}/models/{model.model_id}/artifacts"
    client.log_model_artifact(model.model_id, str(tmp_path / "weights.bin"))
    client.log_model_artifacts(model.model_id, str(tmp_path / "more"))
    finished = mlflow.finalize_logged_model(model.model_id, "READY")

    assert finished.status == "READY"
    assert finished.last_updated_timestamp >= finished.creation_timestamp == model.creation_timestamp
    files = client.list_logged_model_artifacts(model.model_id)
    assert [(info.path, info.file_size) for info in files] == [("notes.txt", 5), ("weights.bin", 2)]
    fetched = Path(mlflow.artifacts.download_artifacts(f"models:/{model.model_id}", dst_path=str(tmp_path / "to")))
    assert (fetched / "weights.bin").read_bytes() == b"\0\1"
    assert mlflow.last_logged_model().model_id == model.model_id
    assert client.get_logged_model(model.model_id).params == {"layers": "3"}


def test_a_model_whose_upload_failed_is_marked_so(client: Any, experiment: Any, ids_of: Any) -> None:
    from mlflow.entities import LoggedModelStatus

    model = client.create_logged_model(experiment.experiment_id, "net")
    assert client.finalize_logged_model(model.model_id, "FAILED").status == LoggedModelStatus.FAILED
    assert client.get_logged_model(model.model_id).status == "FAILED"
    assert ids_of(filter_string="name = 'net'") == [model.model_id]
    assert client.finalize_logged_model(model.model_id, LoggedModelStatus.READY).status == "READY"


def test_a_model_that_fails_while_it_is_logged_is_marked_so(mlflow: Any, experiment: Any, ids_of: Any) -> None:
    with pytest.raises(Exception, match=r"nothing|No such|not exist"), mlflow.start_run():
        mlflow.pyfunc.log_model(
            name="broken", python_model=lambda model_input: model_input, artifacts={"a": "nothing/here.txt"},
            pip_requirements=["pandas"],
        )  # fmt: skip

    [model_id] = ids_of()
    assert mlflow.get_logged_model(model_id).status == "FAILED"


def test_an_external_model_takes_many_params(mlflow: Any, client: Any, experiment: Any) -> None:
    params = {f"p{number:03}": str(number) for number in range(250)}
    model = mlflow.create_external_model("outside", params=params, model_type="agent")
    mlflow.log_model_params({"late": "yes"}, model.model_id)
    client.log_model_params(model.model_id, {f"q{number:03}": str(number) for number in range(150)})

    kept = mlflow.get_logged_model(model.model_id)
    assert kept.params == {**params, "late": "yes", **{f"q{number:03}": str(number) for number in range(150)}}
    assert (kept.status, kept.model_type) == ("READY", "agent")


def test_the_active_model_collects_metrics(mlflow: Any, client: Any, experiment: Any) -> None:
    model = mlflow.set_active_model(name="agent-7")
    assert mlflow.get_active_model_id() == model.model_id
    with mlflow.start_run() as run:
        mlflow.log_metric("score", 0.5, model_id=model.model_id, step=1)
        mlflow.log_metrics({"score": 0.75, "speed": 2.0}, step=2, model_id=model.model_id)
    mlflow.clear_active_model()

    assert mlflow.get_active_model_id() is None
    kept = mlflow.get_logged_model(model.model_id)
    assert {(metric.key, metric.value, metric.step, metric.run_id) for metric in kept.metrics} >= {
        ("score", 0.75, 2, run.info.run_id), ("speed", 2.0, 2, run.info.run_id),
    }  # fmt: skip
    assert [one.model_id for one in client.get_run(run.info.run_id).inputs.model_inputs] == [model.model_id]


def test_runs_name_models_as_inputs_and_outputs(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    ids = [client.create_logged_model(experiment.experiment_id, f"net-{number}").model_id for number in range(3)]
    with mlflow.start_run() as run:
        mlflow.log_outputs([LoggedModelOutput(ids[0], step=3)])
    client.log_outputs(run.info.run_id, [LoggedModelOutput(ids[1], step=4)])
    for _ in range(2):
        client.log_inputs(run.info.run_id, models=[LoggedModelInput(ids[2])])

    kept = client.get_run(run.info.run_id)
    assert {(one.model_id, one.step) for one in kept.outputs.model_outputs} == {(ids[0], 3), (ids[1], 4)}
    assert [one.model_id for one in kept.inputs.model_inputs] == [ids[2]]
    [found] = client.search_runs([experiment.experiment_id])
    assert {one.model_id for one in found.outputs.model_outputs} == {ids[0], ids[1]}


def test_models_are_found_by_their_metrics_on_a_dataset(mlflow: Any, experiment: Any, ids_of: Any) -> None:
    import numpy

    train = mlflow.data.from_numpy(numpy.arange(3.0), name="train")
    test = mlflow.data.from_numpy(numpy.arange(4.0), name="test")
    first, second = (mlflow.create_external_model(name).model_id for name in ("first", "second"))
    with mlflow.start_run():
        for model_id, on_train, on_test in ((first, 0.9, 0.5), (second, 0.8, 0.7)):
            mlflow.log_metric("f1", on_train, model_id=model_id, dataset=train)
            mlflow.log_metrics({"f1": on_test}, model_id=model_id, dataset=test)

    on_test = [{"dataset_name": "test", "dataset_digest": test.digest}]
    assert set(ids_of(filter_string="metrics.f1 > 0.75")) == {first, second}
    assert ids_of(filter_string="metrics.f1 > 0.6", datasets=on_test) == [second]
    assert ids_of(filter_string="metrics.f1 > 0.75", datasets=on_test) == []
    for dataset, expected in ((train, [first, second]), (test, [second, first])):
        order = {"field_name": "metrics.f1", "ascending": False}
        order |= {"dataset_name": dataset.name, "dataset_digest": dataset.digest}
        assert ids_of(order_by=[order]) == expected
    kept = mlflow.get_logged_model(first).metrics
    assert {(metric.dataset_name, metric.value) for metric in kept} == {("train", 0.9), ("test", 0.5)}


def test_models_are_found_by_attributes_params_and_tags(mlflow: Any, client: Any, experiment: Any, ids_of: Any) -> None:
    made = [
        client.create_logged_model(
            experiment.experiment_id, f"net-{letter}", tags={"letter": letter}, params={"p": letter},
            model_type="agent" if letter == "c" else "",
        ).model_id
        for letter in "abc"
    ]  # fmt: skip
    client.finalize_logged_model(made[0], "READY")

    assert ids_of(filter_string="name = 'net-a'") == [made[0]]
    assert set(ids_of(filter_string="name LIKE 'net-%' AND tags.letter != 'a'")) == {made[1], made[2]}
    assert set(ids_of(filter_string="params.p IN ('a', 'b')")) == {made[0], made[1]}
    assert ids_of(filter_string="model_type = 'agent'") == [made[2]]
    assert ids_of(filter_string=f"model_id = '{made[1]}'") == [made[1]]
    assert ids_of(order_by=[{"field_name": "name", "ascending": False}]) == made[::-1]
    assert ids_of(max_results=2, order_by=[{"field_name": "name"}]) == made[:2]
    frame = mlflow.search_logged_models([experiment.experiment_id], order_by=[{"field_name": "name"}])
    assert list(frame["model_id"]) == made
    first = client.search_logged_models([experiment.experiment_id], max_results=2, order_by=[{"field_name": "name"}])
    rest = client.search_logged_models(
        [experiment.experiment_id], max_results=2, order_by=[{"field_name": "name"}], page_token=first.token
    )
    assert [model.model_id for model in [*first, *rest]] == made
    assert not rest.token
    for text in ("name ~ 'a'", "metrics.f1 > 'a'", "name = 'a' OR name = 'b'"):
        assert code_of(ids_of, filter_string=text) == "INVALID_PARAMETER_VALUE"


def test_tags_of_models_come_and_go(client: Any, experiment: Any) -> None:
    model_id = client.create_logged_model(experiment.experiment_id, tags={"a": "1"}).model_id
    client.set_logged_model_tags(model_id, {"a": "2", "b": "größe"})
    client.delete_logged_model_tag(model_id, "a")

    assert client.get_logged_model(model_id).tags == {"b": "größe"}
    assert code_of(client.delete_logged_model_tag, model_id, "a") == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_that_addresses_of_models_can_not_hold_are_refused(client: Any, experiment: Any, name: str) -> None:
    assert code_of(client.create_logged_model, experiment.experiment_id, name) == "INVALID_PARAMETER_VALUE"


def test_a_model_of_a_deleted_experiment_is_not_made(client: Any, experiment: Any) -> None:
    model_id = client.create_logged_model(experiment.experiment_id).model_id
    client.delete_experiment(experiment.experiment_id)

    assert code_of(client.create_logged_model, experiment.experiment_id) == "INVALID_PARAMETER_VALUE"
    assert client.get_logged_model(model_id).model_id == model_id
