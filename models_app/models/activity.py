"""Events: who did what to which object, when and through which door. Rows are only ever added."""

from collections.abc import Sequence
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F

from models_app import events, limits
from models_app.actors import Actor
from models_app.expressions import BytewiseCharField


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(workspace_name=actor.workspace)

    def newest_first(self) -> Self:
        return self.order_by("-id")

    def of_model(self, registered_model_id: int) -> Self:
        """The model's own events and those of its versions."""
        return self.filter(registered_model_id=registered_model_id)

    def of_version(self, registered_model_id: int, number: int) -> Self:
        return self.filter(registered_model_id=registered_model_id, version_number=number)

    def model_deletions(self, name: str) -> Self:
        """Of every model that had this name when it was deleted."""
        return self.filter(kind=events.RegisteredModelDeleted.kind, target=name)

    def by(self, actor_name: str) -> Self:
        return self.filter(actor_name=actor_name)

    def of_kinds(self, prefixes: Sequence[str]) -> Self:
        """Kinds by how they begin: "model_version." are created, updated and deleted."""
        wanted = models.Q()
        for prefix in prefixes:
            wanted |= models.Q(kind__startswith=prefix)
        return self.filter(wanted)

    def before(self, event_id: int | None) -> Self:
        """The ones older than a page's last; all of them for the first page."""
        return self.filter(id__lt=event_id) if event_id else self


class Event(models.Model):
    """Objects are named by their keys, not by foreign keys: history outlives what it tells of."""

    at = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=255)
    via = models.CharField(max_length=16)
    request_id = models.CharField(max_length=64, blank=True, default="")
    ip = models.CharField(max_length=45, blank=True, default="")
    workspace_name = BytewiseCharField(max_length=limits.WORKSPACE_NAME)
    target = models.CharField(max_length=limits.EXPERIMENT_NAME, help_text="The name of the object, as it was then.")
    registered_model_id = models.BigIntegerField(null=True, blank=True)
    version_number = models.PositiveIntegerField(null=True, blank=True)
    experiment_id = models.BigIntegerField(null=True, blank=True)
    run_id = models.CharField(max_length=32, blank=True, default="")
    logged_model_id = models.CharField(max_length=34, blank=True, default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "events"
        indexes = [
            models.Index(F("workspace_name"), F("id").desc(), name="event_workspace"),
            models.Index(F("registered_model_id"), F("id").desc(), name="event_model"),
            models.Index(F("registered_model_id"), F("version_number"), F("id").desc(), name="event_version"),
            models.Index(F("experiment_id"), F("id").desc(), name="event_experiment"),
            models.Index(F("run_id"), F("id").desc(), name="event_run"),
            models.Index(F("actor_name"), F("id").desc(), name="event_actor"),
            models.Index(
                F("workspace_name"),
                F("target"),
                F("id").desc(),
                name="event_model_deletion",
                condition=models.Q(kind=events.RegisteredModelDeleted.kind),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"
