"""Experiments: create, rename, delete, restore and tag them."""

from typing import Any

from django.db import IntegrityError, transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import AlreadyExists, DoesNotExist, InvalidState, InvalidValue
from models_app.models import Experiment, ExperimentTag, Run
from models_app.services import tags as tagging
from models_app.services.access import Level, require
from models_app.services.publishing import publish
from models_app.services.sources import check_artifact_location, default_artifact_location
from models_app.services.tags import Pairs
from models_app.services.workspaces import workspace_of


@transaction.atomic
def create_experiment(*, actor: Actor, name: str, artifact_location: str = "", tags: Pairs = ()) -> Experiment:
    require(actor, Level.EDIT)
    check_experiment_name(name)
    by_key = _checked_tags(tags)
    if artifact_location:
        check_artifact_location(artifact_location)
    now = now_ms()
    experiment = Experiment(
        workspace_id=workspace_of(actor), name=name, artifact_location=artifact_location.rstrip("/"),
        created_by=actor.name, created_at=now, updated_at=now,
    )  # fmt: skip
    _save_under_name(experiment, force_insert=True)
    if not experiment.artifact_location:
        root = experiment.workspace.default_artifact_root
        experiment.artifact_location = default_artifact_location(experiment.workspace_id, experiment.pk, root)
        experiment.save(update_fields=["artifact_location"])
    tagging.add_tags(ExperimentTag, {"experiment": experiment}, by_key)
    publish(actor, events.ExperimentCreated(name=name), experiment)
    return experiment


def check_experiment_name(name: str, field: str = "name") -> None:
    if not name.strip():
        raise InvalidValue("Experiment name cannot be empty.", field=field)
    names.check_text(name, limits.EXPERIMENT_NAME, "Experiment name", field)


def _checked_tags(tags: Pairs) -> dict[str, str]:
    by_key = {}
    for key, value in tags:
        _check_tag(key, value)
        by_key[key] = value
    return by_key


def _check_tag(key: str, value: str) -> None:
    names.check_key(key, limits.EXPERIMENT_TAG_KEY, "Experiment tag key", field="key")
    names.check_text(value, limits.EXPERIMENT_TAG_VALUE, "Experiment tag value", field="value")


def _save_under_name(experiment: Experiment, field: str = "name", **options: Any) -> None:
    try:
        with transaction.atomic():
            experiment.save(**options)
    except IntegrityError:
        raise AlreadyExists(
            f"Experiment {experiment.name!r} already exists, perhaps among the deleted ones: restore that one or "
            "choose another name.",
            field=field,
        ) from None


def lock_experiment(actor: Actor, level: Level, experiment_id: int) -> Experiment:
    """For its own changes. `no_key`: whoever only refers to the experiment need not wait."""
    return find_experiment(actor, level, experiment_id, locked=True)


def find_experiment(actor: Actor, level: Level, experiment_id: int, *, locked: bool = False) -> Experiment:
    experiments = Experiment.objects.visible_to(actor)
    if locked:
        experiments = experiments.select_for_update(of=("self",), no_key=True)
    experiment = experiments.filter(pk=experiment_id).first()
    if experiment is None:
        raise DoesNotExist(f"No Experiment with id={experiment_id} exists", field="experiment_id")
    require(actor, level, experiment)
    return experiment


def require_active(experiment: Experiment) -> None:
    if experiment.is_deleted:
        raise InvalidValue(
            f"The experiment {experiment.pk} must be in the 'active' state. Current state is deleted.",
            field="experiment_id",
        )


@transaction.atomic
def rename_experiment(*, actor: Actor, experiment_id: int, new_name: str) -> Experiment:
    check_experiment_name(new_name, field="new_name")
    experiment = lock_experiment(actor, Level.EDIT, experiment_id)
    if experiment.is_deleted:
        raise InvalidState("Cannot rename a deleted experiment: restore it first.", field="experiment_id")
    before, experiment.name = experiment.name, new_name
    experiment.updated_at = now_ms()
    _save_under_name(experiment, field="new_name", update_fields=["name", "updated_at"])
    if before != new_name:
        publish(actor, events.ExperimentRenamed(name=new_name), experiment, before={"name": before})
    return experiment


@transaction.atomic
def delete_experiment(*, actor: Actor, experiment_id: int) -> Experiment:
    """MLflow: all its runs count as deleted too."""
    experiment = lock_experiment(actor, Level.MANAGE, experiment_id)
    if experiment.is_deleted:
        raise DoesNotExist(f"No active Experiment with id={experiment_id} exists", field="experiment_id")
    experiment.deleted_at = experiment.updated_at = now_ms()
    experiment.save(update_fields=["deleted_at", "updated_at"])
    Run.objects.filter(experiment=experiment, deleted_at=None).update(deleted_at=experiment.deleted_at)
    publish(actor, events.ExperimentDeleted(name=experiment.name), experiment)
    return experiment


@transaction.atomic
def restore_experiment(*, actor: Actor, experiment_id: int) -> Experiment:
    """MLflow: restores every run, those that were deleted one by one before as well."""
    experiment = lock_experiment(actor, Level.MANAGE, experiment_id)
    if not experiment.is_deleted:
        raise DoesNotExist(f"No deleted Experiment with id={experiment_id} exists", field="experiment_id")
    experiment.deleted_at = None
    experiment.updated_at = now_ms()
    experiment.save(update_fields=["deleted_at", "updated_at"])
    Run.objects.filter(experiment=experiment).exclude(deleted_at=None).update(deleted_at=None)
    publish(actor, events.ExperimentRestored(name=experiment.name), experiment)
    return experiment


@transaction.atomic
def set_experiment_tag(*, actor: Actor, experiment_id: int, key: str, value: str) -> Experiment:
    _check_tag(key, value)
    experiment = lock_experiment(actor, Level.EDIT, experiment_id)
    require_active(experiment)
    old = tagging.set_tag(ExperimentTag, {"experiment": experiment}, key, value)
    if old != value:
        before = {} if old is None else {"value": old}
        publish(actor, events.ExperimentTagSet(key=key, value=value), experiment, before=before)
    return experiment


@transaction.atomic
def delete_experiment_tag(*, actor: Actor, experiment_id: int, key: str) -> Experiment:
    experiment = lock_experiment(actor, Level.EDIT, experiment_id)
    require_active(experiment)
    old = tagging.delete_tag(ExperimentTag, {"experiment": experiment}, key)
    tagging.require_tag(old, key, f"experiment {experiment_id}")
    publish(actor, events.ExperimentTagDeleted(key=key), experiment, before={"value": old})
    return experiment
