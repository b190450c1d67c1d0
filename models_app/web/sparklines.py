"""The small curves beside the figures of many runs: a few points of each, found by their steps, never read whole."""

from collections.abc import Sequence

from django.db.models import BigIntegerField, F, FloatField, OuterRef, Subquery
from django.db.models.functions import Cast, Floor

from models_app.models import LatestMetric, Metric

POINTS = 16


def sparks_of(run_ids: Sequence[str], key: str) -> dict[str, list[float | None]]:
    """Per run the values nearest behind evenly spaced steps, oldest first; None where NaN was logged. Runs that logged
    the metric at one step only have no curve. One query, and POINTS look-ups in an index for each run."""
    latest = LatestMetric.objects.filter(run_id__in=run_ids, key=key, step__gt=0).order_by()
    for number in range(POINTS - 1):
        # Through a float, because a step times a number may leave the column's range.
        target = Cast(Floor(Cast(F("step"), FloatField()) * (number / (POINTS - 1))), BigIntegerField())
        latest = latest.alias(**{f"step_{number}": target})
        point = Metric.objects.filter(run_id=OuterRef("run_id"), key=key, step__gte=OuterRef(f"step_{number}"))
        latest = latest.annotate(**{f"value_{number}": Subquery(point.order_by("step").values("value")[:1])})
    values = [f"value_{number}" for number in range(POINTS - 1)]
    found = {}
    for run_id, is_nan, last, *earlier in latest.values_list("run_id", "is_nan", "value", *values):
        found[run_id] = [*earlier, None if is_nan else last]
    return found
