"""The runs of an experiment in groups: by the value of a param or tag, or by dataset, with figures over each group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg, Count, Exists, Max, Min, OuterRef, QuerySet, Value

from models_app.models import DatasetInput, LatestMetric, Param, RunTag
from models_app.search import Comparison, Key, plain_words, render
from models_app.web.figures import is_lower_better
from models_app.web.runs_question import DATASET_GROUP, SCHEMA, RunsQuestion

MOST_GROUPS = 200
MOST_METRICS = 6  # each is read for all runs found
MEAN, LOW, HIGH = "mean", "min", "max"
AGGREGATES = ((MEAN, "Mean"), (LOW, "Lowest"), (HIGH, "Highest"))
BY_COUNT, BY_VALUE = "runs", "group"
TABLES: dict[str, Any] = {"params": Param, "tags": RunTag}


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a metric's latest values in a group; NaN is left out, `count` says how many were not."""

    count: int
    mean: float
    low: float
    high: float

    def of(self, aggregate: str) -> float:
        return {MEAN: self.mean, LOW: self.low, HIGH: self.high}[aggregate]


@dataclass(slots=True)
class Group:
    """`value` is None for the runs that lack the key. `query` finds the group's runs in the plain table."""

    value: str | None
    detail: str
    count: int
    last_started_at: int
    query: dict[str, str]
    href: str = ""
    spreads: dict[str, Spread] = field(default_factory=dict)
    cells: list[tuple[str, Spread | None, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Groups:
    """`cells` of a group are (metric, its spread, whether it is the best of the column), in the order of `metrics`."""

    rows: list[Group]
    metrics: list[str]
    aggregate: str
    is_cut: bool


def build_groups(
    found: QuerySet[Any], question: RunsQuestion, experiment_id: int, metrics: Sequence[str], aggregate: str
) -> Groups:
    """Of all runs `found`, not of a page of them. Four queries."""
    metrics = list(metrics)[:MOST_METRICS]
    rows, is_cut = _by_dataset(found, question) if question.group == DATASET_GROUP else _by_key(found, question)
    spreads = _spreads(found, question.group, experiment_id, metrics)
    for row in rows:
        row.spreads = spreads.get((row.value, row.detail), {})
    best = {key: _best(key, rows, aggregate) for key in metrics}
    for row in rows:
        row.cells = [_cell(row, key, best[key], aggregate) for key in metrics]
    return Groups(_sorted(rows, question.sort, aggregate), metrics, aggregate, is_cut)


def _cell(row: Group, key: str, best: float | None, aggregate: str) -> tuple[str, Spread | None, bool]:
    spread = row.spreads.get(key)
    return key, spread, spread is not None and spread.of(aggregate) == best


def _by_key(found: QuerySet[Any], question: RunsQuestion) -> tuple[list[Group], bool]:
    kind, _, key = question.group.partition(".")
    with_key = TABLES[kind]._default_manager.filter(key=key, run_id__in=found.values("pk"))
    counted = (
        with_key.order_by()
        .values_list("value")
        .annotate(count=Count("pk"), last=Max("run__started_at"))
        .order_by("-count", "value")
    )
    rows = [
        Group(value, "", count, last, _narrowed(question, Comparison(Key(kind, key), "=", value)))
        for value, count, last in counted[: MOST_GROUPS + 1]
    ]
    without = found.filter(~Exists(TABLES[kind]._default_manager.filter(run_id=OuterRef("pk"), key=key)))
    return _with_rest(rows, without, _narrowed(question, Comparison(Key(kind, key), "IS NULL")))


def _by_dataset(found: QuerySet[Any], question: RunsQuestion) -> tuple[list[Group], bool]:
    inputs = DatasetInput.objects.filter(run_id__in=found.values("pk")).order_by()
    counted = inputs.values_list("dataset__name", "dataset__digest").annotate(
        count=Count("run_id", distinct=True), last=Max("run__started_at")
    )
    rows = [
        Group(name, digest, count, last, {"q": question.text, "dataset": digest})
        for name, digest, count, last in counted.order_by("-count", "dataset__name", "dataset__digest")[
            : MOST_GROUPS + 1
        ]
    ]
    without = found.filter(~Exists(DatasetInput.objects.filter(run_id=OuterRef("pk"))))
    return _with_rest(rows, without, {})


def _with_rest(rows: list[Group], without: QuerySet[Any], query: dict[str, str]) -> tuple[list[Group], bool]:
    is_cut = len(rows) > MOST_GROUPS
    rest = without.aggregate(count=Count("pk"), last=Max("started_at"))
    if rest["count"]:
        return [*rows[:MOST_GROUPS], Group(None, "", rest["count"], rest["last"], query)], is_cut
    return rows[:MOST_GROUPS], is_cut


def _narrowed(question: RunsQuestion, comparison: Comparison) -> dict[str, str]:
    """The filter box's text for a group: what stands in it already, and the group's own condition."""
    words = plain_words(question.text)
    if words is None:
        return {"q": f"{question.text} AND {comparison}"}
    named = [Comparison(Key("", SCHEMA.name), "ILIKE", f"%{words}%")] if words else []
    return {"q": render([*named, comparison])}


def _spreads(
    found: QuerySet[Any], group: str, experiment_id: int, metrics: Sequence[str]
) -> dict[tuple[str | None, str], dict[str, Spread]]:
    """By group and metric."""
    if not metrics:
        return {}
    points = LatestMetric.objects.filter(
        experiment_id=experiment_id, key__in=metrics, is_nan=False, run_id__in=found.values("pk")
    )
    if group == DATASET_GROUP:
        columns = ("run__dataset_inputs__dataset__name", "run__dataset_inputs__dataset__digest")
    else:
        kind, _, key = group.partition(".")
        matching = TABLES[kind]._default_manager.filter(run_id=OuterRef("run_id"), key=key)
        points = points.annotate(group=matching.values("value")[:1], detail=Value(""))
        columns = ("group", "detail")
    rows = points.order_by().values_list(*columns, "key")
    rows = rows.annotate(Count("pk"), Avg("value"), Min("value"), Max("value"))
    spreads: dict[tuple[str | None, str], dict[str, Spread]] = {}
    for value, detail, metric, count, mean, low, high in rows:
        spreads.setdefault((value, detail or ""), {})[metric] = Spread(count, mean, low, high)
    return spreads


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
    rows = sorted(rows, key=lambda row: row.value or "", reverse=word == BY_VALUE and is_descending)
    if word == BY_COUNT and not is_descending:
        rows.sort(key=lambda row: row.count)
    elif kind == "metrics":
        sign = -1 if is_descending else 1
        spreads = {id(row): row.spreads.get(key) for row in rows}
        rows.sort(key=lambda row: sign * spread.of(aggregate) if (spread := spreads[id(row)]) else float("inf"))
    elif word != BY_VALUE:
        rows.sort(key=lambda row: -row.count)
    return sorted(rows, key=lambda row: row.value is None)
