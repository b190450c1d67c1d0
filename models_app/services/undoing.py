"""Taking back what one request did, as long as nobody has changed the same things since."""

from django.db import transaction

from models_app import events
from models_app.actors import Actor
from models_app.errors import Conflict, DoesNotExist
from models_app.models import Event, Experiment, LoggedModel, ModelVersion, RegisteredModel, Run
from models_app.models.activity import EventQuerySet
from models_app.services.access import Level, require
from models_app.services.experiments import lock_experiment, set_experiment_tag
from models_app.services.logged_models import lock_logged_model, set_logged_model_tags
from models_app.services.model_versions import set_model_version_tag
from models_app.services.registered_models import drop_alias, point_alias, set_registered_model_tag, touch
from models_app.services.runs import lock_active_run, set_run_tag

ALIAS_KINDS = (events.ModelVersionAliasCreated.kind, events.ModelVersionAliasDeleted.kind)
REASON = "undo"
Tagged = RegisteredModel | ModelVersion | Experiment | Run | LoggedModel


@transaction.atomic
def undo_alias_changes(*, actor: Actor, name: str, request_id: str) -> RegisteredModel:
    """All aliases that request set or removed point where they pointed before; all of them or none."""
    model = RegisteredModel.objects.visible_to(actor).lock_by_name(name)
    require(actor, Level.EDIT, model)
    changes = Event.objects.visible_to(actor).filter(registered_model_id=model.pk, request_id=request_id)
    found = list(changes.filter(kind__in=ALIAS_KINDS).newest_first()) if request_id else []
    if not found:
        raise DoesNotExist("There is nothing to undo: this change of aliases is not known.")
    for change in found:
        _take_back(actor, model, change)
    touch(model)
    return model


def _take_back(actor: Actor, model: RegisteredModel, change: Event) -> None:
    alias, was_at, is_at = change.after["alias"], change.before.get("version"), change.after.get("version")
    held = model.aliases.filter(name=alias).select_related("version__model").first()
    if (str(held.version.number) if held else None) != is_at:
        where = f"it points at version {held.version.number} now" if held else "it was removed"
        raise Conflict(f"@{alias} was changed again since, {where}: nothing was undone.", field="alias")
    if was_at is None:
        if held:
            drop_alias(actor, held, reason=REASON)
        return
    before = ModelVersion.objects.visible_to(actor).filter(model=model, number=int(was_at)).first()
    if before is None:
        raise Conflict(f"Version {was_at} is deleted, @{alias} can't go back to it.", field="alias")
    point_alias(actor, model, alias, before, reason=REASON)


@transaction.atomic
def undo_tag_removal(*, actor: Actor, obj: Tagged, request_id: str) -> str:
    """The tag that request removed from `obj` has its value again; returns the tag's key."""
    _lock(actor, obj)
    removal = _tag_removals(actor, obj).filter(request_id=request_id).first() if request_id else None
    if removal is None:
        raise DoesNotExist("There is nothing to undo: this removal of a tag is not known.")
    key, value = removal.after["key"], removal.before["value"]
    if obj.tags.filter(key=key).exists():
        raise Conflict(f"The tag {key} was set again since: nothing was undone.", field="key")
    match obj:
        case RegisteredModel():
            set_registered_model_tag(actor=actor, name=obj.name, key=key, value=value)
        case ModelVersion():
            set_model_version_tag(actor=actor, name=obj.model.name, version=obj.number, key=key, value=value)
        case Experiment():
            set_experiment_tag(actor=actor, experiment_id=obj.pk, key=key, value=value)
        case Run():
            set_run_tag(actor=actor, run_id=obj.pk, key=key, value=value)
        case LoggedModel():
            set_logged_model_tags(actor=actor, model_id=obj.pk, tags=[(key, value)])
    return str(key)


def _lock(actor: Actor, obj: Tagged) -> None:
    """As those who set tags do, so that nobody sets the same one in between."""
    match obj:
        case RegisteredModel():
            RegisteredModel.objects.visible_to(actor).lock_by_name(obj.name)
        case ModelVersion():
            RegisteredModel.objects.visible_to(actor).lock_by_name(obj.model.name)
        case Experiment():
            lock_experiment(actor, Level.EDIT, obj.pk)
        case Run():
            lock_active_run(actor, obj.pk)
        case LoggedModel():
            lock_logged_model(actor, Level.EDIT, obj.pk)


def _tag_removals(actor: Actor, obj: Tagged) -> EventQuerySet:
    found = Event.objects.visible_to(actor).newest_first()
    match obj:
        case RegisteredModel():
            return found.of_model(obj.pk).filter(kind=events.RegisteredModelTagDeleted.kind)
        case ModelVersion():
            return found.of_version(obj.model_id, obj.number).filter(kind=events.ModelVersionTagDeleted.kind)
        case Experiment():
            return found.filter(experiment_id=obj.pk, kind=events.ExperimentTagDeleted.kind)
        case Run():
            return found.filter(run_id=obj.pk, kind=events.RunTagDeleted.kind)
        case LoggedModel():
            of_experiment = found.filter(experiment_id=obj.experiment_id, logged_model_id=obj.pk)
            return of_experiment.filter(kind=events.LoggedModelTagDeleted.kind)
