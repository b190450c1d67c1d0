"""Params, metrics and tags of several runs side by side: which keys differ, read by the database, and their cells."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Left

from models_app import limits
from models_app.limits import MAX_FLOAT
from models_app.models import LatestMetric, Param, RunTag
from models_app.models.tags import SYSTEM_PREFIX
from models_app.web import figures
from models_app.web.figures import Change
from models_app.web.selections import Selection

DETAILS, METRICS, PARAMS, TAGS = "details", "metrics", "params", "tags"
CELLS_TOGETHER, CELLS_ALONE = 1_200, 4_000  # of one section: beside the others, by itself
FEWEST_ROWS, MOST_ROWS = 10, 500
KEYS_AT_ONCE = 50
SHOWN_OF_VALUE = 300  # characters of a param or tag; a run's own page has all of it
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str
    note: str = ""
    image: str = ""


@dataclass(slots=True)
class Cell:
    """`value` is a text, a metric's number, or None for what was not logged; `links` stand in place of a value."""

    value: str | float | None
    is_best: bool = False
    change: Change | None = None
    links: Sequence[Link] = ()
    at: int | None = None

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, float)


@dataclass(slots=True)
class Row:
    key: str
    cells: list[Cell]
    differs: bool = True
    lower_is_better: bool | None = None
    is_numeric: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks of the table. `words` stand in the key; `start` skips rows of the `only` section."""

    shows_all: bool = False
    words: Sequence[str] = ()
    only: str = ""
    start: int = 0

    def limit(self, run_count: int) -> int:
        cells = CELLS_ALONE if self.only else CELLS_TOGETHER
        return max(FEWEST_ROWS, min(MOST_ROWS, cells // max(1, run_count)))

    def fits(self, key: str) -> bool:
        return all(word in key.lower() for word in self.words)


@dataclass(slots=True)
class Section:
    """`total` rows are found, of which `rows` are on this page; `same_count` more are left out as they don't differ."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    total: int = 0
    same_count: int = 0
    start: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.rows)

    @property
    def has_more(self) -> bool:
        return self.end < self.total


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three sections whose rows are keys: where they lie, and in which order they stand."""

    name: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    order: Callable[[str], Any]


def _tags() -> QuerySet[RunTag]:
    return RunTag.objects.exclude(key__startswith=SYSTEM_PREFIX)


KINDS = (
    Kind(METRICS, "Metrics", LatestMetric.objects.all, figures.importance),
    Kind(PARAMS, "Params", Param.objects.all, str),
    Kind(TAGS, "Tags", _tags, str),
)


def keyed_section(kind: Kind, selection: Selection, question: Question, *, limit: int | None = None) -> Section:
    """Two queries, whatever the runs logged: the keys with what the database knows of them, the cells of one page."""
    found = _keys(kind, selection.ids, question.words)
    wanted = found if question.shows_all else {key: differs for key, differs in found.items() if differs}
    keys = sorted(wanted, key=kind.order)
    limit = limit or question.limit(len(selection.chosen))
    shown = keys[question.start : question.start + limit]
    cells = _cells(kind, selection.ids, shown)
    rows = [_row(kind, key, cells.get(key, {}), selection, found[key]) for key in shown]
    return Section(kind.name, kind.title, rows, len(keys), len(found) - len(wanted), question.start)


def all_rows(kind: Kind, selection: Selection, question: Question) -> Iterator[tuple[str, list[str | float | None]]]:
    """Every row with whole values, read a few keys at a time: a hundred runs may each hold a value of pages."""
    found = _keys(kind, selection.ids, question.words)
    keys = sorted((key for key, differs in found.items() if differs or question.shows_all), key=kind.order)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        portion = keys[start : start + KEYS_AT_ONCE]
        cells = _cells(kind, selection.ids, portion, length=limits.REGISTRY_TAG_VALUE)
        for key in portion:
            yield key, [cells.get(key, {}).get(run_id) for run_id in selection.ids]


def _keys(kind: Kind, run_ids: Sequence[str], words: Sequence[str]) -> dict[str, bool]:
    """Each key any of the runs logged, and whether they differ in it. Being the only one who logged it is differing."""
    rows = kind.rows().filter(run_id__in=run_ids)
    for word in words:
        rows = rows.filter(key__icontains=word)
    differs = Q(count__lt=len(run_ids)) | ~Q(low=F("high"))
    counted = rows.order_by().values("key").alias(count=Count("pk"), low=Min("value"), high=Max("value"))
    if kind.name == METRICS:
        counted = counted.alias(nans=Count("pk", filter=Q(is_nan=True)))
        differs |= Q(nans__gt=0, nans__lt=F("count"))
    found = counted.annotate(
        differs=Case(When(differs, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    return {key: bool(known) for key, known in found.values_list("key", "differs")}


def _cells(
    kind: Kind, run_ids: Sequence[str], keys: Sequence[str], length: int = SHOWN_OF_VALUE
) -> dict[str, dict[str, str | float]]:
    if not keys:
        return {}
    rows = kind.rows().filter(run_id__in=run_ids, key__in=keys).order_by()
    found: dict[str, dict[str, str | float]] = {}
    if kind.name == METRICS:
        for run_id, key, value, is_nan in rows.values_list("run_id", "key", "value", "is_nan"):
            found.setdefault(key, {})[run_id] = math.nan if is_nan else value
        return found
    # A page of params of 6,000 characters each would hold megabytes.
    cut = rows.annotate(shown=Left("value", length + 1))
    for run_id, key, text in cut.values_list("run_id", "key", "shown"):
        found.setdefault(key, {})[run_id] = f"{text[:length]}…" if len(text) > length else text
    return found


def _row(kind: Kind, key: str, by_run: Mapping[str, str | float], selection: Selection, differs: bool) -> Row:
    row = Row(key, [Cell(by_run.get(run_id)) for run_id in selection.ids], differs)
    if kind.name == METRICS:
        row.is_numeric = True
        row.lower_is_better = figures.is_lower_better(key)
        mark_best(row)
    if kind.name in {METRICS, PARAMS} and selection.reference:
        compare_with(row, by_run.get(selection.reference.pk), judged=kind.name == METRICS)
    return row


def mark_best(row: Row) -> None:
    """Nothing is best where the metric's name does not say which way is, or where all are the same."""
    numbers = [number for cell in row.cells if (number := comparable(cell.value)) is not None]
    if row.lower_is_better is None or len(set(numbers)) < 2:
        return
    best = min(numbers) if row.lower_is_better else max(numbers)
    for cell in row.cells:
        cell.is_best = comparable(cell.value) == best


def compare_with(row: Row, reference: str | float | None, *, judged: bool) -> None:
    old = comparable(reference)
    for cell in row.cells:
        new = comparable(cell.value)
        change = figures.change(row.key, new, old) if new is not None and new != old else None
        cell.change = change if judged or change is None else Change(change.text)


def comparable(value: str | float | None) -> float | None:
    """A finite number, or a param that is written like one."""
    if isinstance(value, str):
        if len(value) > SHOWN_OF_VALUE or not NUMBER.fullmatch(value.strip()):
            return None
        value = float(value)
    if value is None or not math.isfinite(value) or abs(value) >= MAX_FLOAT:
        return None
    return float(value)
