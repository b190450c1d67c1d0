"""Events as lines to read: who, what, on which thing (with a link if it is still there), when, why."""

from collections.abc import Iterable
from dataclasses import dataclass

from models_app import events
from models_app.actors import Actor
from models_app.models import Event, RegisteredModel
from models_app.models.activity import EventQuerySet
from models_app.web import addresses

PAGE_SIZE = 50
ICONS = {
    "model_version_alias": "at",
    "model_version_tag": "tag",
    "registered_model_tag": "tag",
    "experiment_tag": "tag",
    "model_version": "versions",
    "model_version_stage": "versions",
    "registered_model": "model",
    "experiment": "experiment",
    "run": "run",
    "logged_model": "model",
}
DOORS = {"web": "", "api": "through the API", "command": "on the server"}


@dataclass(frozen=True, slots=True)
class Line:
    event: Event
    icon: str
    sentence: str
    target: str
    href: str
    door: str


@dataclass(frozen=True, slots=True)
class HistoryPage:
    lines: list[Line]
    next_before: int | None


def read_page(actor: Actor, found: EventQuerySet, before: int | None, size: int = PAGE_SIZE) -> HistoryPage:
    """A page of `found`, newest first; `before` is the id of the last event of the page before."""
    rows = list(found.newest_first().before(before)[: size + 1])
    shown = rows[:size]
    return HistoryPage(lines(actor, shown), shown[-1].pk if len(rows) > size else None)


def lines(actor: Actor, found: Iterable[Event]) -> list[Line]:
    rows = list(found)
    wanted = {event.registered_model_id for event in rows if event.registered_model_id}
    names = dict(RegisteredModel.objects.visible_to(actor).filter(pk__in=wanted).values_list("pk", "name"))
    return [_line(event, names) for event in rows]


def _line(event: Event, names: dict[int, str]) -> Line:
    sentence = events.sentence(event.kind, event.before, event.after)
    name = names.get(event.registered_model_id or 0, "")
    icon = ICONS.get(event.kind.partition(".")[0], "activity")
    return Line(event, icon, sentence, name or event.target, _href(event, name), DOORS.get(event.via, event.via))


def _href(event: Event, name: str) -> str:
    """Where the thing is now; "" when it is gone."""
    if event.registered_model_id:
        if not name:
            return ""
        is_version = event.version_number and event.kind != events.ModelVersionDeleted.kind
        return addresses.model_version(name, event.version_number) if is_version else addresses.registered_model(name)
    if event.run_id:
        return addresses.run(event.run_id)
    if event.experiment_id:
        return addresses.experiment(event.experiment_id)
    return addresses.logged_model(event.logged_model_id) if event.logged_model_id else ""
