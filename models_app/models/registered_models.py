"""Registered models with their tags and aliases."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F
from django.db.models.functions import Substr

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.expressions import BytewiseCharField, ValuePrefix
from models_app.models.model_versions import ModelVersion, ModelVersionTag
from models_app.models.tags import TagQuerySet

CHAMPION = "champion"
OPENING = 600  # characters of a description that a line of it is made from
PROMPT_TAG = "mlflow.prompt.is_prompt"  # MLflow: a prompt is a registered model with this tag set to "true"


class RegisteredModelQuerySet(models.QuerySet["RegisteredModel"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(workspace_id=actor.workspace)

    def get_by_name(self, name: str) -> "RegisteredModel":
        try:
            return self.get(name=name)
        except self.model.DoesNotExist:
            raise DoesNotExist(f"Registered Model with name={name} not found", field="name") from None

    def lock_by_name(self, name: str) -> "RegisteredModel":
        """Serialises writers of one model until the transaction ends; on SQLite the transaction itself does."""
        return self.select_for_update(of=("self",), no_key=True).get_by_name(name)

    def without_prompts(self) -> Self:
        tags = RegisteredModelTag.objects.filter(model=models.OuterRef("pk"), key=PROMPT_TAG, value="true")
        return self.filter(~models.Exists(tags))

    def for_picker(self, text: str = "") -> Self:
        """To choose from: `latest_number`, `champion_number`, `opening` of the description; best match first."""
        versions = ModelVersion.objects.filter(model=models.OuterRef("pk"), deleted_at=None).order_by("-number")
        champions = ModelAlias.objects.filter(model=models.OuterRef("pk"), name=CHAMPION)
        found = self.filter(name__icontains=text) if text else self
        if len(text) > limits.MODEL_NAME:
            found = self.none()  # SQLite fails over a text that long instead of finding nothing
        closeness = models.Case(
            models.When(name=text, then=0), models.When(name__istartswith=text, then=1), default=2
        )  # fmt: skip
        return found.annotate(
            latest_number=models.Subquery(versions.values("number")[:1]),
            champion_number=models.Subquery(champions.values("version__number")[:1]),
            opening=Substr("description", 1, OPENING),
        ).defer("description").order_by(*([closeness] if text else []), "-changed_at", "name")  # fmt: skip

    def for_table(self) -> Self:
        """With what a row shows: tags, `latest_version_id`, and aliases with the figures of the versions they hold."""
        versions = ModelVersion.objects.filter(model=models.OuterRef("pk"), deleted_at=None).order_by("-number")
        return self.with_aliases().annotate(latest_version_id=models.Subquery(versions.values("pk")[:1]))

    def with_aliases(self) -> Self:
        """With tags, and aliases with the versions they hold and the figures of those."""
        aliases = ModelAlias.objects.select_related("version__summary").only(
            "model_id", "name", "updated_at", "updated_by", "version__model_id", "version__number",
            "version__summary__metrics",
        )  # fmt: skip
        return self.prefetch_related("tags", models.Prefetch("aliases", queryset=aliases))

    def tagged(self, key: str, value: str) -> Self:
        tags = RegisteredModelTag.objects.filter(model=models.OuterRef("pk"), key=key, value=value)
        return self.filter(models.Exists(tags))

    def with_alias(self, alias: str) -> Self:
        return self.filter(models.Exists(ModelAlias.objects.filter(model=models.OuterRef("pk"), name=alias)))

    def tag_counts(self, limit: int) -> "list[tuple[str, str, int]]":
        """(key, value, number of these models with it), the most frequent first; clients' own tags are left out."""
        rows = RegisteredModelTag.objects.filter(model__in=self.order_by().values("pk"))
        counted = rows.peoples_own().values_list("key", "value").annotate(count=models.Count("pk"))
        return list(counted.order_by("-count", "key", "value")[:limit])

    def alias_counts(self, limit: int) -> "list[tuple[str, int]]":
        rows = ModelAlias.objects.filter(model__in=self.order_by().values("pk")).values_list("name")
        return list(rows.annotate(count=models.Count("pk")).order_by("-count", "name")[:limit])

    def owner_counts(self, limit: int) -> "list[tuple[str, int]]":
        rows = self.order_by().exclude(created_by="").values_list("created_by")
        return list(rows.annotate(count=models.Count("pk")).order_by("-count", "created_by")[:limit])


class RegisteredModel(models.Model):
    """`last_version_number` only grows, so the number of a deleted version never returns."""

    workspace = models.ForeignKey(
        "Workspace", on_delete=models.PROTECT, related_name="registered_models", db_index=False
    )
    name = BytewiseCharField(max_length=limits.MODEL_NAME)
    description = models.TextField(blank=True, default="")
    last_version_number = models.PositiveIntegerField(default=0)
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()
    changed_at = models.BigIntegerField(
        help_text="Any change, tags and aliases too; the protocol's updated_at does not move on those."
    )

    objects = RegisteredModelQuerySet.as_manager()

    class Meta:
        db_table = "registered_models"
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="registered_model_name_unique")]
        indexes = [
            models.Index(F("workspace"), F("updated_at").desc(), F("name"), name="registered_model_updated"),
            models.Index(F("workspace"), F("changed_at").desc(), F("name"), name="registered_model_changed"),
        ]

    def __str__(self) -> str:
        return self.name


class RegisteredModelTag(models.Model):
    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="tags", db_index=False)
    key = BytewiseCharField(max_length=limits.REGISTRY_TAG_KEY)
    value = models.TextField(blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        db_table = "registered_model_tags"
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="registered_model_tag_key_unique")]
        indexes = [models.Index(F("key"), ValuePrefix("value"), F("model"), name="registered_model_tag_value")]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


def is_prompt(tags: "Iterable[RegisteredModelTag | ModelVersionTag]") -> bool:
    """Asked of a model's tags or of a version's: clients set the mark on both."""
    return any(tag.key == PROMPT_TAG and tag.value == "true" for tag in tags)


class ModelAlias(models.Model):
    """A name that points at one version of the model; pointing it elsewhere moves it."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="aliases", db_index=False)
    name = BytewiseCharField(max_length=limits.ALIAS)
    version = models.ForeignKey("ModelVersion", on_delete=models.CASCADE, related_name="aliases")
    updated_at = models.BigIntegerField()
    updated_by = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        db_table = "model_aliases"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="model_alias_name_unique")]

    def __str__(self) -> str:
        return f"@{self.name}"
