"""metrics/…: the history of a run's metrics."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Max, Min

from models_app import limits
from models_app.actors import Actor
from models_app.api.messages import Int64, Message
from models_app.api.mlflow import pages, serializers
from models_app.errors import InvalidValue
from models_app.models import Metric, Run
from models_app.models.metrics import HISTORY

BULK_RUNS = 100
BULK_POINTS = 25_000
INTERVAL_POINTS = 2_500
POINT = ("run_id", *serializers.POINT)


class GetHistory(Message):
    run_id: str
    metric_key: str
    max_results: Int64 | None = None
    page_token: str = ""


class GetHistoryBulkInterval(Message):
    run_ids: list[str]
    metric_key: str
    start_step: Int64 | None = None
    end_step: Int64 | None = None
    max_results: Int64 = INTERVAL_POINTS


class GetHistoryBulk(Message):
    run_id: list[str]
    metric_key: str
    max_results: Int64 = BULK_POINTS


def get_history(actor: Actor, message: GetHistory) -> dict[str, Any]:
    size = limits.METRIC_HISTORY_PAGE if message.max_results is None else pages.size(message.max_results, 2**63)
    size = min(size, limits.METRIC_HISTORY_PAGE)
    # MLflow: an unknown run has no history, it is no error.
    is_known = Run.objects.visible_to(actor).filter(pk=message.run_id).exists()
    points = Metric.objects.history(message.run_id, message.metric_key) if is_known else Metric.objects.none()
    question = f"{message.run_id} {message.metric_key}"
    page = pages.rows_behind(points, POINT, HISTORY, size, message.page_token, question)
    return {**_metrics(page.rows), **pages.token(page)}


def get_history_bulk(actor: Actor, message: GetHistoryBulk) -> dict[str, Any]:
    size = pages.size(message.max_results, BULK_POINTS)
    history = _of_runs(actor, message.run_id, message.metric_key, "run_id")
    points = history.order_by("run_id", *HISTORY).values_list(*POINT)
    # MLflow: this endpoint's answer is put together by hand there, and holds its list even when that is empty.
    return {"metrics": [], **_metrics(points[:size])}


def get_history_bulk_interval(actor: Actor, message: GetHistoryBulkInterval) -> dict[str, Any]:
    size = pages.size(message.max_results, INTERVAL_POINTS)
    history = _of_runs(actor, message.run_ids, message.metric_key, "run_ids")
    if (message.start_step is None) != (message.end_step is None):
        raise InvalidValue("Give both start_step and end_step, or neither.", field="start_step")
    if message.start_step is not None and message.end_step is not None:
        if message.start_step > message.end_step:
            raise InvalidValue("end_step must not be less than start_step.", field="end_step")
        history = history.filter(step__gte=message.start_step, step__lte=message.end_step)
    ends = history.order_by().values("run_id").annotate(first=Min("step"), last=Max("step"))
    kept = {step for row in ends for step in (row["first"], row["last"])}
    kept.update(_evenly(history.order_by("step").values_list("step", flat=True).distinct(), size))
    points = history.filter(step__in=kept).order_by("run_id", "step", "timestamp", "value", "is_nan")
    return _metrics(points.values_list(*POINT))


def _metrics(points: Iterable[Any]) -> dict[str, Any]:
    return serializers.some(metrics=[{**serializers.metric(*point), "run_id": run_id} for run_id, *point in points])


def _of_runs(actor: Actor, run_ids: list[str], key: str, field: str) -> Any:
    if not 1 <= len(run_ids) <= BULK_RUNS:
        raise InvalidValue(f"Between 1 and {BULK_RUNS} runs can be asked for at once, not {len(run_ids)}.", field=field)
    return Metric.objects.filter(run__in=Run.objects.visible_to(actor).filter(pk__in=run_ids), key=key)


def _evenly(steps: Iterable[int], count: int) -> list[int]:
    """At most `count` of the steps, the first and the last among them, at equal distances."""
    known = list(steps)
    if len(known) <= count:
        return known
    if count == 1:
        return known[:1]
    return [known[index * (len(known) - 1) // (count - 1)] for index in range(count)]
