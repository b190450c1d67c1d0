"""Datasets, known by name and digest within an experiment, and which runs read them."""

from collections.abc import Sequence
from typing import Self

from django.db import models
from django.db.models.functions import Substr

from models_app import limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField
from models_app.models.related import AT_ONCE

CONTEXT_TAG = "mlflow.data.context"


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(experiment__workspace_id=actor.workspace)

    def by_name(self) -> "list[tuple[str, int, int]]":
        """(name, newest row of that name, how many experiments know it), the newest name first."""
        named = self.order_by().values_list("name").annotate(newest=models.Max("pk"), count=models.Count("pk"))
        return list(named.order_by("-newest"))

    def with_texts(self, schema: int, other: int) -> Self:
        """With as much of the texts as can be shown: a client may have logged megabytes."""
        return self.defer("schema", "profile", "source").annotate(
            schema_start=Substr("schema", 1, schema),
            profile_start=Substr("profile", 1, other),
            source_start=Substr("source", 1, other),
        )


class Dataset(models.Model):
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="datasets", db_index=False)
    name = BytewiseCharField(max_length=limits.DATASET_NAME)
    digest = BytewiseCharField(max_length=limits.DATASET_DIGEST)
    source_type = models.CharField(max_length=limits.KEY, blank=True, default="")
    source = models.TextField(blank=True, default="")
    schema = models.TextField(blank=True, default="")
    profile = models.TextField(blank=True, default="")

    objects = DatasetQuerySet.as_manager()

    class Meta:
        db_table = "datasets"
        constraints = [models.UniqueConstraint(fields=["experiment", "name", "digest"], name="dataset_digest_unique")]
        indexes = [models.Index(fields=["digest"], name="dataset_digest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.digest})"


class DatasetInputQuerySet(models.QuerySet["DatasetInput"]):
    def of_runs(self, run_pks: Sequence[str]) -> list["DatasetInput"]:
        """With their datasets, in the order they were logged; in portions, as statements take so many values only."""
        found: list[DatasetInput] = []
        for start in range(0, len(run_pks), AT_ONCE):
            part = self.filter(run_id__in=run_pks[start : start + AT_ONCE])
            found += part.select_related("dataset").order_by("id")
        return found

    def with_texts(self, schema: int, other: int) -> Self:
        """With their datasets, and as much of the texts as a list can show."""
        found = self.select_related("dataset").annotate(
            schema_start=Substr("dataset__schema", 1, schema),
            profile_start=Substr("dataset__profile", 1, other),
            source_start=Substr("dataset__source", 1, other),
        )
        return found.defer("dataset__schema", "dataset__profile", "dataset__source")

    def of_datasets(self, datasets: DatasetQuerySet) -> Self:
        return self.filter(dataset__in=datasets.order_by().values("pk"))

    def contexts(self) -> "list[tuple[str, int]]":
        """(context, number of uses), the most frequent first."""
        counted = self.order_by().values_list("context").annotate(count=models.Count("pk"))
        return list(counted.order_by("-count", "context"))


class DatasetInput(models.Model):
    """`context` repeats the tag that says what the dataset was for ("train", "eval"): it is what people filter by."""

    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="dataset_inputs", db_index=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="inputs")
    context = models.CharField(max_length=limits.DATASET_TAG_VALUE, blank=True, default="")
    tags = models.JSONField(default=list, help_text="[[key, value], …]")

    objects = DatasetInputQuerySet.as_manager()

    class Meta:
        db_table = "dataset_inputs"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "dataset"], name="dataset_input_unique")]

    def __str__(self) -> str:
        return f"{self.run_id} read {self.dataset_id}"
