"""Logging in the background by the stock client, and waiting for it."""

from typing import Any

import pytest


def test_asynchronous_logging_arrives(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as run:
        waiting = [mlflow.log_metric("loss", step, step=step, synchronous=False) for step in range(20)]
        for operation in waiting:
            operation.wait()

    assert len(client.get_metric_history(run.info.run_id, "loss")) == 20


def test_everything_is_logged_in_the_background_and_flushed(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric, Param, RunTag

    run_id = client.create_run(experiment.experiment_id).info.run_id
    for step in range(50):
        client.log_metric(run_id, "loss", step / 50, step=step, synchronous=False)
    client.log_param(run_id, "alpha", 1, synchronous=False)
    client.set_tag(run_id, "team", "vision", synchronous=False)
    client.log_batch(run_id, [Metric("f1", 0.5, 1, 0)], [Param("beta", "2")], [RunTag("a", "b")], synchronous=False)
    with mlflow.start_run(run_id=run_id):
        mlflow.log_metrics({"x": 1.0, "y": 2.0}, synchronous=False)
        mlflow.log_params({"gamma": 3}, synchronous=False)
        mlflow.log_param("delta", 4, synchronous=False)
        mlflow.set_tags({"c": "d"}, synchronous=False)
        mlflow.set_tag("e", "f", synchronous=False)
    mlflow.flush_async_logging()

    data = client.get_run(run_id).data
    assert data.metrics == {"loss": 0.98, "f1": 0.5, "x": 1.0, "y": 2.0}
    assert data.params == {"alpha": "1", "beta": "2", "gamma": "3", "delta": "4"}
    assert {"team": "vision", "a": "b", "c": "d", "e": "f"}.items() <= data.tags.items()
    assert [point.step for point in client.get_metric_history(run_id, "loss")].count(49) == 1
    assert len(client.get_metric_history(run_id, "loss")) == 50


def test_a_refusal_in_the_background_reaches_who_waits(mlflow: Any, client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_param(run_id, "alpha", 1)
    waiting = client.log_param(run_id, "alpha", 2, synchronous=False)

    with pytest.raises(mlflow.exceptions.MlflowException, match="alpha"):
        waiting.wait()
    assert client.get_run(run_id).data.params == {"alpha": "1"}


def test_images_in_the_background_are_flushed(mlflow: Any, client: Any, experiment: Any) -> None:
    import numpy

    pixels = numpy.zeros((2, 2, 3), dtype=numpy.uint8)
    with mlflow.start_run() as run:
        for step in range(3):
            mlflow.log_image(pixels, key="cat", step=step, synchronous=False)
        mlflow.flush_artifact_async_logging()

    assert len(client.list_artifacts(run.info.run_id, "images")) == 6
