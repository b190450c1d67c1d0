"""Experiments, runs and what is logged to them, by the stock client."""

import math
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.conformance


def test_set_experiment_makes_it_once_and_finds_it_again(mlflow: Any, unique: str) -> None:
    first = mlflow.set_experiment(unique)
    second = mlflow.set_experiment(unique)

    assert first.experiment_id == second.experiment_id
    assert first.artifact_location == f"mlflow-artifacts:/{first.experiment_id}"
    assert first.lifecycle_stage == "active"


def test_a_run_without_an_experiment_goes_to_the_default_one(mlflow: Any, client: Any) -> None:
    mlflow.set_experiment("Default")
    with mlflow.start_run() as run:
        pass

    assert run.info.experiment_id == "0"


def test_a_run_keeps_what_was_logged(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run(run_name="first", description="why") as run:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"layers": 3, "optimizer": "adam"})
        mlflow.log_metric("loss", 0.7, step=0)
        mlflow.log_metric("loss", 0.4, step=1)
        mlflow.log_metrics({"accuracy": 0.9, "f1": 0.8}, step=5)
        mlflow.set_tag("team", "vision")
        mlflow.set_tags({"stage": "dev", "owner": "mia"})

    kept = client.get_run(run.info.run_id)
    assert kept.info.status == "FINISHED"
    assert kept.info.run_name == "first"
    assert kept.info.end_time >= kept.info.start_time
    assert kept.data.params == {"alpha": "0.5", "layers": "3", "optimizer": "adam"}
    assert kept.data.metrics == {"loss": 0.4, "accuracy": 0.9, "f1": 0.8}
    assert kept.data.tags["team"] == "vision"
    assert kept.data.tags["mlflow.runName"] == "first"
    assert kept.data.tags["mlflow.note.content"] == "why"


def test_metric_history_keeps_every_step_and_odd_numbers(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as run:
        for step in (-1, 0, 7):
            mlflow.log_metric("loss", step / 2, step=step)
        mlflow.log_metric("odd", math.nan)
        mlflow.log_metric("big", math.inf)
        mlflow.log_metric("small", -math.inf)

    history = client.get_metric_history(run.info.run_id, "loss")
    assert sorted((point.step, point.value) for point in history) == [(-1, -0.5), (0, 0.0), (7, 3.5)]
    metrics = client.get_run(run.info.run_id).data.metrics
    assert math.isnan(metrics["odd"])
    assert metrics["big"] == 1.7976931348623157e308
    assert metrics["small"] == -1.7976931348623157e308
    assert client.get_metric_history(run.info.run_id, "never") == []


def test_metric_history_is_paged_until_its_end(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric

    with mlflow.start_run() as run:
        points = [Metric("loss", float(step), 1_000 + step, step) for step in range(1_000)]
        client.log_batch(run.info.run_id, metrics=points)

    store = client._tracking_client.store
    first = store.get_metric_history(run.info.run_id, "loss", max_results=400)
    second = store.get_metric_history(run.info.run_id, "loss", max_results=400, page_token=first.token)
    third = store.get_metric_history(run.info.run_id, "loss", max_results=400, page_token=second.token)
    assert [len(first), len(second), len(third)] == [400, 400, 200]
    assert not third.token
    assert [point.step for point in [*first, *second, *third]] == list(range(1_000))


def test_a_batch_of_everything_and_its_repetition(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric, Param, RunTag

    run = client.create_run(experiment.experiment_id)
    batch = {
        "metrics": [Metric("m", 1.0, 10, 0), Metric("m", 2.0, 20, 1)],
        "params": [Param("p", "1")],
        "tags": [RunTag("t", "x")],
    }
    client.log_batch(run.info.run_id, **batch)
    client.log_batch(run.info.run_id, **batch)

    kept = client.get_run(run.info.run_id)
    assert kept.data.metrics == {"m": 2.0}
    assert kept.data.params == {"p": "1"}
    assert kept.data.tags["t"] == "x"
    assert len(client.get_metric_history(run.info.run_id, "m")) == 2


def test_a_param_can_not_be_changed(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.exceptions import MlflowException

    run = client.create_run(experiment.experiment_id)
    client.log_param(run.info.run_id, "alpha", 1)
    client.log_param(run.info.run_id, "alpha", 1)
    with pytest.raises(MlflowException) as refusal:
        client.log_param(run.info.run_id, "alpha", 2)

    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
    assert "alpha" in str(refusal.value)


def test_runs_nest_and_resume(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("loss", 1)
    with mlflow.start_run(run_id=parent.info.run_id):
        assert client.get_run(parent.info.run_id).info.status == "RUNNING"
        mlflow.log_param("late", "yes")

    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    resumed = client.get_run(parent.info.run_id)
    assert resumed.info.status == "FINISHED"
    assert resumed.data.params == {"late": "yes"}


def test_a_failing_run_is_marked_so(mlflow: Any, client: Any, experiment: Any) -> None:
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        1 / 0  # noqa: B018 - it is the failure

    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_tags_of_runs_and_experiments_come_and_go(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.exceptions import MlflowException

    run = client.create_run(experiment.experiment_id)
    client.set_tag(run.info.run_id, "team", "nlp")
    client.delete_tag(run.info.run_id, "team")
    client.set_experiment_tag(experiment.experiment_id, "area", "research")

    assert "team" not in client.get_run(run.info.run_id).data.tags
    assert client.get_experiment(experiment.experiment_id).tags["area"] == "research"
    with pytest.raises(MlflowException) as refusal:
        client.delete_tag(run.info.run_id, "team")
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.delete_experiment_tag(experiment.experiment_id, "area")
    assert "area" not in client.get_experiment(experiment.experiment_id).tags


def test_runs_and_experiments_are_deleted_and_restored(mlflow: Any, client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id)
    client.delete_run(run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment.experiment_id]) == []
    client.restore_run(run.info.run_id)
    assert len(client.search_runs([experiment.experiment_id])) == 1

    client.delete_experiment(experiment.experiment_id)
    assert client.get_experiment_by_name(experiment.name).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    client.restore_experiment(experiment.experiment_id)
    client.rename_experiment(experiment.experiment_id, f"{experiment.name} renamed")
    assert client.get_experiment(experiment.experiment_id).name == f"{experiment.name} renamed"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"


def test_runs_are_renamed_and_updated(mlflow: Any, client: Any, experiment: Any) -> None:
    run = client.create_run(experiment.experiment_id, run_name="before")
    client.update_run(run.info.run_id, status="KILLED", name="after")
    client.set_terminated(run.info.run_id, "KILLED", end_time=run.info.start_time + 5)

    kept = client.get_run(run.info.run_id)
    assert kept.info.run_name == "after"
    assert kept.data.tags["mlflow.runName"] == "after"
    assert kept.info.status == "KILLED"
    assert kept.info.end_time == run.info.start_time + 5


def test_runs_are_found_by_metrics_params_tags_and_order(mlflow: Any, client: Any, experiment: Any) -> None:
    for alpha in (1, 2, 3):
        with mlflow.start_run(run_name=f"run-{alpha}"):
            mlflow.log_param("alpha", alpha)
            mlflow.log_metric("loss", alpha / 10)
            mlflow.set_tag("parity", "odd" if alpha % 2 else "even")

    def names(**query: Any) -> list[str]:
        runs = mlflow.search_runs([experiment.experiment_id], output_format="list", **query)
        return [run.info.run_name for run in runs]

    assert names(order_by=["metrics.loss DESC"]) == ["run-3", "run-2", "run-1"]
    assert names(filter_string="metrics.loss < 0.25", order_by=["metrics.loss"]) == ["run-1", "run-2"]
    assert names(filter_string="params.alpha = '2'") == ["run-2"]
    assert names(filter_string="tags.parity = 'odd' and attributes.run_name LIKE 'run-%'") == ["run-3", "run-1"]
    assert names(filter_string="attributes.status = 'RUNNING'") == []
    frame = mlflow.search_runs(experiment_names=[experiment.name])
    assert set(frame["params.alpha"]) == {"1", "2", "3"}


def test_searches_walk_all_pages(mlflow: Any, client: Any, unique: str) -> None:
    for number in range(5):
        client.create_experiment(f"{unique}-{number}")

    found = []
    token = None
    while True:
        page = client.search_experiments(
            filter_string=f"name LIKE '{unique}-%'", order_by=["name ASC"], max_results=2, page_token=token
        )
        found += [experiment.name for experiment in page]
        token = page.token
        if not token:
            break
    assert found == [f"{unique}-{number}" for number in range(5)]


def test_datasets_are_logged_with_their_context(mlflow: Any, client: Any, experiment: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    dataset = mlflow.data.from_pandas(frame, name="points", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training")
        mlflow.log_input(dataset, context="training")

    [logged] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert logged.dataset.name == "points"
    assert logged.dataset.digest == dataset.digest
    assert '"num_rows":2' in logged.dataset.profile.replace(" ", "")
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training"}
    found = client.search_runs([experiment.experiment_id], filter_string="datasets.name = 'points'")
    assert [one.info.run_id for one in found] == [run.info.run_id]


def test_asynchronous_logging_arrives(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as run:
        waiting = [mlflow.log_metric("loss", step, step=step, synchronous=False) for step in range(20)]
        for operation in waiting:
            operation.wait()

    assert len(client.get_metric_history(run.info.run_id, "loss")) == 20


def test_artifacts_of_all_kinds_come_back(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    (folder / "empty.txt").touch()
    (folder / "deep" / "größe 50%.txt").write_text("naïve")
    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "config.json")
        mlflow.log_artifacts(str(folder), "data")

    run_id = run.info.run_id
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json") == {"a": 1}
    listed = client.list_artifacts(run_id)
    assert [(info.path, info.is_dir) for info in listed] == [("config.json", False), ("data", True), ("notes", True)]
    copy = Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/data", dst_path=str(tmp_path / "copy")))
    assert (copy / "empty.txt").read_bytes() == b""
    assert (copy / "deep" / "größe 50%.txt").read_text() == "naïve"
    assert client.list_artifacts(run_id, "nothing/here") == []
    assert client.list_artifacts(run_id, "config.json") == []


def test_names_with_percent_signs_come_back(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "dir %41"
    folder.mkdir()
    for name in ("plain.txt", "100% b%25.txt", "x%17.txt"):
        (folder / name).write_text(name)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "dir %41")

    # The client decodes the names it lists, so it finds what the server kept decoded.
    names = [info.path for info in client.list_artifacts(run.info.run_id, "dir %41")]
    assert names == [f"dir %41/{name}" for name in ("100% b%.txt", "plain.txt", "x%17.txt")]
    for whole in (
        client.download_artifacts(run.info.run_id, "dir %41"),
        client.download_artifacts(run.info.run_id, ""),
    ):
        assert {file.read_text() for file in Path(whole).rglob("*.txt")} == {"plain.txt", "100% b%25.txt", "x%17.txt"}


def test_figures_images_and_tables(mlflow: Any, client: Any, experiment: Any) -> None:
    pandas = pytest.importorskip("pandas")
    pyplot = pytest.importorskip("matplotlib.figure")
    figure = pyplot.Figure(figsize=(1, 1))
    figure.subplots().plot([1, 2, 3])
    with mlflow.start_run() as run:
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_table(pandas.DataFrame({"prompt": ["a"], "score": [1]}), "scores.json")
        mlflow.log_table(pandas.DataFrame({"prompt": ["b"], "score": [2]}), "scores.json")

    assert [info.path for info in client.list_artifacts(run.info.run_id, "plots")] == ["plots/line.png"]
    table = mlflow.load_table("scores.json", run_ids=[run.info.run_id])
    assert list(table["score"]) == [1, 2]


def test_deleted_artifacts_are_gone(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_text("stays", "other.txt")
    repository = get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("notes")
    repository.delete_artifacts("notes")

    assert [info.path for info in client.list_artifacts(run.info.run_id)] == ["other.txt"]
