"""Publishing a fact: one event row, in the transaction of the change that it tells of."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from models_app import limits
from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.events import Fact
from models_app.models import Event, Experiment, LoggedModel, ModelVersion, RegisteredModel, Run

Target = RegisteredModel | ModelVersion | Experiment | Run | LoggedModel


def publish(
    actor: Actor, fact: Fact, target: Target, *, before: dict[str, Any] | None = None, reason: str = ""
) -> Event:
    event = _event_of(actor, fact, target, before or {}, reason)
    event.save(force_insert=True)
    return event


def publish_all(actor: Actor, facts: Iterable[tuple[Fact, Target, dict[str, Any]]]) -> None:
    """Of many changes at once, each with what held before: an event each, in one statement."""
    Event.objects.bulk_create([_event_of(actor, fact, target, before, "") for fact, target, before in facts])


def _event_of(actor: Actor, fact: Fact, target: Target, before: dict[str, Any], reason: str) -> Event:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{fact.kind} was published outside a transaction: change and event could part ways.")
    return Event(
        at=now_ms(),
        kind=fact.kind,
        actor=actor.user,
        actor_name=actor.name,
        via=actor.via,
        request_id=actor.request_id,
        ip=actor.ip,
        workspace_name=actor.workspace,
        before=before,
        after=fact.data(),
        reason=reason,
        **_keys_of(target),
    )


def _keys_of(target: Target) -> dict[str, Any]:
    keys = _all_keys_of(target)
    # The name of a run may be longer than those of all other things.
    return {**keys, "target": keys["target"][: limits.EXPERIMENT_NAME]}


def _all_keys_of(target: Target) -> dict[str, Any]:
    match target:
        case RegisteredModel():
            return {"target": target.name, "registered_model_id": target.pk}
        case ModelVersion():
            model = target.model
            return {"target": model.name, "registered_model_id": model.pk, "version_number": target.number}
        case Experiment():
            return {"target": target.name, "experiment_id": target.pk}
        case Run():
            return {"target": target.name, "experiment_id": target.experiment_id, "run_id": target.pk}
        case LoggedModel():
            keys = {"experiment_id": target.experiment_id, "run_id": target.source_run_id[:32]}
            return {"target": target.name, "logged_model_id": target.pk, **keys}
