import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.models import Run
from models_app.services import metrics
from models_app.services.metrics import Point
from tests import make
from tests.api.conftest import Api
from tests.conftest import ON_POSTGRESQL

PATH = "mlflow/metrics"


def log(run: Run, steps: range, key: str = "loss") -> Run:
    points = [Point(key=key, value=step / 2, timestamp=1_000 + step, step=step) for step in steps]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    return run


def steps(answer: dict) -> list[int]:
    return [point["step"] for point in answer.get("metrics", [])]


def test_a_history_is_ordered_and_paged(api: Api) -> None:
    run = log(make.run(), range(9, -1, -1))
    fields = {"run_id": run.pk, "metric_key": "loss"}

    whole = api.get(f"{PATH}/get-history", **fields)
    assert steps(whole) == list(range(10))
    assert whole["metrics"][3] == {"key": "loss", "value": 1.5, "timestamp": 1003, "step": 3, "run_id": run.pk}
    first = api.get(f"{PATH}/get-history", max_results=6, **fields)
    second = api.get(f"{PATH}/get-history", max_results=6, page_token=first["next_page_token"], **fields)
    assert (steps(first), steps(second)) == ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9])
    assert "next_page_token" not in second


def test_points_that_come_while_pages_are_walked_are_neither_skipped_nor_told_twice(api: Api) -> None:
    run = log(make.run(), range(4, 10))
    fields = {"run_id": run.pk, "metric_key": "loss"}
    first = api.get(f"{PATH}/get-history", max_results=3, **fields)
    log(run, range(12))
    second = api.get(f"{PATH}/get-history", page_token=first["next_page_token"], **fields)
    assert (steps(first), steps(second)) == ([4, 5, 6], [7, 8, 9, 10, 11])


@pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL plans by the rows there are")
def test_a_page_of_history_starts_where_the_last_one_ended(api: Api) -> None:
    run = log(make.run(), range(4))
    fields = {"run_id": run.pk, "metric_key": "loss", "max_results": 2}
    token = api.get(f"{PATH}/get-history", **fields)["next_page_token"]
    with CaptureQueriesContext(connection) as captured:
        api.get(f"{PATH}/get-history", page_token=token, **fields)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + captured.captured_queries[-1]["sql"])
        found = [row[3] for row in cursor.fetchall()]
    assert found[0] == "SEARCH metrics USING INDEX metric_history (run_id=? AND key=? AND timestamp>?)"
    assert "USE TEMP B-TREE FOR ORDER BY" not in found, "only points of one moment are sorted"


def test_what_was_never_logged_has_no_history(api: Api) -> None:
    run = make.run()

    assert api.get(f"{PATH}/get-history", run_id=run.pk, metric_key="loss") == {}
    assert api.get(f"{PATH}/get-history", run_id="0" * 32, metric_key="loss") == {}


@pytest.mark.parametrize("wrong", [{"max_results": 0}, {"page_token": "made up"}, {"metric_key": ""}])
def test_a_history_that_makes_no_sense_is_refused(api: Api, wrong: dict[str, object]) -> None:
    fields = {"run_id": "ab", "metric_key": "loss", **wrong}
    assert api.get(f"{PATH}/get-history", expect=400, **fields)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_token_is_good_for_its_own_history_only(api: Api) -> None:
    run = log(log(make.run(), range(3)), range(3), "other")
    token = api.get(f"{PATH}/get-history", run_id=run.pk, metric_key="loss", max_results=1)["next_page_token"]

    assert api.get(f"{PATH}/get-history", run_id=run.pk, metric_key="other", page_token=token, expect=400)


def test_histories_of_several_runs_come_sampled(api: Api) -> None:
    runs = [log(make.run(), range(0, 100)), log(make.run(), range(20, 60))]
    fields = {"run_ids": [run.pk for run in runs], "metric_key": "loss"}

    sampled = api.get(f"{PATH}/get-history-bulk-interval", max_results=11, **fields)["metrics"]
    longer = [point["step"] for point in sampled if point["run_id"] == runs[0].pk]
    shorter = [point["step"] for point in sampled if point["run_id"] == runs[1].pk]
    assert (longer[0], longer[-1], shorter[0], shorter[-1]) == (0, 99, 20, 59)
    assert 11 <= len(longer) <= 13
    assert longer == sorted(longer)
    part = api.get(f"{PATH}/get-history-bulk-interval", start_step=30, end_step=32, **fields)
    assert sorted(steps(part)) == [30, 30, 31, 31, 32, 32]
    for wrong in (
        {"start_step": 3},
        {"start_step": 3, "end_step": 2},
        {"max_results": 2_501},
        {"run_ids": ["a"] * 101},
    ):
        assert api.get(f"{PATH}/get-history-bulk-interval", expect=400, **{**fields, **wrong})


def test_histories_of_several_runs_come_whole_to_the_browser(api: Api) -> None:
    runs = [log(make.run(), range(3)), log(make.run(), range(2))]

    response = api.client.get(
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk",
        {"run_id": [run.pk for run in runs], "metric_key": "loss"},
        **api.headers,
    )
    assert len(response.json()["metrics"]) == 5
    nothing = api.client.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", {"run_id": "0", "metric_key": "loss"})
    assert nothing.json() == {"metrics": []}
    assert api.get(f"{PATH}/get-history-bulk", run_id=[runs[0].pk], metric_key="loss", expect=404)
