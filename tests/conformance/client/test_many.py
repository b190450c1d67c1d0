"""More than one page of the client holds: points of a metric, and versions of a model."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

CROWD = 10_050  # a page of versions holds 10,000


def test_more_points_than_a_page_come_back_in_order(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.entities import Metric

    run_id = client.create_run(experiment.experiment_id).info.run_id
    batches = [
        [Metric("loss", step / 2, 1_000 + step, step) for step in range(at, at + 1_000)]
        for at in range(0, 26_000, 1_000)
    ]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda batch: client.log_batch(run_id, batch), batches))

    history = client.get_metric_history(run_id, "loss")
    assert [point.step for point in history] == list(range(26_000))
    assert [point.value for point in history[25_000:]] == [step / 2 for step in range(25_000, 26_000)]
    assert client.get_run(run_id).data.metrics == {"loss": 12_999.5}


def test_more_versions_than_a_page_are_walked(mlflow: Any, client: Any, crowded_model: str) -> None:
    named = f"name = '{crowded_model}'"
    first = client.search_model_versions(named, order_by=["version_number ASC"])
    second = client.search_model_versions(named, order_by=["version_number ASC"], page_token=first.token)
    assert (len(first), len(second), second.token or None) == (10_000, CROWD - 10_000, None)
    assert [int(version.version) for version in [*first, *second]] == list(range(1, CROWD + 1))

    walked = mlflow.search_model_versions(filter_string=named, order_by=["version_number DESC"])
    assert [int(version.version) for version in walked] == list(range(CROWD, 0, -1))
    few = mlflow.search_model_versions(7, f"{named} AND version_number > 5000", ["version_number ASC"])
    assert [int(version.version) for version in few] == list(range(5_001, 5_008))


def test_a_crowded_model_is_read_as_any_other(client: Any, crowded_model: str) -> None:
    [latest] = client.get_latest_versions(crowded_model)
    assert latest.version == str(CROWD)
    [version] = client.get_registered_model(crowded_model).latest_versions
    assert version.version == str(CROWD)
    assert client.get_model_version(crowded_model, "5000").source == "s3://bucket/model"
    assert client.get_model_version_by_alias(crowded_model, "latest").version == str(CROWD)
