"""Events as lines to read: who, what, on which thing (with a link if it is still there), when, why."""

import difflib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.utils.text import Truncator

from models_app import events
from models_app.actors import Actor
from models_app.models import Event, ModelVersion, RegisteredModel
from models_app.models.activity import EventQuerySet
from models_app.web import addresses

PAGE_SIZE = 50
MAX_SENTENCE = 300  # a tag's value may be a whole text
MAX_VALUE = 120
MAX_DIFF_LINES = 1_000  # comparing takes longer than linear time
SECONDS_COMPARING = 1.0  # for all edits of a page; a text made to be hard to compare takes as long by itself
MAX_SHOWN_CHANGES = 60
MAX_LINE = 500
EDITS = {events.RegisteredModelUpdated.kind, events.ModelVersionUpdated.kind}
ICONS = {
    "model_version_alias": "at",
    "model_version_tag": "tag",
    "registered_model_tag": "tag",
    "experiment_tag": "tag",
    "run_tag": "tag",
    "logged_model_tag": "tag",
    "model_version": "versions",
    "model_version_stage": "versions",
    "registered_model": "model",
    "experiment": "experiment",
    "saved_view": "columns",
    "run": "run",
    "logged_model": "model",
}
DOORS = {"web": "", "api": "through the API", "command": "on the server"}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a text that was edited; `kind` is added, removed, same, or gap (lines left out)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """`was` is the value before, where the sentence tells only the new one; `changes` are those of an edited text."""

    event: Event
    icon: str
    sentence: str
    target: str
    href: str
    door: str
    was: str
    changes: list[Change]


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
    models = {event.registered_model_id for event in rows if event.registered_model_id}
    numbers = {event.version_number for event in rows if event.version_number}
    names = dict(RegisteredModel.objects.visible_to(actor).filter(pk__in=models).values_list("pk", "name"))
    versions = ModelVersion.objects.visible_to(actor).filter(model__in=models, number__in=numbers)
    present = set(versions.values_list("model_id", "number"))
    until = time.monotonic() + SECONDS_COMPARING
    return [_line(event, names, present, until) for event in rows]


def _line(event: Event, names: dict[int, str], versions: set[tuple[int, int]], until: float) -> Line:
    sentence = Truncator(events.sentence(event.kind, event.before, event.after)).chars(MAX_SENTENCE)
    name = names.get(event.registered_model_id or 0, "")
    icon = ICONS.get(event.kind.partition(".")[0], "activity")
    href = _href(event, name, versions)
    was = Truncator(str(event.before.get("value", ""))).chars(MAX_VALUE)
    door = DOORS.get(event.via, event.via)
    return Line(event, icon, sentence, name or event.target, href, door, was, _changes(event, until))


def _changes(event: Event, until: float) -> list[Change]:
    """What an edit of a description changed, line by line with a little around it; none is compared after `until`."""
    if event.kind not in EDITS:
        return []
    old = str(event.before.get("description", "")).splitlines()
    new = str(event.after.get("description", "")).splitlines()
    if max(len(old), len(new)) > MAX_DIFF_LINES or time.monotonic() > until:
        return [Change("gap", f"{len(old):,} lines became {len(new):,}: comparing them here would take too long.")]
    marks = {"+": "added", "-": "removed", " ": "same", "@": "gap"}
    found = islice(difflib.unified_diff(old, new, n=1, lineterm=""), 2, 2 + MAX_SHOWN_CHANGES)
    return [Change(marks[line[0]], "…" if line[0] == "@" else line[1 : 1 + MAX_LINE]) for line in found]


def _href(event: Event, name: str, versions: set[tuple[int, int]]) -> str:
    """Where the thing is now: a deleted version leads to its model, a deleted model nowhere ("")."""
    if event.registered_model_id:
        if (event.registered_model_id, event.version_number) in versions:
            return addresses.model_version(name, event.version_number or 0)
        return addresses.registered_model(name) if name else ""
    if event.run_id:
        return addresses.run(event.run_id)
    if event.experiment_id:
        return addresses.experiment(event.experiment_id)
    return addresses.logged_model(event.logged_model_id) if event.logged_model_id else ""
