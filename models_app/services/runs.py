"""Runs: create, update, delete, restore and tag them, and note which datasets and models they read and wrote."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from models_app import events, limits, names
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import Dataset, DatasetInput, ModelInput, ModelOutput, Run, RunTag
from models_app.models.datasets import CONTEXT_TAG
from models_app.models.runs import HISTORY_TAG, NAME_TAG, RunQuerySet
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import tags as tagging
from models_app.services.access import Level, require
from models_app.services.experiments import find_experiment, require_active
from models_app.services.publishing import publish, publish_all
from models_app.services.rows import insert_rows
from models_app.services.run_names import invent_run_name
from models_app.services.sources import location_below
from models_app.services.tags import Pairs
from models_app.services.version_summaries import refresh_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRecord:
    """A dataset as a client describes it; `tags` belong to this run's use of it."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str = ""
    profile: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@transaction.atomic
def create_run(
    *, actor: Actor, experiment_id: int, user_id: str = "", run_name: str = "", start_time: int = 0, tags: Pairs = ()
) -> Run:
    experiment = find_experiment(actor, Level.EDIT, experiment_id)
    require_active(experiment)
    by_key = _tags_of_new_run(tags)
    tagged_name = by_key.get(NAME_TAG, "")
    if run_name and tagged_name and run_name != tagged_name:
        raise InvalidValue(
            f"Both 'run_name' argument and '{NAME_TAG}' tag are specified, but with different values "
            f"(run_name={run_name!r}, {NAME_TAG}={tagged_name!r}).",
            field="run_name",
        )
    name = run_name or tagged_name or invent_run_name()
    check_run_name(name)
    run_id = uuid.uuid4().hex
    run = Run(
        run_id=run_id, experiment=experiment, name=name, user_id=user_id[: limits.USER_ID], created_by=actor.name,
        started_at=start_time, artifact_uri=location_below(experiment.artifact_location, f"{run_id}/artifacts"),
    )  # fmt: skip
    run.save(force_insert=True)
    tagging.add_tags(RunTag, {"run": run}, by_key | {NAME_TAG: name})
    return run


def check_run_name(name: str) -> None:
    names.check_text(name, limits.RUN_NAME, "Run name", "run_name")


def _tags_of_new_run(tags: Pairs) -> dict[str, str]:
    by_key = {}
    for key, value in tags:
        names.check_free_key(key, limits.KEY, "Tag key", field="tags.key")
        by_key[key] = _cut_tag_value(value)
    return by_key


def _cut_tag_value(value: str) -> str:
    """MLflow: a run tag that is too long is cut, not refused."""
    names.check_storable(value, "Tag value", "value")
    return value[: limits.RUN_TAG_VALUE]


def find_run(actor: Actor, run_id: str) -> Run:
    return _found(actor, Level.READ, Run.objects.visible_to(actor), run_id)


def lock_run(actor: Actor, level: Level, run_id: str) -> Run:
    """Serialises writers of one run until the transaction ends; on SQLite the transaction itself does."""
    runs = Run.objects.visible_to(actor).select_for_update(of=("self",), no_key=True)
    return _found(actor, level, runs, run_id)


def lock_runs(actor: Actor, level: Level, run_ids: Iterable[str]) -> list[Run]:
    """In the order of their ids, so that two selections that overlap wait for each other and not for ever."""
    wanted = sorted(set(run_ids))
    if not wanted:
        raise InvalidValue("Select one run or more first.", field="ids")
    if len(wanted) > limits.SELECTED_RUNS:
        raise InvalidValue(f"At most {limits.SELECTED_RUNS:,} runs can be changed at once.", field="ids")
    found = Run.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).select_related("experiment")
    runs = list(found.filter(pk__in=[run_id for run_id in wanted if names.is_run_id(run_id)]).order_by("pk"))
    if missing := set(wanted) - {run.pk for run in runs}:
        raise DoesNotExist(f"Run with id={min(missing)} not found: nothing was changed.", field="ids")
    for run in runs:
        require(actor, level, run)
    return runs


def _found(actor: Actor, level: Level, runs: RunQuerySet, run_id: str) -> Run:
    run = runs.filter(pk=run_id).first() if names.is_run_id(run_id) else None
    if run is None:
        raise DoesNotExist(f"Run with id={run_id} not found", field="run_id")
    require(actor, level, run)
    return run


def lock_active_run(actor: Actor, run_id: str) -> Run:
    run = lock_run(actor, Level.EDIT, run_id)
    if run.is_deleted:
        raise InvalidValue(f"The run {run_id} must be in the 'active' state. Current state is deleted.", field="run_id")
    return run


@transaction.atomic
def update_run(
    *, actor: Actor, run_id: str, status: str | None = None, end_time: int | None = None, run_name: str | None = None
) -> Run:
    """None leaves a field as it is; MLflow: an empty name changes nothing, an end time of 0 clears it."""
    run = lock_active_run(actor, run_id)
    if status is not None:
        if status not in Run.Status.values:
            raise InvalidValue(
                f"Invalid run status {status!r}: use one of {', '.join(Run.Status.values)}.", field="status"
            )
        run.status = status
    if end_time is not None:
        run.ended_at = end_time or None
    before = run.name
    if run_name and run_name != before:
        check_run_name(run_name)
        run.name = run_name
        tagging.set_tag(RunTag, {"run": run}, NAME_TAG, run_name[: limits.RUN_TAG_VALUE])
        publish(actor, events.RunRenamed(name=run_name), run, before={"name": before})
    run.save(update_fields=["status", "ended_at", "name"])
    return run


@transaction.atomic
def delete_run(*, actor: Actor, run_id: str) -> Run:
    run = lock_run(actor, Level.MANAGE, run_id)
    _delete(actor, [run])
    return run


@transaction.atomic
def delete_runs(*, actor: Actor, run_ids: Iterable[str]) -> list[Run]:
    """All of them or none; those that are deleted already stay as they are."""
    runs = lock_runs(actor, Level.MANAGE, run_ids)
    _delete(actor, runs)
    return runs


def _delete(actor: Actor, runs: Iterable[Run]) -> None:
    active = [run for run in runs if not run.is_deleted]
    now = now_ms()
    for run in active:
        run.deleted_at = now
    Run.objects.bulk_update(active, ["deleted_at"])
    publish_all(actor, ((events.RunDeleted(name=run.name), run, {}) for run in active))


@transaction.atomic
def restore_run(*, actor: Actor, run_id: str) -> Run:
    run = lock_run(actor, Level.MANAGE, run_id)
    _restore(actor, [run])
    return run


@transaction.atomic
def restore_runs(*, actor: Actor, run_ids: Iterable[str]) -> list[Run]:
    """All of them or none; those that are active already stay as they are."""
    runs = lock_runs(actor, Level.MANAGE, run_ids)
    _restore(actor, runs)
    return runs


def _restore(actor: Actor, runs: Iterable[Run]) -> None:
    deleted = [run for run in runs if run.is_deleted]
    for run in deleted:
        run.deleted_at = None
    Run.objects.bulk_update(deleted, ["deleted_at"])
    publish_all(actor, ((events.RunRestored(name=run.name), run, {}) for run in deleted))


@transaction.atomic
def set_run_tag(*, actor: Actor, run_id: str, key: str, value: str) -> Run:
    names.check_key(key, limits.KEY, "Tag key", field="key")
    value = _cut_tag_value(value)
    run = lock_active_run(actor, run_id)
    write_run_tags(actor, run, {key: value})
    return run


@transaction.atomic
def tag_runs(
    *, actor: Actor, run_ids: Iterable[str], set_tags: Pairs = (), removed_keys: Iterable[str] = ()
) -> list[Run]:
    """Every run gets all the tags and loses those of the keys; all of them or none. Removals leave events, as one by
    one."""
    tags = {}
    for key, value in set_tags:
        names.check_key(key, limits.KEY, "Tag key", field="key")
        names.check_text(value, limits.RUN_TAG_VALUE, "Tag value", "value")
        if key.startswith(SYSTEM_PREFIX):
            raise InvalidValue(
                f"Keys that begin with {SYSTEM_PREFIX} are the clients' own: choose another.", field="key"
            )
        tags[key] = value
    runs = lock_runs(actor, Level.EDIT, run_ids)
    if deleted := next((run for run in runs if run.is_deleted), None):
        raise InvalidValue(f"The run {deleted} is deleted: restore it before it is tagged.", field="ids")
    rows = [(run.pk, key, value) for run in runs for key, value in tags.items()]
    insert_rows(RunTag, ("run_id", "key", "value"), rows, unique=("run_id", "key"), update=("value",))
    by_id = {run.pk: run for run in runs}
    removed = RunTag.objects.filter(run_id__in=by_id, key__in=set(removed_keys) - tags.keys())
    lost = [(by_id[tag.run_id], tag.key, tag.value) for tag in removed]
    removed.delete()
    publish_all(actor, ((events.RunTagDeleted(key=key), run, {"value": value}) for run, key, value in lost))
    return runs


def write_run_tags(actor: Actor, run: Run, tags: dict[str, str]) -> None:
    """Within a transaction that holds the run. MLflow: the tag mlflow.runName is the run's name."""
    if not tags:
        return
    rows = [(run.pk, key, value) for key, value in tags.items()]
    insert_rows(RunTag, ("run_id", "key", "value"), rows, unique=("run_id", "key"), update=("value",))
    name = tags.get(NAME_TAG, "")
    if name and name != run.name:
        check_run_name(name)
        before, run.name = run.name, name
        run.save(update_fields=["name"])
        publish(actor, events.RunRenamed(name=name), run, before={"name": before})


@transaction.atomic
def delete_run_tag(*, actor: Actor, run_id: str, key: str) -> Run:
    run = lock_active_run(actor, run_id)
    old = tagging.delete_tag(RunTag, {"run": run}, key)
    tagging.require_tag(old, key, f"run with ID {run_id}")
    publish(actor, events.RunTagDeleted(key=key), run, before={"value": old})
    return run


@transaction.atomic
def log_inputs(*, actor: Actor, run_id: str, datasets: Iterable[DatasetRecord] = (), models: Iterable[str] = ()) -> Run:
    names.check_run_id(run_id)
    records = list(datasets)
    for record in records:
        _check_dataset(record)
    run = lock_active_run(actor, run_id)
    for record in records:
        # MLflow: a dataset is known by name and digest; a second use by the same run is the same use.
        dataset, _ = Dataset.objects.get_or_create(
            experiment_id=run.experiment_id, name=record.name, digest=record.digest,
            defaults={"source_type": record.source_type, "source": record.source,
                      "schema": record.schema, "profile": record.profile},
        )  # fmt: skip
        tags = dict(record.tags)
        used = {"context": tags.get(CONTEXT_TAG, ""), "tags": [list(pair) for pair in tags.items()]}
        DatasetInput.objects.get_or_create(run=run, dataset=dataset, defaults=used)
    _link_models(ModelInput, run, [{"model_id": model_id} for model_id in models])
    if records:
        refresh_figures(run_id=run.pk)
    return run


def _check_dataset(record: DatasetRecord) -> None:
    for value, limit, field in (
        (record.name, limits.DATASET_NAME, "name"),
        (record.digest, limits.DATASET_DIGEST, "digest"),
        (record.source_type, limits.KEY, "source_type"),
        (record.source, limits.DATASET_SOURCE, "source"),
        (record.schema, limits.DATASET_SCHEMA, "schema"),
        (record.profile, limits.DATASET_PROFILE, "profile"),
    ):
        names.check_text(value, limit, f"Dataset {field}", field)
    for key, value in record.tags:
        names.check_text(key, limits.DATASET_TAG_KEY, "Dataset tag key", "tags")
        names.check_text(value, limits.DATASET_TAG_VALUE, "Dataset tag value", "tags")


@transaction.atomic
def log_outputs(*, actor: Actor, run_id: str, models: Iterable[tuple[str, int]]) -> Run:
    """`models` are (model id, step) pairs; a repeated link stays as it was, so that a retry does no harm."""
    run = lock_active_run(actor, run_id)
    _link_models(ModelOutput, run, [{"model_id": model_id, "step": step} for model_id, step in models])
    return run


def _link_models(link: Any, run: Run, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        names.check_text(row["model_id"], limits.KEY, "Model ID", "model_id")
    link._default_manager.bulk_create([link(run=run, **row) for row in rows], ignore_conflicts=True)


@transaction.atomic
def log_model(*, actor: Actor, run_id: str, model_json: str) -> Run:
    """MLflow 2: the run keeps a list of the models it logged in one of its tags."""
    try:
        description = json.loads(model_json)
    except (ValueError, RecursionError):
        raise InvalidValue("model_json is not valid JSON.", field="model_json") from None
    required = {"artifact_path", "flavors", "utc_time_created", "run_id"}
    if not isinstance(description, dict) or (missing := required - description.keys()):
        missing = missing if isinstance(description, dict) else required
        raise InvalidValue(f"model_json lacks {', '.join(sorted(missing))}.", field="model_json")
    run = lock_active_run(actor, run_id)
    known = run.tags.filter(key=HISTORY_TAG).values_list("value", flat=True).first()
    history = [*tagging.listed_in(known), description]
    value = json.dumps(history)
    # Half a JSON list would be worse than none: the oldest entries go first, and the last one stays whole.
    while len(value) > limits.RUN_TAG_VALUE and len(history) > 1:
        history.pop(0)
        value = json.dumps(history)
    names.check_text(value, limits.REGISTRY_TAG_VALUE, "model_json", "model_json")
    write_run_tags(actor, run, {HISTORY_TAG: value})
    return run
