"""Logged models: created by a run, filled with files, finalised, tagged, deleted."""

import json
import uuid

from django.db import transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import LoggedModel, LoggedModelParam, LoggedModelTag, ModelVersion
from models_app.services import tags as tagging
from models_app.services.access import Level, require
from models_app.services.experiments import find_experiment, require_active
from models_app.services.publishing import publish
from models_app.services.run_names import invent_run_name
from models_app.services.sources import location_below
from models_app.services.tags import Pairs

# MLflow: a JSON list of the versions registered from the model. The client appends the same entry once more.
VERSIONS_TAG = "mlflow.modelVersions"


@transaction.atomic
def create_logged_model(
    *,
    actor: Actor,
    experiment_id: int,
    name: str = "",
    model_type: str = "",
    source_run_id: str = "",
    params: Pairs = (),
    tags: Pairs = (),
) -> LoggedModel:
    if name:
        names.check_logged_model_name(name)
    names.check_text(model_type, limits.DATASET_NAME, "Model type", "model_type")
    names.check_text(source_run_id, limits.KEY, "Source run ID", "source_run_id")
    values, by_key = _checked_params(params), _checked_tags(tags)
    experiment = find_experiment(actor, Level.EDIT, experiment_id)
    require_active(experiment)
    now, model_id = now_ms(), f"m-{uuid.uuid4().hex}"
    artifact_uri = location_below(experiment.artifact_location, f"models/{model_id}/artifacts")
    model = LoggedModel(
        model_id=model_id, experiment=experiment, name=name or invent_run_name(), model_type=model_type,
        source_run_id=source_run_id, artifact_uri=artifact_uri,
        created_by=actor.name, created_at=now, updated_at=now,
    )  # fmt: skip
    model.save(force_insert=True)
    tagging.add_tags(LoggedModelParam, {"logged_model": model}, values)
    tagging.add_tags(LoggedModelTag, {"logged_model": model}, by_key)
    return model


def _checked_params(params: Pairs) -> dict[str, str]:
    by_key: dict[str, str] = {}
    for key, value in params:
        names.check_free_key(key, limits.KEY, "Model param name", field="params.key")
        names.check_storable(value, "Model param value", "params.value")
        if by_key.setdefault(key, value[: limits.PARAM_VALUE]) != value[: limits.PARAM_VALUE]:
            raise InvalidValue(f"Duplicate model param key {key!r} with different values.", field="params")
    return by_key


def _checked_tags(tags: Pairs) -> dict[str, str]:
    by_key: dict[str, str] = {}
    for key, value in tags:
        names.check_free_key(key, limits.KEY, "Model tag name", field="tags.key")
        names.check_text(value, limits.REGISTRY_TAG_VALUE, "Model tag value", "tags.value")
        by_key[key] = value
    return by_key


def lock_logged_model(actor: Actor, level: Level, model_id: str, *, with_deleted: bool = False) -> LoggedModel:
    """MLflow: a deleted model can still be finalised, tagged and given params: an upload may outlast its model."""
    models = LoggedModel.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    model = (models if with_deleted else models.active()).filter(pk=model_id).first()
    if model is None:
        raise DoesNotExist(f"Logged model with ID '{model_id}' not found.", field="model_id")
    require(actor, level, model)
    return model


@transaction.atomic
def finalize_logged_model(*, actor: Actor, model_id: str, status: int) -> LoggedModel:
    if status not in {LoggedModel.Status.READY, LoggedModel.Status.UPLOAD_FAILED, LoggedModel.Status.PENDING}:
        raise InvalidValue(
            f"Invalid model status {status!r}: use LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.", field="status"
        )
    model = lock_logged_model(actor, Level.EDIT, model_id, with_deleted=True)
    model.status, model.updated_at = status, now_ms()
    model.save(update_fields=["status", "updated_at"])
    return model


@transaction.atomic
def delete_logged_model(*, actor: Actor, model_id: str) -> LoggedModel:
    """May be repeated: a model that is deleted already stays as it is."""
    model = lock_logged_model(actor, Level.MANAGE, model_id, with_deleted=True)
    if not model.is_deleted:
        model.deleted_at = model.updated_at = now_ms()
        model.save(update_fields=["deleted_at", "updated_at"])
        publish(actor, events.LoggedModelDeleted(name=model.name), model)
    return model


@transaction.atomic
def set_logged_model_tags(*, actor: Actor, model_id: str, tags: Pairs) -> LoggedModel:
    by_key = _checked_tags(tags)
    model = lock_logged_model(actor, Level.EDIT, model_id, with_deleted=True)
    _upsert_tags(model, by_key)
    return model


def _upsert_tags(model: LoggedModel, tags: dict[str, str]) -> None:
    rows = [LoggedModelTag(logged_model=model, key=key, value=value) for key, value in tags.items()]
    LoggedModelTag.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["logged_model", "key"], update_fields=["value"]
    )


@transaction.atomic
def delete_logged_model_tag(*, actor: Actor, model_id: str, key: str) -> LoggedModel:
    model = lock_logged_model(actor, Level.EDIT, model_id, with_deleted=True)
    old = tagging.delete_tag(LoggedModelTag, {"logged_model": model}, key)
    tagging.require_tag(old, key, f"logged model {model_id}")
    publish(actor, events.LoggedModelTagDeleted(key=key), model, before={"value": old})
    return model


@transaction.atomic
def log_logged_model_params(*, actor: Actor, model_id: str, params: Pairs) -> LoggedModel:
    values = _checked_params(params)
    model = lock_logged_model(actor, Level.EDIT, model_id, with_deleted=True)
    tagging.add_write_once(LoggedModelParam, {"logged_model": model}, values, f"model ID='{model_id}'")
    return model


def note_registration(version: ModelVersion) -> None:
    """Adds the version to the list that its logged model keeps in a tag; within the registration's transaction."""
    model = LoggedModel.objects.select_for_update(no_key=True).filter(pk=version.logged_model_id).first()
    if model is None:
        return
    known = model.tags.filter(key=VERSIONS_TAG).values_list("value", flat=True).first()
    entries = [*tagging.listed_in(known), {"name": version.model.name, "version": version.number}]
    _upsert_tags(model, {VERSIONS_TAG: json.dumps(entries)})
