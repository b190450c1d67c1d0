"""Metric points: the whole history, and the latest point of each key, which lists and searches read."""

from typing import Self

from django.db import models
from django.db.models import F

from models_app import limits
from models_app.expressions import BytewiseCharField


class MetricQuerySet(models.QuerySet["Metric"]):
    def history(self, run_id: str, key: str) -> Self:
        return self.filter(run_id=run_id, key=key).order_by("timestamp", "step", "value", "id")


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
    """An exact repeat of a point is the same point, so a client may send a batch twice."""

    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="metrics", db_index=False)

    objects = MetricQuerySet.as_manager()

    class Meta:
        db_table = "metrics"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "step", "timestamp", "value", "is_nan"], name="metric_point_unique"
            )
        ]


class LatestMetric(MetricPoint):
    """The point with the highest (step, timestamp, value); the experiment serves the index that orders by value."""

    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="latest_metrics", db_index=False)
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        db_table = "latest_metrics"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="latest_metric_key_unique")]
        indexes = [models.Index(F("experiment"), F("key"), F("value"), F("run"), name="latest_metric_value")]
