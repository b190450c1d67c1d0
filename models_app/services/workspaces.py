"""Workspaces: the default one and its experiment 0 exist in every registry."""

from django.db import transaction

from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import DoesNotExist
from models_app.models import Experiment, Workspace
from models_app.names import check_workspace_name
from models_app.services.sources import default_artifact_location


@transaction.atomic
def ensure_default() -> None:
    now = now_ms()
    Workspace.objects.get_or_create(name=Workspace.DEFAULT, defaults={"created_at": now})
    Experiment.objects.get_or_create(
        experiment_id=Experiment.DEFAULT_ID,
        defaults={
            "workspace_id": Workspace.DEFAULT,
            "name": "Default",
            "artifact_location": default_artifact_location(Workspace.DEFAULT, Experiment.DEFAULT_ID),
            "created_at": now,
            "updated_at": now,
        },
    )


def check_workspace(name: str) -> str:
    """`name` if there is such a workspace. The default one is known to exist, so the common case costs no query."""
    if name == Workspace.DEFAULT:
        return name
    check_workspace_name(name, field="workspace")
    if not Workspace.objects.filter(name=name).exists():
        raise DoesNotExist(f"Workspace {name!r} not found.", field="workspace")
    return name


def workspace_of(actor: Actor) -> str:
    return check_workspace(actor.workspace)
