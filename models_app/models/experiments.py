"""Experiments and their tags; an experiment groups runs and owns the folder their artifacts go to."""

from typing import Any, Self

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce

from models_app import limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField, ValuePrefix, text_is
from models_app.models.tags import TagQuerySet

NOTE_TAG = "mlflow.note.content"  # MLflow: the description of an experiment or run is this tag


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(workspace_id=actor.workspace)

    def active(self) -> Self:
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        return self.exclude(deleted_at=None)

    def for_table(self) -> Self:
        return self.prefetch_related("tags")

    def tagged(self, key: str, value: str) -> Self:
        tags = ExperimentTag.objects.filter(text_is("value", value), experiment=models.OuterRef("pk"), key=key)
        return self.filter(models.Exists(tags))

    def tag_counts(self, limit: int) -> "list[tuple[str, str, int]]":
        """(key, value, number of these experiments with it), the most frequent first; clients' own tags left out."""
        rows = ExperimentTag.objects.filter(experiment__in=self.order_by().values("pk"))
        counted = rows.peoples_own().values_list("key", "value").annotate(count=models.Count("pk"))
        return list(counted.order_by("-count", "key", "value")[:limit])

    def by_last_run(self, runs: models.QuerySet[Any], *, newest_first: bool) -> Self:
        """With `last_run_at`, 0 where there is no run."""
        newest = runs.filter(experiment=models.OuterRef("pk")).order_by("-started_at", "run_id")
        last = Coalesce(models.Subquery(newest.values("started_at")[:1]), 0, output_field=models.BigIntegerField())
        sign = "-" if newest_first else ""
        return self.annotate(last_run_at=last).order_by(f"{sign}last_run_at", "-pk")

    def behind_last_run(self, moment: int, pk: int, *, newest_first: bool) -> Self:
        beyond = {"last_run_at__lt": moment} if newest_first else {"last_run_at__gt": moment}
        return self.filter(models.Q(**beyond) | models.Q(last_run_at=moment, pk__lt=pk))


class Experiment(models.Model):
    """MLflow: experiment "0", named Default, always exists in the default workspace."""

    DEFAULT_ID = 0

    experiment_id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("Workspace", on_delete=models.PROTECT, related_name="experiments", db_index=False)
    name = BytewiseCharField(max_length=limits.EXPERIMENT_NAME)
    artifact_location = models.CharField(max_length=limits.ARTIFACT_LOCATION)
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()
    deleted_at = models.BigIntegerField(null=True, blank=True)

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        db_table = "experiments"
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="experiment_name_unique")]
        indexes = [models.Index(F("workspace"), F("created_at").desc(), F("experiment_id"), name="experiment_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def lifecycle_stage(self) -> str:
        return "deleted" if self.is_deleted else "active"


class ExperimentTag(models.Model):
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = BytewiseCharField(max_length=limits.EXPERIMENT_TAG_KEY)
    value = models.TextField(blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        db_table = "experiment_tags"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["experiment", "key"], name="experiment_tag_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("experiment"), name="experiment_tag_value")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
