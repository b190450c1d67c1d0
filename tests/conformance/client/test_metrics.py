"""Metrics, params and batches by the stock client: histories, odd numbers, repetitions and conflicts."""

import math
from typing import Any

import pytest

from tests.conformance.client.refusals import code_of, refusal_of

LARGEST = 1.7976931348623157e308


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
    assert metrics["big"] == LARGEST
    assert metrics["small"] == -LARGEST
    assert client.get_metric_history(run.info.run_id, "never") == []


def test_odd_numbers_travel_in_batches_and_histories(client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric

    run_id = client.create_run(experiment.experiment_id).info.run_id
    numbers = (math.nan, math.inf, -math.inf, 1e-320, -0.0, 3)
    client.log_batch(run_id, [Metric("m", number, 1_000 + step, step) for step, number in enumerate(numbers)])

    values = [point.value for point in client.get_metric_history(run_id, "m")]
    assert math.isnan(values[0])
    assert values[1:] == [LARGEST, -LARGEST, 1e-320, 0.0, 3.0]
    assert client.get_run(run_id).data.metrics == {"m": 3.0}


def test_the_latest_is_the_highest_step_then_time_then_value(client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric

    run_id = client.create_run(experiment.experiment_id).info.run_id
    points = [(5.0, 20, -3), (1.0, 10, 2), (2.0, 30, 2), (9.0, 30, 2), (4.0, 30, 2), (7.0, 99, 1)]
    client.log_batch(run_id, [Metric("m", value, timestamp, step) for value, timestamp, step in points])
    client.log_metric(run_id, "m", 100.0, timestamp=5, step=2)

    assert client.get_run(run_id).data.metrics == {"m": 9.0}
    history = client.get_metric_history(run_id, "m")
    assert [(point.timestamp, point.step, point.value) for point in history] == sorted(
        [(timestamp, step, value) for value, timestamp, step in points] + [(5, 2, 100.0)]
    )


def test_a_point_that_comes_again_is_kept_once(mlflow: Any, client: Any, experiment: Any) -> None:
    with mlflow.start_run() as run:
        for value in (1.0, 1.0, 2.0):
            mlflow.log_metric("m", value, step=3, timestamp=1_000)
        mlflow.log_metrics({"m": 1.0, "n": 0.5}, step=3, timestamp=1_000)

    points = client.get_metric_history(run.info.run_id, "m")
    assert [(point.key, point.value, point.timestamp, point.step) for point in points] == [
        ("m", 1.0, 1_000, 3), ("m", 2.0, 1_000, 3),
    ]  # fmt: skip
    assert client.get_run(run.info.run_id).data.metrics == {"m": 2.0, "n": 0.5}


def test_metrics_and_params_are_logged_to_another_run(mlflow: Any, client: Any, experiment: Any) -> None:
    other = client.create_run(experiment.experiment_id).info.run_id
    mlflow.log_metric("loss", 0.25, step=4, run_id=other)
    mlflow.log_metrics({"f1": 0.5}, run_id=other)
    mlflow.log_params({"alpha": None, "flag": True, "list": [1, 2]}, run_id=other)

    assert mlflow.active_run() is None
    kept = client.get_run(other)
    assert kept.data.metrics == {"loss": 0.25, "f1": 0.5}
    assert kept.data.params == {"alpha": "None", "flag": "True", "list": "[1, 2]"}


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


def test_histories_of_several_runs_come_at_once(client: Any, experiment: Any, server_url: str) -> None:
    from mlflow.utils.rest_utils import MlflowHostCreds, http_request

    run_ids = [client.create_run(experiment.experiment_id).info.run_id for _ in range(2)]
    for run_id in run_ids:
        for step in range(10):
            client.log_metric(run_id, "loss", step / 10, timestamp=1_000 + step, step=step)

    def points(path: str, **query: Any) -> list[tuple[str, int, float]]:
        # No function of the client asks for these, its pages do.
        answer = http_request(MlflowHostCreds(server_url), path, "GET", params={"metric_key": "loss", **query})
        assert answer.status_code == 200, answer.text
        return [(point["run_id"], point["step"], point["value"]) for point in answer.json()["metrics"]]

    everything = [(run_id, step, step / 10) for run_id in run_ids for step in range(10)]
    assert sorted(points("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=run_ids)) == sorted(everything)
    interval = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
    some = points(interval, run_ids=run_ids, start_step=2, end_step=8, max_results=5)
    assert set(some) < {point for point in everything if 2 <= point[1] <= 8}
    assert {(run_id, step) for run_id, step, _ in some} >= {(run_id, step) for run_id in run_ids for step in (2, 8)}


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


def test_more_than_a_request_holds_is_split(mlflow: Any, client: Any, experiment: Any) -> None:
    params = {f"p{number:03}": number for number in range(230)}
    tags = {f"t{number:03}": str(number) for number in range(130)}
    metrics = {f"m{number:04}": float(number) for number in range(1_200)}
    with mlflow.start_run() as run:
        mlflow.log_params(params)
        mlflow.set_tags(tags)
        mlflow.log_metrics(metrics)

    data = client.get_run(run.info.run_id).data
    assert data.params == {key: str(value) for key, value in params.items()}
    assert data.metrics == metrics
    assert tags.items() <= data.tags.items()


def test_a_param_can_not_be_changed(mlflow: Any, client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_param(run_id, "alpha", "before")
    client.log_param(run_id, "alpha", "before")
    refusal = refusal_of(client.log_param, run_id, "alpha", "after")

    assert refusal.error_code == "INVALID_PARAMETER_VALUE"
    for word in ("alpha", "before", "after", run_id):
        assert word in str(refusal), word


def test_a_batch_with_a_param_that_would_change_leaves_nothing(client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric, Param, RunTag

    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_param(run_id, "alpha", "1")
    params = [Param("beta", "1"), Param("alpha", "2")]
    code = code_of(client.log_batch, run_id, [Metric("m", 1.0, 1, 0)], params, [RunTag("t", "x")])

    assert code == "INVALID_PARAMETER_VALUE"
    data = client.get_run(run_id).data
    assert (data.params, data.metrics, "t" in data.tags) == ({"alpha": "1"}, {}, False)


def test_long_values_are_kept_up_to_their_limits(client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_param(run_id, "p" * 250, "é" * 6_000)
    client.set_tag(run_id, "t" * 250, "é" * 8_000)
    client.log_metric(run_id, "m" * 250, 1.0)

    data = client.get_run(run_id).data
    assert data.params == {"p" * 250: "é" * 6_000}
    assert data.tags["t" * 250] == "é" * 8_000
    assert data.metrics == {"m" * 250: 1.0}
    for call in (
        lambda: client.log_param(run_id, "p" * 251, "x"),
        lambda: client.set_tag(run_id, "t" * 251, "x"),
        lambda: client.log_metric(run_id, "m" * 251, 1.0),
    ):
        assert code_of(call) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("key", ["a//b", "../a", "/a", "a$b", "."])
def test_keys_that_are_no_paths_are_refused(client: Any, experiment: Any, key: str) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id

    assert code_of(client.log_metric, run_id, key, 1.0) == "INVALID_PARAMETER_VALUE"
    assert code_of(client.log_param, run_id, key, 1) == "INVALID_PARAMETER_VALUE"
    assert code_of(client.set_tag, run_id, key, 1) == "INVALID_PARAMETER_VALUE"


def test_keys_may_be_paths_in_any_script(client: Any, experiment: Any) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    keys = ["val/loss", "größe: 1.0", "学習率", "a-b_c.d", "system/gpu 0"]
    for key in keys:
        client.log_metric(run_id, key, 1.0)
        client.log_param(run_id, key, key)

    data = client.get_run(run_id).data
    assert data.metrics == dict.fromkeys(keys, 1.0)
    assert data.params == {key: key for key in keys}
    assert len(client.get_metric_history(run_id, "größe: 1.0")) == 1
