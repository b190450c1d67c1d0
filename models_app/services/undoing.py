"""Taking back what one request did, as long as nobody has changed the same things since."""

from django.db import transaction

from models_app import events
from models_app.actors import Actor
from models_app.errors import Conflict, DoesNotExist
from models_app.models import Event, ModelVersion, RegisteredModel
from models_app.services.access import Level, require
from models_app.services.registered_models import drop_alias, point_alias, touch

ALIAS_KINDS = (events.ModelVersionAliasCreated.kind, events.ModelVersionAliasDeleted.kind)
REASON = "undo"


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
