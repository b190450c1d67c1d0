"""Model versions: a registered model's numbered, immutable sources with their tags."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

from django.db import models
from django.db.models import F

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.expressions import BytewiseCharField, ValuePrefix
from models_app.models.tags import TagQuerySet


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def visible_to(self, actor: Actor) -> Self:
        """Deleted versions are visible to nobody: their numbers stay taken, that is all."""
        return self.filter(model__workspace_id=actor.workspace, deleted_at=None).select_related("model")

    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def from_runs(self, run_ids: Iterable[str]) -> Self:
        return self.filter(run_id__in=list(run_ids)).order_by("model__name", "-number")

    def from_any_of(self, runs: models.QuerySet[Any]) -> Self:
        """Looked up version by version: there may be far more runs than the registry has versions."""
        return self.filter(models.Exists(runs.filter(pk=models.OuterRef("run_id"))))

    def that_read(self, inputs: models.QuerySet[Any], *, looked_up: bool) -> Self:
        """Whose runs are among those of the inputs; `looked_up` version by version, where the runs are many."""
        if looked_up:
            return self.filter(models.Exists(inputs.filter(run_id=models.OuterRef("run_id"))))
        return self.filter(run_id__in=inputs.order_by().values("run_id"))

    def from_logged_models(self, model_ids: Iterable[str]) -> Self:
        return self.filter(logged_model_id__in=list(model_ids)).order_by("model__name", "-number")

    def get_by_number(self, name: str, number: int) -> "ModelVersion":
        try:
            return self.get(model__name=name, number=number)
        except self.model.DoesNotExist:
            raise DoesNotExist(f"Model Version (name={name}, version={number}) not found", field="version") from None

    def for_table(self) -> Self:
        """With what a row shows: figures, aliases and tags; the newest first."""
        texts = ("params", "datasets", "flavors", "signature", "requirements", "facts")
        found = self.select_related("summary").defer(*(f"summary__{text}" for text in texts))
        return found.prefetch_related("aliases", "tags").order_by("-number")

    def metric_history(self, count: int) -> "list[dict[str, float | str]]":
        """The metrics of the last `count` of these versions, oldest first."""
        newest = self.order_by("-number").values_list("summary__metrics", flat=True)[:count]
        return [metrics or {} for metrics in reversed(newest)]

    def latest_per_stage(self, model_pks: Sequence[int]) -> "list[ModelVersion]":
        """The highest number in every stage of each model, read off an index however many versions a model has."""
        if not model_pks:
            return []
        places = ", ".join(["%s"] * len(model_pks))
        return list(self.raw(_LATEST_PER_STAGE.format(places=places), list(model_pks)))


# In SQL, because the ORM builds four subqueries for it anew on every request, which takes longer than to run them.
_LATEST_PER_STAGE = """
    WITH stages (stage) AS (VALUES ('None'), ('Staging'), ('Production'), ('Archived'))
    SELECT versions.* FROM registered_models AS models CROSS JOIN stages
    JOIN model_versions AS versions ON versions.id = (
        SELECT newest.id FROM model_versions AS newest
        WHERE newest.model_id = models.id AND newest.stage = stages.stage AND newest.deleted_at IS NULL
        ORDER BY newest.number DESC LIMIT 1
    )
    WHERE models.id IN ({places}) ORDER BY versions.number
"""


class ModelVersion(models.Model):
    """`source` is what the client named; `storage_location` is where the files are, resolved once at registration."""

    class Stage(models.TextChoices):
        NONE = "None"
        STAGING = "Staging"
        PRODUCTION = "Production"
        ARCHIVED = "Archived"

    model = models.ForeignKey("RegisteredModel", on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    description = models.TextField(blank=True, default="")
    source = models.CharField(max_length=limits.SOURCE)
    storage_location = models.CharField(max_length=limits.SOURCE)
    run_id = BytewiseCharField(max_length=limits.KEY, blank=True, default="")
    logged_model_id = BytewiseCharField(max_length=limits.KEY, blank=True, default="")
    run_link = models.CharField(max_length=limits.RUN_LINK, blank=True, default="")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.NONE)
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()
    deleted_at = models.BigIntegerField(null=True, blank=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        db_table = "model_versions"
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="model_version_number_unique"),
            models.CheckConstraint(
                condition=models.Q(stage__in=["None", "Staging", "Production", "Archived"]),
                name="model_version_stage_known",
            ),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="model_version_number_positive"),
        ]
        indexes = [
            models.Index(F("model"), F("stage"), F("number").desc(), name="model_version_stage"),
            models.Index(F("run_id"), F("model"), F("number"), name="model_version_run"),
            models.Index(F("logged_model_id"), F("model"), F("number"), name="model_version_logged_model"),
            models.Index(F("updated_at").desc(), F("model"), F("number").desc(), name="model_version_updated"),
            models.Index(F("model"), F("updated_at").desc(), F("number").desc(), name="model_version_recent_in_model"),
            models.Index(F("created_at").desc(), F("model"), F("number").desc(), name="model_version_created"),
            models.Index(ValuePrefix("source"), name="model_version_source_prefix"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


class ModelVersionTag(models.Model):
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = BytewiseCharField(max_length=limits.REGISTRY_TAG_KEY)
    value = models.TextField(blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        db_table = "model_version_tags"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="model_version_tag_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("version"), name="model_version_tag_value")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
