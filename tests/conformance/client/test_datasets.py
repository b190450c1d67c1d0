"""Datasets by the stock client: logged with runs in several contexts, and found again."""

import json
from typing import Any

from tests.conformance.client.generations import since


def found_with(client: Any, experiment: Any, text: str) -> list[str]:
    return sorted(run.info.run_name for run in client.search_runs([experiment.experiment_id], text))


def test_datasets_are_logged_with_their_context(mlflow: Any, client: Any, experiment: Any) -> None:
    import pandas

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


def test_a_dataset_comes_back_with_schema_and_source(mlflow: Any, client: Any, experiment: Any) -> None:
    import pandas

    frame = pandas.DataFrame({"größe": [1.0, 2.0], "name": ["a", "b"]})
    dataset = mlflow.data.from_pandas(frame, source="https://example.com/points.csv", name="points", digest="12345678")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"quality": "raw"})

    [logged] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert (logged.dataset.digest, logged.dataset.source_type) == ("12345678", "http")
    assert mlflow.data.get_source(logged.dataset).url == "https://example.com/points.csv"
    columns = json.loads(logged.dataset.schema)["mlflow_colspec"]
    assert [(column["name"], column["type"]) for column in columns] == [("größe", "double"), ("name", "string")]
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training", "quality": "raw"}


def test_runs_are_found_by_dataset_and_context(mlflow: Any, client: Any, experiment: Any) -> None:
    import numpy

    train = mlflow.data.from_numpy(numpy.arange(6.0).reshape(3, 2), name="train", targets=numpy.array([0, 1, 0]))
    test = mlflow.data.from_numpy(numpy.arange(4.0), name="test set")
    with mlflow.start_run(run_name="both"):
        mlflow.log_input(train, context="training")
        mlflow.log_input(test, context="validation")
    with mlflow.start_run(run_name="one"):
        mlflow.log_input(test)
    with mlflow.start_run(run_name="none"):
        pass

    assert found_with(client, experiment, "datasets.name = 'train'") == ["both"]
    assert found_with(client, experiment, "datasets.name = 'test set'") == ["both", "one"]
    assert found_with(client, experiment, f"dataset.digest = '{test.digest}'") == ["both", "one"]
    assert found_with(client, experiment, "datasets.context = 'validation'") == ["both"]
    assert found_with(client, experiment, "datasets.name LIKE 't%' AND datasets.context IN ('training')") == ["both"]
    assert found_with(client, experiment, "datasets.name ILIKE 'TEST%'") == ["both", "one"]
    assert found_with(client, experiment, "datasets.name = 'Train'") == []


def test_the_client_logs_datasets_of_a_run_it_names(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    run_id = client.create_run(experiment.experiment_id).info.run_id
    dataset = Dataset("points", "1234", "http", '{"url": "https://example.com"}', schema="{}", profile="{}")
    for context in ("training", "testing"):
        client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", context)])])
    client.log_inputs(run_id, [DatasetInput(Dataset("points", "5678", "http", "{}"))])

    inputs = client.get_run(run_id).inputs.dataset_inputs
    kept = {one.dataset.digest: (one.dataset.to_dictionary(), [tag.value for tag in one.tags]) for one in inputs}
    assert set(kept) == {"1234", "5678"}
    # The link of a run and a dataset is made once; what comes again leaves it as it is.
    assert kept["1234"] == (dataset.to_dictionary(), ["training"])
    assert kept["5678"][1] == []


@since("3.0", "several inputs at once")
def test_several_datasets_are_logged_at_once(mlflow: Any, client: Any, experiment: Any) -> None:
    import pandas

    frames = [mlflow.data.from_pandas(pandas.DataFrame({"x": [n]}), name=f"part {n}") for n in range(3)]
    with mlflow.start_run() as run:
        mlflow.log_inputs(frames, ["training", "testing", None], [{"a": "b"}, None, None])

    logged = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert {one.dataset.name: {tag.key: tag.value for tag in one.tags} for one in logged} == {
        "part 0": {"mlflow.data.context": "training", "a": "b"},
        "part 1": {"mlflow.data.context": "testing"},
        "part 2": {},
    }
