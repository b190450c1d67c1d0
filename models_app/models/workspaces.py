"""A workspace separates the experiments, models and artifacts of one team from another's."""

from django.db import models

from models_app import limits
from models_app.expressions import BytewiseCharField


class Workspace(models.Model):
    """The name is the key, as in MLflow's protocol: it travels in the X-MLFLOW-WORKSPACE header."""

    DEFAULT = "default"

    name = BytewiseCharField(primary_key=True, max_length=limits.WORKSPACE_NAME)
    description = models.TextField(blank=True, default="")
    default_artifact_root = models.CharField(max_length=limits.ARTIFACT_LOCATION, blank=True, default="")
    created_at = models.BigIntegerField()

    class Meta:
        db_table = "workspaces"

    def __str__(self) -> str:
        return self.name
