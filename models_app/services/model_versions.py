"""Model versions: register, describe, stage, tag and delete them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import Conflict, InvalidValue
from models_app.models import ModelVersion, ModelVersionTag, RegisteredModel
from models_app.models.registered_models import PROMPT_TAG
from models_app.services import registered_models, version_summaries
from models_app.services import tags as tagging
from models_app.services.access import Level, require
from models_app.services.logged_models import note_registration
from models_app.services.publishing import publish, publish_all
from models_app.services.sources import ResolvedSource, resolve_source
from models_app.services.tags import Pairs


def create_model_version(
    *,
    actor: Actor,
    name: str,
    source: str,
    run_id: str = "",
    model_id: str = "",
    tags: Pairs = (),
    description: str = "",
    run_link: str = "",
    aliases: Sequence[str] = (),
) -> ModelVersion:
    """The next version of `name`. Files are read before the transaction: on SQLite it holds the only write lock."""
    by_key = _check_new_version(tags, description, run_link, aliases)
    RegisteredModel.objects.visible_to(actor).get_by_name(name)
    resolved, facts = _look_up(actor, source, run_id, model_id, by_key)
    with transaction.atomic():
        return _insert(actor, name, resolved, facts, by_key, description, run_link, aliases)


def register_model(
    *,
    actor: Actor,
    name: str,
    create: bool,
    source: str,
    run_id: str = "",
    model_id: str = "",
    tags: Pairs = (),
    description: str = "",
    aliases: Sequence[str] = (),
    seen: int | None = None,
) -> ModelVersion:
    """The dialog's verb: the first version of a new model, or the next one of an existing model; all or nothing.

    `seen` is the newest version (its key) from this source that the form has told of, 0 for none: a form sent twice
    registers once.
    """
    by_key = _check_new_version(tags, description, "", aliases)
    if create:
        names.check_model_name(name)
    else:
        RegisteredModel.objects.visible_to(actor).get_by_name(name)
    resolved, facts = _look_up(actor, source, run_id, model_id, by_key)
    with transaction.atomic():
        if create:
            registered_models.create_registered_model(actor=actor, name=name)
        elif seen is not None:
            _refuse_repetition(RegisteredModel.objects.visible_to(actor).lock_by_name(name), resolved, seen)
        return _insert(actor, name, resolved, facts, by_key, description, "", aliases)


def _refuse_repetition(model: RegisteredModel, resolved: ResolvedSource, seen: int) -> None:
    same = model.versions.filter(deleted_at=None, source=resolved.source, run_id=resolved.run_id, pk__gt=seen)
    if version := same.order_by("-pk").first():
        raise Conflict(f"This is version {version.number} of {model.name} already.", field="source")


def _check_new_version(tags: Pairs, description: str, run_link: str, aliases: Sequence[str]) -> dict[str, str]:
    registered_models.check_description(description)
    names.check_text(run_link, limits.RUN_LINK, "Run link", "run_link")
    for alias in aliases:
        names.check_alias(alias, field="aliases")
    return tagging.checked_registry_tags(tags)


def _look_up(
    actor: Actor, source: str, run_id: str, model_id: str, tags: dict[str, str]
) -> tuple[ResolvedSource, dict[str, Any]]:
    is_prompt = tags.get(PROMPT_TAG, "").lower() == "true"
    resolved = resolve_source(actor, source, run_id=run_id, model_id=model_id, is_prompt=is_prompt)
    for value, field in ((resolved.run_id, "run_id"), (resolved.model_id, "model_id")):
        names.check_text(value, limits.KEY, field, field)
    if is_prompt:
        return resolved, {}
    return resolved, version_summaries.read_facts(resolved.storage_location, workspace=actor.workspace)


def _insert(
    actor: Actor,
    name: str,
    resolved: ResolvedSource,
    facts: dict[str, Any],
    tags: dict[str, str],
    description: str,
    run_link: str,
    aliases: Sequence[str],
) -> ModelVersion:
    model = RegisteredModel.objects.visible_to(actor).lock_by_name(name)
    require(actor, Level.EDIT, model)
    now = now_ms()
    model.last_version_number += 1
    model.updated_at = model.changed_at = now
    model.save(update_fields=["last_version_number", "updated_at", "changed_at"])
    version = ModelVersion(
        model=model, number=model.last_version_number, description=description, source=resolved.source,
        storage_location=resolved.storage_location, run_id=resolved.run_id, logged_model_id=resolved.model_id,
        run_link=run_link, created_by=actor.name, created_at=now, updated_at=now,
    )  # fmt: skip
    version.save(force_insert=True)
    tagging.add_tags(ModelVersionTag, {"version": version}, tags)
    version_summaries.create_summary(version, facts)
    if version.logged_model_id:
        note_registration(version)
    fact = events.ModelVersionCreated(
        version=str(version.number), source=version.source, run_id=version.run_id, description=description, tags=tags
    )
    publish(actor, fact, version)
    for alias in dict.fromkeys(aliases):
        registered_models.point_alias(actor, model, alias, version)
    return version


def _lock_for(actor: Actor, level: Level, name: str, number: int) -> ModelVersion:
    """The version, with its model locked: whoever renames or deletes the model waits."""
    model = RegisteredModel.objects.visible_to(actor).lock_by_name(name)
    version = ModelVersion.objects.visible_to(actor).get_by_number(name, number)
    version.model = model
    require(actor, level, version)
    return version


@transaction.atomic
def update_model_version(
    *, actor: Actor, name: str, version: int, description: str, expected_description: str | None = None
) -> ModelVersion:
    registered_models.check_description(description)
    found = _lock_for(actor, Level.EDIT, name, version)
    registered_models.check_unchanged(found.description, expected_description)
    before = found.description
    found.description = description
    found.updated_at = now_ms()
    found.save(update_fields=["description", "updated_at"])
    if before != description:
        fact = events.ModelVersionUpdated(version=str(version), description=description)
        publish(actor, fact, found, before={"description": before})
        registered_models.touch(found.model)
    return found


@transaction.atomic
def delete_model_version(*, actor: Actor, name: str, version: int) -> None:
    """Its number stays taken, its aliases go; the files belong to the run or logged model and stay."""
    found = _lock_for(actor, Level.MANAGE, name, version)
    aliases = list(found.aliases.values_list("name", flat=True))
    before = {
        "source": found.source, "run_id": found.run_id, "model_id": found.logged_model_id, "stage": found.stage,
        "description": found.description, "aliases": aliases, "tags": dict(found.tags.values_list("key", "value")),
    }  # fmt: skip
    for held in found.aliases.all():
        registered_models.drop_alias(actor, held)
    found.deleted_at = now_ms()
    found.save(update_fields=["deleted_at"])
    model = found.model
    model.updated_at = model.changed_at = found.deleted_at
    model.save(update_fields=["updated_at", "changed_at"])
    publish(actor, events.ModelVersionDeleted(version=str(version)), found, before=before)


@transaction.atomic
def set_model_version_tag(*, actor: Actor, name: str, version: int, key: str, value: str) -> ModelVersion:
    tagging.check_registry_tag(key, value)
    found = _lock_for(actor, Level.EDIT, name, version)
    old = tagging.set_tag(ModelVersionTag, {"version": found}, key, value)
    if old != value:
        before = {} if old is None else {"value": old}
        publish(actor, events.ModelVersionTagSet(version=str(version), key=key, value=value), found, before=before)
        registered_models.touch(found.model)
    return found


@transaction.atomic
def delete_model_version_tag(*, actor: Actor, name: str, version: int, key: str) -> ModelVersion:
    tagging.check_registry_tag_key(key)
    found = _lock_for(actor, Level.EDIT, name, version)
    old = tagging.delete_tag(ModelVersionTag, {"version": found}, key)
    if old is not None:
        publish(actor, events.ModelVersionTagDeleted(version=str(version), key=key), found, before={"value": old})
        registered_models.touch(found.model)
    return found


def canonical_stage(text: str, *, field: str = "stage") -> str:
    by_lower = {stage.lower(): stage for stage in ModelVersion.Stage.values}
    try:
        return by_lower[text.lower()]
    except KeyError:
        known = ", ".join(ModelVersion.Stage.values)
        raise InvalidValue(f"Invalid Model Version stage: {text}. Value must be one of {known}.", field=field) from None


@transaction.atomic
def transition_model_version_stage(
    *, actor: Actor, name: str, version: int, stage: str, archive_existing_versions: bool = False
) -> ModelVersion:
    stage = canonical_stage(stage)
    if archive_existing_versions and stage not in {ModelVersion.Stage.STAGING, ModelVersion.Stage.PRODUCTION}:
        raise InvalidValue(
            f"archive_existing_versions can only be set for the stages Staging and Production, not {stage}.",
            field="archive_existing_versions",
        )
    found = _lock_for(actor, Level.EDIT, name, version)
    moves = [(found, stage)]
    if archive_existing_versions:
        others = found.model.versions.filter(stage=stage, deleted_at=None).exclude(pk=found.pk).order_by("number")
        moves = [*((other, ModelVersion.Stage.ARCHIVED) for other in others), *moves]
    _set_stages(actor, found.model, moves)
    model = found.model
    model.updated_at = model.changed_at = found.updated_at
    model.save(update_fields=["updated_at", "changed_at"])
    return found


def _set_stages(actor: Actor, model: RegisteredModel, moves: Sequence[tuple[ModelVersion, str]]) -> None:
    """However many versions leave a stage, they take as many statements as one."""
    now, facts = now_ms(), []
    for version, stage in moves:
        before, version.stage, version.updated_at, version.model = version.stage, stage, now, model
        if before != stage:
            fact = events.ModelVersionStageSet(version=str(version.number), stage=stage)
            facts.append((fact, version, {"stage": before}))
    *others, (found, _) = moves
    if others:
        left = model.versions.filter(pk__in=[version.pk for version, _ in others])
        left.update(stage=ModelVersion.Stage.ARCHIVED, updated_at=now)
    found.save(update_fields=["stage", "updated_at"])
    publish_all(actor, facts)
