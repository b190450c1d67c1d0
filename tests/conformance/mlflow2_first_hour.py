"""The first hour with the newest MLflow 2 client: run by test_mlflow2.py in that client's own environment.

python mlflow2_first_hour.py <address of the server> <word that makes names unique>
"""

import math
import os
import re
import sys
from pathlib import Path

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

X = numpy.array([[0.0], [1.0], [2.0], [3.0]])
Y = numpy.array([0, 0, 1, 1])
REQUIREMENTS = ["scikit-learn"]


def code_of(call, *arguments) -> str:
    """The code of the error that the call must end with."""
    try:
        call(*arguments)
    except MlflowException as error:
        return error.error_code
    return "not refused"


def track(client: MlflowClient, word: str) -> str:
    experiment = mlflow.set_experiment(f"two-{word}")
    assert mlflow.set_experiment(f"two-{word}").experiment_id == experiment.experiment_id
    with mlflow.start_run(run_name="first", description="why") as run, mlflow.start_run(nested=True) as child:
        mlflow.log_metric("inner", 1.0)
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_params({"alpha": 0.5, "layers": 3})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metric("odd", math.nan)
        mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"x": [1.0]}), name="points"), context="training")
        mlflow.log_text("hello", "notes/hello.txt")
        Path("empty.txt").touch()
        mlflow.log_artifact("empty.txt")
        mlflow.log_table(pandas.DataFrame({"prompt": ["a"]}), "table.json")
    run_id = run.info.run_id
    batch = {"metrics": [Metric("m", 1.0, 10, 0)], "params": [Param("p", "1")], "tags": [RunTag("t", "x")]}
    for _ in range(2):
        client.log_batch(run_id, **batch)

    kept = client.get_run(run_id)
    assert kept.info.status == "FINISHED"
    assert kept.data.params == {"alpha": "0.5", "layers": "3", "p": "1"}
    assert kept.data.metrics["loss"] == 1 / 3
    assert math.isnan(kept.data.metrics["odd"])
    assert kept.inputs.dataset_inputs[0].dataset.name == "points"
    assert len(client.get_metric_history(run_id, "loss")) == 3
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == run_id
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt") == "hello"
    assert {info.path for info in client.list_artifacts(run_id)} == {"notes", "empty.txt", "table.json"}
    assert mlflow.load_table("table.json", run_ids=[run_id])["prompt"][0] == "a"
    found = mlflow.search_runs([experiment.experiment_id], "metrics.loss < 0.5 and params.alpha = '0.5'")
    assert list(found["run_id"]) == [run_id]
    assert client.search_experiments(filter_string=f"name = 'two-{word}'")[0].name == f"two-{word}"
    client.delete_run(child.info.run_id)
    client.restore_run(child.info.run_id)
    assert code_of(client.log_param, run_id, "alpha", "other") == "INVALID_PARAMETER_VALUE"
    return run_id


def log_images(client: MlflowClient) -> None:
    """Their names hold `%<step>%`, which servers and clients decode: 23 would be a #, 35 a 5."""
    pixels = numpy.zeros((2, 2, 3), dtype=numpy.uint8)
    with mlflow.start_run() as run:
        for step in (0, 23, 35, 92):
            mlflow.log_image(pixels, key="dog", step=step, synchronous=True)
    run_id = run.info.run_id
    names = [info.path for info in client.list_artifacts(run_id, "images")]
    assert len(names) == 8, names
    assert {int(re.split("[%+]", name)[2]) for name in names} == {0, 23, 35, 92}, names
    downloaded = Path(client.download_artifacts(run_id, "images"))
    assert sorted(f"images/{file.name}" for file in downloaded.iterdir()) == sorted(names)
    assert all(file.read_bytes() for file in downloaded.iterdir())


def register(client: MlflowClient, word: str) -> None:
    name = f"two {word}"
    model = LogisticRegression().fit(X, Y)
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(model, "model", registered_model_name=name, pip_requirements=REQUIREMENTS)
    second = mlflow.register_model(f"runs:/{run.info.run_id}/model", name, tags={"by": "hand"})
    assert (second.version, second.run_id, second.status) == ("2", run.info.run_id, "READY")
    assert "mlflow.log-model.history" in client.get_run(run.info.run_id).data.tags

    client.set_registered_model_alias(name, "champion", 1)
    client.set_registered_model_alias(name, "champion", 2)
    client.transition_model_version_stage(name, 1, "Production")
    client.set_registered_model_tag(name, "task", "classification")
    client.set_model_version_tag(name, "1", "checked", "yes")
    client.update_registered_model(name, "# Card")
    client.update_model_version(name, "1", "first")
    uris = ["/1", "@champion", "/latest", "/Production"]
    for uri in [*(f"models:/{name}{end}" for end in uris), f"runs:/{run.info.run_id}/model"]:
        assert list(mlflow.sklearn.load_model(uri).predict(X)) == [0, 0, 1, 1], uri
    kept = client.get_registered_model(name)
    assert (kept.description, kept.tags, kept.aliases) == ("# Card", {"task": "classification"}, {"champion": "2"})
    assert client.get_model_version_by_alias(name, "champion").version == "2"
    assert [found.version for found in client.search_model_versions(f"name = '{name}' and tags.checked = 'yes'")] == [
        "1"
    ]
    assert [found.name for found in client.search_registered_models(f"name ILIKE '%{word}'")] == [name]
    assert client.copy_model_version(f"models:/{name}/1", f"{name} copy").version == "1"
    client.delete_registered_model_alias(name, "champion")
    client.delete_model_version(name, "2")
    client.rename_registered_model(name, f"{name} renamed")
    assert code_of(client.get_registered_model, name) == "RESOURCE_DOES_NOT_EXIST"
    client.delete_registered_model(f"{name} renamed")


def autolog(client: MlflowClient) -> None:
    mlflow.models.infer_pip_requirements = lambda *_, **__: REQUIREMENTS
    mlflow.sklearn.autolog()
    with mlflow.start_run() as run:
        LogisticRegression().fit(X, Y)
    mlflow.sklearn.autolog(disable=True)
    kept = client.get_run(run.info.run_id)
    assert kept.data.metrics["training_accuracy_score"] == 1.0
    assert "model" in {info.path for info in client.list_artifacts(run.info.run_id)}
    assert len(kept.inputs.dataset_inputs) == 1


def main(address: str, word: str) -> None:
    # A 5xx fails at once instead of being repeated for minutes.
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
    mlflow.set_tracking_uri(address)
    client = MlflowClient()
    track(client, word)
    log_images(client)
    register(client, word)
    autolog(client)
    print(f"mlflow {mlflow.__version__}: done")


if __name__ == "__main__":
    main(*sys.argv[1:])
