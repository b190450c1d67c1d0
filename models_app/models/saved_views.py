"""Saved views: a named way to look at an experiment's runs, for everybody who sees the experiment."""

from typing import Self

from django.db import models

from models_app import limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(experiment__workspace_id=actor.workspace)


class SavedView(models.Model):
    """`query` is what stands behind the question mark of the page's address."""

    experiment = models.ForeignKey("Experiment", on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    name = BytewiseCharField(max_length=limits.SAVED_VIEW_NAME)
    query = models.TextField(blank=True)
    created_by = models.CharField(max_length=255, blank=True, default="")
    created_at = models.BigIntegerField()
    updated_at = models.BigIntegerField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        db_table = "saved_views"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["experiment", "name"], name="saved_view_name_unique")]

    def __str__(self) -> str:
        return self.name
