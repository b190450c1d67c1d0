"""Searching runs by the stock client: filters, order, pages and whole experiments."""

import math
from typing import Any

import pytest

from tests.conformance.client.refusals import code_of


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
    assert names(filter_string="attributes.run_name ILIKE 'RUN-_' AND params.alpha != '1'") == ["run-3", "run-2"]
    assert names(filter_string="metrics.loss >= 0.2 AND tags.parity != 'odd'") == ["run-2"]
    assert names(filter_string='tags."parity" = "even"') == ["run-2"]
    assert names(filter_string="params.missing != '1'") == []
    frame = mlflow.search_runs(experiment_names=[experiment.name])
    assert set(frame["params.alpha"]) == {"1", "2", "3"}
    assert set(frame["metrics.loss"]) == {0.1, 0.2, 0.3}
    assert set(frame["status"]) == {"FINISHED"}


def test_runs_without_the_value_and_those_that_are_no_numbers_come_last(client: Any, experiment: Any) -> None:
    runs = {}
    for name, value in (("none", None), ("nan", math.nan), ("one", 1.0), ("two", 2.0)):
        runs[name] = client.create_run(experiment.experiment_id, run_name=name).info.run_id
        if value is not None:
            client.log_metric(runs[name], "m", value)

    for order, expected in (("ASC", ["one", "two", "nan", "none"]), ("DESC", ["two", "one", "nan", "none"])):
        found = client.search_runs([experiment.experiment_id], order_by=[f"metrics.m {order}"])
        assert [run.info.run_name for run in found] == expected
    above = client.search_runs([experiment.experiment_id], "metrics.m > 0")
    assert {run.info.run_name for run in above} == {"one", "two"}


def test_runs_are_found_page_by_page(mlflow: Any, client: Any, experiment: Any) -> None:
    made = [client.create_run(experiment.experiment_id, start_time=number).info.run_id for number in range(1, 6)]
    found = []
    page = client.search_runs([experiment.experiment_id], max_results=2)
    found += page
    while page.token:
        page = client.search_runs([experiment.experiment_id], max_results=2, page_token=page.token)
        found += page

    assert [run.info.run_id for run in found] == made[::-1]
    runs = mlflow.search_runs([experiment.experiment_id], max_results=3, output_format="list")
    assert [run.info.run_id for run in runs] == made[:1:-1]


def test_runs_of_several_experiments_are_found_by_state(mlflow: Any, client: Any, experiment: Any, unique: str) -> None:
    from mlflow.entities import ViewType

    other = client.create_experiment(unique)
    first, second, gone = (client.create_run(id).info.run_id for id in (experiment.experiment_id, other, other))
    client.delete_run(gone)

    def found(view: int) -> set[str]:
        runs = client.search_runs([experiment.experiment_id, other], run_view_type=view)
        return {run.info.run_id for run in runs}

    assert found(ViewType.ACTIVE_ONLY) == {first, second}
    assert found(ViewType.DELETED_ONLY) == {gone}
    assert found(ViewType.ALL) == {first, second, gone}
    everywhere = mlflow.search_runs(search_all_experiments=True, filter_string=f"attributes.run_id = '{second}'")
    assert list(everywhere["run_id"]) == [second]
    several = client.search_runs([other, experiment.experiment_id], f"attributes.run_id IN ('{first}', '{second}')")
    assert {run.info.run_id for run in several} == {first, second}
    assert client.search_runs([]) == []


def test_runs_are_found_by_time_and_user(client: Any, experiment: Any) -> None:
    for start in (1_000, 2_000):
        client.create_run(experiment.experiment_id, start_time=start, run_name=str(start))

    def found(text: str, **options: Any) -> list[str]:
        return [run.info.run_name for run in client.search_runs([experiment.experiment_id], text, **options)]

    assert found("attributes.start_time > 1500") == ["2000"]
    assert found("start_time <= 1000") == ["1000"]
    assert found("", order_by=["start_time ASC"]) == ["1000", "2000"]
    assert found("", order_by=["attributes.start_time DESC", "run_id"]) == ["2000", "1000"]
    assert found(f"attributes.artifact_uri LIKE 'mlflow-artifacts:/{experiment.experiment_id}/%'") == ["2000", "1000"]


@pytest.mark.parametrize(
    "text",
    [
        "metrics.loss > 'a'",
        "params.alpha = 1",
        "colour.red = '1'",
        "attributes.colour = 'red'",
        "metrics.loss > 1 OR metrics.loss < 0",
        "metrics.loss >",
        "status < 'FINISHED'",
    ],
)
def test_a_filter_that_means_nothing_is_refused(client: Any, experiment: Any, text: str) -> None:
    assert code_of(client.search_runs, [experiment.experiment_id], text) == "INVALID_PARAMETER_VALUE"


def test_pages_of_impossible_sizes_are_refused(client: Any, experiment: Any) -> None:
    for options in ({"max_results": 0}, {"max_results": 50_001}, {"page_token": "x y"}, {"order_by": ["colour"]}):
        assert code_of(client.search_runs, [experiment.experiment_id], **options) == "INVALID_PARAMETER_VALUE"
