"""What a version's row and page show, gathered at registration so that lists and comparisons are one query."""

from django.db import models


class VersionSummary(models.Model):
    """Figures follow the source run and logged model as they log more; facts of the files are read once."""

    version = models.OneToOneField("ModelVersion", on_delete=models.CASCADE, primary_key=True, related_name="summary")
    metrics = models.JSONField(default=dict, help_text='{key: number, or "NaN"}')
    params = models.JSONField(default=dict, help_text="{key: text}")
    datasets = models.JSONField(default=list, help_text="[{name, digest, context}]")
    flavors = models.JSONField(default=dict, help_text="{flavor: its version}")
    signature = models.JSONField(null=True, blank=True, help_text="{inputs, outputs, params}: lists of columns")
    requirements = models.JSONField(default=list, help_text="lines of requirements.txt")
    facts = models.JSONField(
        default=dict, help_text="other facts of the MLmodel file: python_version, mlflow_version …"
    )
    size = models.BigIntegerField(null=True, blank=True, help_text="bytes of all files")
    file_count = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        db_table = "version_summaries"

    def __str__(self) -> str:
        return f"summary of version {self.version_id}"
