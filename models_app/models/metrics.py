"""Metric points: the whole history, and the latest point of each key, which lists and searches read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models import F

from models_app import limits
from models_app.expressions import BytewiseCharField

HISTORY = ("timestamp", "step", "value", "is_nan")  # the protocol's order of a curve's points
MACHINE_PREFIX = "system/"  # MLflow: what it measures of the machine, not of the model


class MetricQuerySet(models.QuerySet["Metric"]):
    def history(self, run_id: str, key: str) -> Self:
        return self.filter(run_id=run_id, key=key).order_by(*HISTORY)

    def has_more_than(self, limit: int, run_id: str, keys: Iterable[str]) -> bool:
        """Whether these curves have so many points together; it reads no more of them."""
        return bool(self.filter(run_id=run_id, key__in=list(keys)).order_by()[limit : limit + 1].values_list("pk"))

    def extents(self, run_id: str, keys: Iterable[str] | None = None) -> dict[str, "Extent"]:
        """What can be said of each curve of a run, or of some of them, without reading its points."""
        finite = models.Q(is_nan=False)
        wanted = self.filter(run_id=run_id) if keys is None else self.filter(run_id=run_id, key__in=list(keys))
        rows = wanted.order_by().values("key")
        found = rows.annotate(
            count=models.Count("pk"),
            low=models.Min("value", filter=finite),
            high=models.Max("value", filter=finite),
            first_step=models.Min("step"),
            last_step=models.Max("step"),
            first_at=models.Min("timestamp"),
            last_at=models.Max("timestamp"),
        )
        return {row["key"]: Extent(**row) for row in found}


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a curve reaches; `low` and `high` are None when every point is NaN."""

    key: str
    count: int
    low: float | None
    high: float | None
    first_step: int
    last_step: int
    first_at: int
    last_at: int

    @property
    def has_steps(self) -> bool:
        return self.last_step > self.first_step

    @property
    def is_curve(self) -> bool:
        """Two points of one step are a correction, not a curve; from three on the time between them may tell."""
        return self.has_steps or (self.count > 2 and self.last_at > self.first_at)


class MetricPoint(models.Model):
    """`value` is finite: NaN is kept as 0 with `is_nan`, an infinity as the largest float (MLflow answers the same)."""

    key = BytewiseCharField(max_length=limits.KEY)
    value = models.FloatField()
    is_nan = models.BooleanField(default=False)
    step = models.BigIntegerField(default=0)
    timestamp = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key}={self.number}"

    @property
    def number(self) -> float:
        return float("nan") if self.is_nan else self.value


class Metric(MetricPoint):
    """An exact repeat of a point is the same point, so a client may send a batch twice.

    The constraint's index holds each curve by step, as charts draw it, the other one by time, as clients walk it.
    """

    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="metrics", db_index=False)

    objects = MetricQuerySet.as_manager()

    class Meta:
        db_table = "metrics"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "step", "timestamp", "value", "is_nan"], name="metric_point_unique"
            )
        ]
        indexes = [models.Index(fields=["run", "key", "timestamp"], name="metric_history")]


class LatestMetricQuerySet(models.QuerySet["LatestMetric"]):
    def progress(self, epoch_keys: Iterable[str]) -> tuple[int | None, int | None, float | None]:
        """The last step, when it was logged, and the epoch: of the model's own metrics, not of the machine's."""
        own = self.exclude(key__startswith=MACHINE_PREFIX)
        epochs = models.Q(key__in=list(epoch_keys), is_nan=False)
        found = own.aggregate(
            step=models.Max("step"), at=models.Max("timestamp"), epoch=models.Max("value", filter=epochs)
        )
        return found["step"], found["at"], found["epoch"]

    def common_keys(self, limit: int) -> list[str]:
        """Those that most of these runs have; a run may have ten thousand."""
        counted = self.order_by().values_list("key").annotate(count=models.Count("pk"))
        return [key for key, _ in counted.order_by("-count", "key")[:limit]]

    def by_run(self, keys: Iterable[str]) -> "dict[str, dict[str, LatestMetric]]":
        found: dict[str, dict[str, LatestMetric]] = {}
        for point in self.filter(key__in=list(keys)):
            found.setdefault(point.run_id, {})[point.key] = point
        return found


class LatestMetric(MetricPoint):
    """The point with the highest (step, timestamp, value); the experiment serves the index that orders by value."""

    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="latest_metrics", db_index=False)
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="+", db_index=False)

    objects = LatestMetricQuerySet.as_manager()

    class Meta:
        db_table = "latest_metrics"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="latest_metric_key_unique")]
        indexes = [models.Index(F("experiment"), F("key"), F("value"), F("run"), name="latest_metric_value")]
