"""Datasets, known by name and digest within an experiment, and which runs read them."""

from collections.abc import Sequence

from django.db import models

from models_app import limits
from models_app.expressions import BytewiseCharField
from models_app.models.related import AT_ONCE

CONTEXT_TAG = "mlflow.data.context"


class Dataset(models.Model):
    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="datasets", db_index=False)
    name = BytewiseCharField(max_length=limits.DATASET_NAME)
    digest = BytewiseCharField(max_length=limits.DATASET_DIGEST)
    source_type = models.CharField(max_length=limits.KEY, blank=True, default="")
    source = models.TextField(blank=True, default="")
    schema = models.TextField(blank=True, default="")
    profile = models.TextField(blank=True, default="")

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
