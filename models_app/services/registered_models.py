"""Registered models: create, rename, describe and delete them; set and remove their tags and aliases."""

from typing import Any

from django.db import IntegrityError, transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import AlreadyExists, Conflict, DoesNotExist, InvalidValue
from models_app.models import ModelAlias, ModelVersion, RegisteredModel, RegisteredModelTag
from models_app.services import tags as tagging
from models_app.services.access import Level, require
from models_app.services.publishing import publish
from models_app.services.tags import Pairs
from models_app.services.workspaces import workspace_of


@transaction.atomic
def create_registered_model(*, actor: Actor, name: str, description: str = "", tags: Pairs = ()) -> RegisteredModel:
    require(actor, Level.EDIT)
    names.check_model_name(name)
    check_description(description)
    by_key = tagging.checked_registry_tags(tags)
    now = now_ms()
    model = RegisteredModel(
        workspace_id=workspace_of(actor), name=name, description=description, created_by=actor.name,
        created_at=now, updated_at=now, changed_at=now,
    )  # fmt: skip
    _save_under_name(model, force_insert=True)
    tagging.add_tags(RegisteredModelTag, {"model": model}, by_key)
    publish(actor, events.RegisteredModelCreated(name=name, description=description, tags=by_key), model)
    return model


def check_description(description: str) -> None:
    names.check_text(description, limits.DESCRIPTION, "Description", "description")


def _check_reason(reason: str) -> None:
    names.check_text(reason, limits.REASON, "Reason", "reason")


def check_unchanged(current: str, expected: str | None) -> None:
    """`expected` is the text the editor started from; None means that the caller overwrites whatever is there."""
    if expected is not None and current.replace("\r\n", "\n") != expected.replace("\r\n", "\n"):
        raise Conflict(
            "Somebody else changed this description while you were editing. Compare both texts before you save yours.",
            field="description",
        )


def _save_under_name(model: RegisteredModel, field: str = "name", **options: Any) -> None:
    try:
        with transaction.atomic():
            model.save(**options)
    except IntegrityError:
        raise AlreadyExists(f"Registered Model (name={model.name}) already exists.", field=field) from None


@transaction.atomic
def rename_registered_model(*, actor: Actor, name: str, new_name: str) -> RegisteredModel:
    model = _lock_for(actor, Level.EDIT, name)
    names.check_model_name(new_name, field="new_name")
    if new_name == name:
        return model
    model.name = new_name
    model.updated_at = model.changed_at = now_ms()
    _save_under_name(model, field="new_name", update_fields=["name", "updated_at", "changed_at"])
    model.versions.filter(deleted_at=None).update(updated_at=model.updated_at)
    publish(actor, events.RegisteredModelRenamed(name=new_name), model, before={"name": name})
    return model


@transaction.atomic
def update_registered_model(
    *, actor: Actor, name: str, description: str, expected_description: str | None = None
) -> RegisteredModel:
    check_description(description)
    model = _lock_for(actor, Level.EDIT, name)
    check_unchanged(model.description, expected_description)
    before = model.description
    model.description = description
    model.updated_at = model.changed_at = now_ms()
    model.save(update_fields=["description", "updated_at", "changed_at"])
    if before != description:
        fact = events.RegisteredModelUpdated(description=description)
        publish(actor, fact, model, before={"description": before})
    return model


@transaction.atomic
def delete_registered_model(*, actor: Actor, name: str) -> None:
    model = _lock_for(actor, Level.MANAGE, name)
    aliases = dict(model.aliases.values_list("name", "version__number"))
    before = {
        "description": model.description,
        "versions": model.versions.filter(deleted_at=None).count(),
        "aliases": {alias: str(number) for alias, number in aliases.items()},
        "tags": dict(model.tags.values_list("key", "value")),
    }
    publish(actor, events.RegisteredModelDeleted(name=name), model, before=before)
    model.delete()


@transaction.atomic
def set_registered_model_tag(*, actor: Actor, name: str, key: str, value: str) -> RegisteredModel:
    tagging.check_registry_tag(key, value)
    model = _lock_for(actor, Level.EDIT, name)
    old = tagging.set_tag(RegisteredModelTag, {"model": model}, key, value)
    if old != value:
        before = {} if old is None else {"value": old}
        publish(actor, events.RegisteredModelTagSet(key=key, value=value), model, before=before)
        touch(model)
    return model


@transaction.atomic
def delete_registered_model_tag(*, actor: Actor, name: str, key: str) -> RegisteredModel:
    tagging.check_registry_tag_key(key)
    model = _lock_for(actor, Level.EDIT, name)
    old = tagging.delete_tag(RegisteredModelTag, {"model": model}, key)
    if old is not None:
        publish(actor, events.RegisteredModelTagDeleted(key=key), model, before={"value": old})
        touch(model)
    return model


@transaction.atomic
def set_registered_model_alias(*, actor: Actor, name: str, alias: str, version: int, reason: str = "") -> ModelVersion:
    names.check_alias(alias)
    _check_reason(reason)
    model = _lock_for(actor, Level.EDIT, name)
    target = ModelVersion.objects.visible_to(actor).get_by_number(name, version)
    if point_alias(actor, model, alias, target, reason=reason):
        touch(model)
    return target


def point_alias(actor: Actor, model: RegisteredModel, alias: str, target: ModelVersion, *, reason: str = "") -> bool:
    """Whether it pointed elsewhere. Within the transaction of a caller who holds the lock on `model`."""
    held = model.aliases.filter(name=alias).select_related("version").first()
    if held and held.version_id == target.pk:
        return False
    now = now_ms()
    ModelAlias.objects.update_or_create(
        model=model, name=alias, defaults={"version": target, "updated_at": now, "updated_by": actor.name}
    )
    before = {"version": str(held.version.number)} if held else {}
    fact = events.ModelVersionAliasCreated(alias=alias, version=str(target.number))
    publish(actor, fact, target, before=before, reason=reason)
    return True


@transaction.atomic
def delete_registered_model_alias(*, actor: Actor, name: str, alias: str, reason: str = "") -> RegisteredModel:
    names.check_alias_reference(alias)
    _check_reason(reason)
    model = _lock_for(actor, Level.EDIT, name)
    held = model.aliases.filter(name=alias).select_related("version").first()
    if held:
        drop_alias(actor, held, reason=reason)
        touch(model)
    return model


def drop_alias(actor: Actor, held: ModelAlias, *, reason: str = "") -> None:
    before = {"version": str(held.version.number)}
    publish(actor, events.ModelVersionAliasDeleted(alias=held.name), held.version, before=before, reason=reason)
    held.delete()


@transaction.atomic
def set_version_aliases(*, actor: Actor, name: str, version: int, aliases: list[str], reason: str = "") -> ModelVersion:
    """Makes `aliases` the aliases of this version, all or none: moves those held elsewhere, removes the others."""
    _check_reason(reason)
    for alias in aliases:
        names.check_alias(alias, field="aliases")
    if len(aliases) > limits.BATCH_TAGS:
        raise InvalidValue(f"A version can have at most {limits.BATCH_TAGS} aliases.", field="aliases")
    model = _lock_for(actor, Level.EDIT, name)
    target = ModelVersion.objects.visible_to(actor).get_by_number(name, version)
    dropped = list(target.aliases.exclude(name__in=aliases).select_related("version__model"))
    for held in dropped:
        drop_alias(actor, held, reason=reason)
    moved = [point_alias(actor, model, alias, target, reason=reason) for alias in aliases]
    if dropped or any(moved):
        touch(model)
    return target


def touch(model: RegisteredModel) -> None:
    """MLflow: `last_updated_timestamp` does not move on tags and aliases, but people look for what changed lately."""
    model.changed_at = now_ms()
    model.save(update_fields=["changed_at"])


def _lock_for(actor: Actor, level: Level, name: str) -> RegisteredModel:
    model = RegisteredModel.objects.visible_to(actor).lock_by_name(name)
    require(actor, level, model)
    return model


def get_version_by_alias(*, actor: Actor, name: str, alias: str) -> ModelVersion:
    """MLflow: `latest` in any case is the highest number; an unknown alias is an invalid value, not a missing thing."""
    versions = ModelVersion.objects.visible_to(actor).filter(model__name=name)
    is_latest = alias.lower() == "latest"
    found = (versions.order_by("-number") if is_latest else versions.filter(aliases__name=alias)).first()
    if found is not None:
        return found
    # Only a miss has to know what is missing: clients resolve aliases far more often than they mistype them.
    RegisteredModel.objects.visible_to(actor).get_by_name(name)
    if is_latest:
        raise DoesNotExist(f"Registered model {name!r} has no versions yet.", field="alias")
    raise InvalidValue(f"Registered model alias {alias} not found.", field="alias")
