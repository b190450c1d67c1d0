"""Logged models: what a run saved, before (and whether or not) anybody registers it."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F
from django.db.models.functions import RowNumber

from models_app import limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField, ValuePrefix
from models_app.models.metrics import MetricPoint
from models_app.models.tags import TagQuerySet


class LoggedModelQuerySet(models.QuerySet["LoggedModel"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(experiment__workspace_id=actor.workspace)

    def active(self) -> Self:
        return self.filter(deleted_at=None)

    def from_runs(self, run_ids: Iterable[str]) -> Self:
        return self.filter(source_run_id__in=list(run_ids)).order_by("created_at", "model_id")


class LoggedModel(models.Model):
    class Status(models.IntegerChoices):
        """MLflow's numbers: its search filters by them."""

        UNSPECIFIED = 0, "LOGGED_MODEL_STATUS_UNSPECIFIED"
        PENDING = 1, "LOGGED_MODEL_PENDING"
        READY = 2, "LOGGED_MODEL_READY"
        UPLOAD_FAILED = 3, "LOGGED_MODEL_UPLOAD_FAILED"

    model_id = BytewiseCharField(primary_key=True, max_length=34)
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="logged_models", db_index=False)
    name = BytewiseCharField(max_length=limits.KEY * 2)
    model_type = models.CharField(max_length=limits.DATASET_NAME, blank=True, default="")
    source_run_id = BytewiseCharField(max_length=limits.KEY, blank=True, default="")
    status = models.PositiveSmallIntegerField(choices=Status, default=Status.PENDING)
    status_message = models.TextField(blank=True, default="")
    artifact_uri = models.CharField(max_length=limits.ARTIFACT_LOCATION + 64)
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()
    deleted_at = models.BigIntegerField(null=True, blank=True)

    objects = LoggedModelQuerySet.as_manager()

    class Meta:
        db_table = "logged_models"
        indexes = [
            models.Index(F("experiment"), F("created_at").desc(), F("model_id"), name="logged_model_recent"),
            models.Index(fields=["experiment", "name"], name="logged_model_name"),
            models.Index(fields=["source_run_id"], name="logged_model_source_run"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


class LoggedModelTag(models.Model):
    logged_model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = BytewiseCharField(max_length=limits.KEY)
    value = models.TextField(blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        db_table = "logged_model_tags"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["logged_model", "key"], name="logged_model_tag_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("logged_model"), name="logged_model_tag_value")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class LoggedModelParamQuerySet(models.QuerySet["LoggedModelParam"]):
    def of_models(self, model_ids: Iterable[str]) -> Self:
        return self.filter(logged_model_id__in=list(model_ids)).order_by("logged_model_id", "key")

    def columns(self, limit: int) -> list[str]:
        """Their keys, those with several values first, then those that most models have."""
        counted = self.order_by().values_list("key").annotate(
            kinds=models.Count("value", distinct=True), count=models.Count("pk")
        )  # fmt: skip
        differs = models.Case(models.When(kinds__gt=1, then=0), default=1)
        return [key for key, _, _ in counted.order_by(differs, "-count", "key")[:limit]]


class LoggedModelMetricQuerySet(models.QuerySet["LoggedModelMetric"]):
    def of_models(self, model_ids: Iterable[str]) -> Self:
        return self.filter(logged_model_id__in=list(model_ids)).order_by()

    def columns(self, limit: int) -> list[tuple[str, str, str, int]]:
        """(key, name and digest of the dataset, number of models), those that most models have first."""
        named = self.order_by().values_list("key", "dataset_name", "dataset_digest")
        counted = named.annotate(count=models.Count("logged_model", distinct=True))
        return list(counted.order_by("-count", "key", "dataset_name", "dataset_digest")[:limit])

    def latest_points(self) -> Self:
        """The last point of each metric on each dataset, however long its history."""
        number = models.Window(
            RowNumber(),
            partition_by=["logged_model", "key", "dataset_name", "dataset_digest"],
            order_by=[models.F("timestamp").desc(), models.F("step").desc(), models.F("id").desc()],
        )
        return self.alias(number=number).filter(number=1).order_by("key", "dataset_name", "dataset_digest")


class LoggedModelParam(models.Model):
    logged_model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="params", db_index=False)
    key = BytewiseCharField(max_length=limits.KEY)
    value = BytewiseCharField(max_length=limits.PARAM_VALUE, blank=True)

    objects = LoggedModelParamQuerySet.as_manager()

    class Meta:
        db_table = "logged_model_params"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["logged_model", "key"], name="logged_model_param_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("logged_model"), name="logged_model_param_value")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class LoggedModelMetric(MetricPoint):
    """A metric of the model: which run measured it, and on which dataset if it said so."""

    logged_model = models.ForeignKey(LoggedModel, on_delete=models.CASCADE, related_name="metrics", db_index=False)
    run_id = BytewiseCharField(max_length=32)
    dataset_name = models.CharField(max_length=limits.DATASET_NAME, blank=True, default="")
    dataset_digest = models.CharField(max_length=limits.DATASET_DIGEST, blank=True, default="")

    objects = LoggedModelMetricQuerySet.as_manager()

    class Meta:
        db_table = "logged_model_metrics"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "logged_model",
                    "key",
                    "step",
                    "timestamp",
                    "run_id",
                    "dataset_name",
                    "dataset_digest",
                    "value",
                    "is_nan",
                ],
                name="logged_model_metric_unique",
            )
        ]
        indexes = [models.Index(fields=["key", "value", "logged_model"], name="logged_model_metric_value")]
