"""The runs of an experiment in groups: by the value of a param or tag, or by dataset, with figures over each group."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left

from models_app.models import DatasetInput, LatestMetric, Param, RunTag
from models_app.search import Comparison, Key, plain_words, render
from models_app.web.figures import is_lower_better
from models_app.web.runs_question import DATASET_GROUP, SCHEMA, RunsQuestion

MOST_RUNS = 100_000  # the latest ones: grouping them takes about a second
MOST_GROUPS = 200
LONGEST = 500  # characters of a value; those that differ later are one group, or 100,000 notes would take a gigabyte
MOST_METRICS = 6  # each is read for all runs found
FEW = 2_000  # runs whose metrics are looked up one by one; of more, all of the experiment's are read along an index
MEAN, LOW, HIGH = "mean", "min", "max"
AGGREGATES = ((MEAN, "Mean"), (LOW, "Lowest"), (HIGH, "Highest"))
BY_COUNT, BY_VALUE = "runs", "group"
TABLES: dict[str, Any] = {"params": Param, "tags": RunTag}

Name = tuple[str, str]  # a value, or a dataset's name and digest
WITHOUT = None  # the group of the runs that lack the key


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a metric's latest values in a group, NaN left out."""

    count: int
    mean: float
    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> "Spread":
        return cls(len(values), sum(values) / len(values), min(values), max(values))

    def of(self, aggregate: str) -> float:
        return {MEAN: self.mean, LOW: self.low, HIGH: self.high}[aggregate]


@dataclass(slots=True)
class Group:
    """`value` is None for the runs that lack the key. `query` finds the group's runs in the plain table; {} if nothing
    can. `cells` are (metric, its spread, whether it is the best of the column)."""

    value: str | None
    detail: str = ""
    count: int = 0
    last_started_at: int = 0
    query: dict[str, str] = field(default_factory=dict)
    href: str = ""
    spreads: dict[str, Spread] = field(default_factory=dict)
    cells: list[tuple[str, Spread | None, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Groups:
    """`count` is that of all groups, of which the largest ones are `rows`; `is_cut` says that runs were left out."""

    rows: list[Group]
    metrics: list[str]
    aggregate: str
    count: int
    is_cut: bool


def build_groups(
    found: QuerySet[Any], question: RunsQuestion, experiment_id: int, metrics: Sequence[str], aggregate: str
) -> Groups:
    """Of all runs `found`, not of a page of them, in four queries. They are added up here: joined in the database, a
    hundred thousand runs with five metrics took minutes on SQLite."""
    metrics = list(metrics)[:MOST_METRICS]
    latest = found.order_by("-started_at", "pk")
    started = dict(latest.values_list("pk", "started_at")[: MOST_RUNS + 1])
    is_cut = len(started) > MOST_RUNS
    names = _names_of(found, question.group)
    groups: dict[Name | None, Group] = {}
    members: dict[str, list[Group]] = {}
    for run_id, started_at in started.items():
        members[run_id] = []
        for name in names.get(run_id, [WITHOUT]):
            group = groups.setdefault(name, Group(*name) if name else Group(WITHOUT))
            group.count += 1
            group.last_started_at = max(group.last_started_at, started_at)
            members[run_id].append(group)
    _add_metrics(members, experiment_id, metrics)
    largest = sorted(groups.values(), key=lambda group: (-group.count, group.value or "", group.detail))
    rows = _sorted(largest[:MOST_GROUPS], question.sort, aggregate)
    best = {key: _best(key, rows, aggregate) for key in metrics}
    for row in rows:
        row.query = _query(question, row)
        row.cells = [_cell(row, key, best[key], aggregate) for key in metrics]
    return Groups(rows, metrics, aggregate, len(groups), is_cut)


def _names_of(found: QuerySet[Any], group: str) -> dict[str, list[Name]]:
    """Per run the groups it belongs to: one, but for datasets, of which a run may have read several."""
    names: dict[str, list[Name]] = {}
    if group == DATASET_GROUP:
        inputs = DatasetInput.objects.filter(run_id__in=found.values("pk")).order_by()
        for run_id, name, digest in inputs.values_list("run_id", "dataset__name", "dataset__digest"):
            names.setdefault(run_id, []).append((name, digest))
        return names
    kind, _, key = group.partition(".")
    rows = TABLES[kind]._default_manager.filter(key=key, run_id__in=found.values("pk")).order_by()
    cut = rows.annotate(start=Left("value", LONGEST + 1))
    return {run_id: [(value, "")] for run_id, value in cut.values_list("run_id", "start")}


def _add_metrics(members: Mapping[str, Iterable[Group]], experiment_id: int, metrics: Sequence[str]) -> None:
    points = LatestMetric.objects.filter(experiment_id=experiment_id, key__in=metrics).order_by()
    if len(members) <= FEW:
        points = points.filter(run_id__in=list(members))
    # The index holds all but `is_nan`, and NaN is kept as a 0: only those are looked at more closely.
    nans = set(points.filter(value=0, is_nan=True).values_list("run_id", "key"))
    values: dict[tuple[int, str], list[float]] = defaultdict(list)
    for run_id, key, value in points.values_list("run_id", "key", "value").iterator(chunk_size=10_000):
        if value == 0 and (run_id, key) in nans:
            continue
        for group in members.get(run_id, ()):
            values[id(group), key].append(value)
    for group in {id(group): group for groups in members.values() for group in groups}.values():
        group.spreads = {key: Spread.over(values[id(group), key]) for key in metrics if (id(group), key) in values}


def _query(question: RunsQuestion, group: Group) -> dict[str, str]:
    """The filter for a group: what stands in the box already, and the group's own condition."""
    if question.group == DATASET_GROUP:
        return {} if group.value is None else {"q": question.text, "dataset": group.detail}
    if len(group.value or "") > LONGEST:
        return {}
    kind, _, name = question.group.partition(".")
    operator = "IS NULL" if group.value is None else "="
    comparison = Comparison(Key(kind, name), operator, group.value)
    words = plain_words(question.text)
    if words is None:
        return {"q": f"{question.text} AND {comparison}"}
    named = [Comparison(Key("", SCHEMA.name), "ILIKE", f"%{words}%")] if words else []
    return {"q": render([*named, comparison])}


def _cell(row: Group, key: str, best: float | None, aggregate: str) -> tuple[str, Spread | None, bool]:
    spread = row.spreads.get(key)
    return key, spread, spread is not None and spread.of(aggregate) == best


def _best(key: str, rows: Iterable[Group], aggregate: str) -> float | None:
    lower = is_lower_better(key)
    known = [row.spreads[key].of(aggregate) for row in rows if key in row.spreads]
    if lower is None or len(set(known)) < 2:
        return None
    return min(known) if lower else max(known)


def _sorted(rows: list[Group], sort: str, aggregate: str) -> list[Group]:
    """The largest first unless the address says otherwise; groups without the metric, and the rest, come last."""
    word, is_descending = sort.removeprefix("-"), sort.startswith("-")
    kind, _, key = word.partition(".")
    if word == BY_VALUE:
        rows = sorted(rows, key=lambda row: row.value or "", reverse=is_descending)
    elif word == BY_COUNT and not is_descending:
        rows = sorted(rows, key=lambda row: row.count)
    elif kind == "metrics":
        sign = -1 if is_descending else 1
        known = [row for row in rows if key in row.spreads]
        known.sort(key=lambda row: sign * row.spreads[key].of(aggregate))
        rows = known + [row for row in rows if key not in row.spreads]
    return sorted(rows, key=lambda row: row.value is None)
