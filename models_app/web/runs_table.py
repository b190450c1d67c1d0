"""The runs table: what stands in each row, nested runs below their parents; a fixed number of queries."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models_app import search
from models_app.actors import Actor
from models_app.models import DatasetInput, LatestMetric, ModelVersion, Param, Run, RunTag
from models_app.models.runs import HISTORY_TAG, PARENT_TAG
from models_app.web import addresses
from models_app.web.figures import is_lower_better
from models_app.web.model_sources import ModelSource, sources_of
from models_app.web.run_columns import FIELD, METRIC, PARAM, TAG, Column, Columns, Layout, columns_of
from models_app.web.runs_question import ALL, SCHEMA, RunsQuestion
from models_app.web.sparklines import sparks_of

DEEPEST = 4  # levels of nested runs that are shown
FOLDED_READ = 50  # nested runs that have a say in which columns there are
NESTED_SHOWN = 200  # in one table: the rest is a list of its own
SOURCE_TAGS = {"source": "mlflow.source.name", "commit": "mlflow.source.git.commit"}

Value = str | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """`is_best` marks the best value of its column, where the metric's name says which way is better."""

    column: Column
    value: Value = None
    is_best: bool = False


@dataclass(slots=True)
class Row:
    """`sources` are the models one can register. `depth` counts the ancestors that stand above it in the table;
    `parent` is named when it stands elsewhere; `spark` is the curve of the table's main metric; `opened_after` are the
    runs that are opened once this one is turned."""

    run: Run
    depth: int = 0
    child_count: int = 0
    is_open: bool = False
    cells: list[Cell] = field(default_factory=list)
    datasets: list[DatasetInput] = field(default_factory=list)
    sources: list[ModelSource] = field(default_factory=list)
    versions: list[ModelVersion] = field(default_factory=list)
    parent: Run | None = None
    spark: list[float | None] = field(default_factory=list)
    not_shown: int = 0
    opened_after: list[str] = field(default_factory=list)

    @property
    def dataset_href(self) -> str:
        """Of the first dataset it read."""
        digest = self.datasets[0].dataset.digest if self.datasets else ""
        return addresses.dataset(digest) if digest else ""

    @property
    def nested_href(self) -> str:
        """The list of all runs that are nested in it."""
        query = f"tags.`{PARENT_TAG}` = '{self.run.pk}'"
        return addresses.experiment(self.run.experiment_id, [("q", query)])


@dataclass(frozen=True, slots=True)
class RunsTable:
    """`main_metric` is the key whose curves are drawn, "" when no metric is shown."""

    rows: list[Row]
    columns: Columns
    main_metric: str
    has_nested: bool

    @property
    def running(self) -> list[Run]:
        return [row.run for row in self.rows if row.run.is_running]


def build_table(
    actor: Actor, runs: Sequence[Run], question: RunsQuestion, layout: Layout, *, words: str = ""
) -> RunsTable:
    """`words` are looked for in the names of columns one may choose."""
    rows = [Row(run) for run in runs]
    if question.nests:
        rows = _unfolded(actor, rows, question)
    # A sweep's parent often logs nothing itself: what its folded runs logged gets columns too.
    columns = columns_of([row.run.pk for row in rows] + _folded_ids(actor, rows), layout, words)
    main_metric = _main_metric(columns, question)
    _fill(actor, rows, columns, main_metric)
    has_nested = question.is_flat or any(row.child_count or row.parent for row in rows)
    return RunsTable(rows, columns, main_metric, has_nested)


def rows_of(actor: Actor, runs: Sequence[Run], columns: Columns) -> list[Row]:
    """One after the other, nested or not, without curves."""
    rows = [Row(run) for run in runs]
    _fill(actor, rows, columns, "")
    return rows


def _unfolded(actor: Actor, rows: list[Row], question: RunsQuestion) -> list[Row]:
    """The rows with the nested runs of those that are opened, level by level."""
    active = Run.objects.visible_to(actor).active()
    level = rows
    children: dict[str, list[Row]] = {}
    for depth in range(1, DEEPEST + 1):
        counts = active.child_counts(row.run.pk for row in level)
        opened = []
        for row in level:
            row.child_count = counts.get(row.run.pk, 0)
            row.is_open = bool(row.child_count) and (ALL in question.opened or row.run.pk in question.opened)
            opened += [row] if row.is_open else []
        left = NESTED_SHOWN - sum(len(found) for found in children.values())
        if not opened or left <= 0 or depth == DEEPEST:
            break
        found = _children_of(actor, opened, question, left)
        for row in opened:
            children[row.run.pk] = [Row(run, depth) for run in found.get(row.run.pk, [])]
            row.not_shown = row.child_count - len(children[row.run.pk])
        level = [child for row in opened for child in children[row.run.pk]]
    placed = _flattened(rows, children)
    opened_ids = {row.run.pk for row in placed if row.is_open}
    for row in placed:
        row.opened_after = sorted(opened_ids ^ {row.run.pk}) if row.child_count else []
    return placed


def _folded_ids(actor: Actor, rows: Iterable[Row]) -> list[str]:
    """Of some of the runs that are nested in those that are not opened."""
    parents = [row.run.pk for row in rows if row.child_count and not row.is_open]
    if not parents:
        return []
    nested = Run.objects.visible_to(actor).active().nested_in(parents).order_by("-started_at", "pk")
    return list(nested.values_list("pk", flat=True)[:FOLDED_READ])


def _children_of(actor: Actor, rows: Iterable[Row], question: RunsQuestion, count: int) -> dict[str, list[Run]]:
    parents = {row.run.pk for row in rows}
    runs = Run.objects.visible_to(actor).active().nested_in(parents)
    ordered = search.search(runs, SCHEMA, "", [question.order])
    tags = RunTag.objects.filter(key=PARENT_TAG)
    found = list(ordered[:count])
    parent_of = dict(tags.filter(run_id__in=[run.pk for run in found]).values_list("run_id", "value"))
    by_parent: dict[str, list[Run]] = {}
    for run in found:
        by_parent.setdefault(parent_of[run.pk], []).append(run)
    return by_parent


def _flattened(rows: Iterable[Row], children: Mapping[str, list[Row]]) -> list[Row]:
    """Parents before their children. A run is placed once, whatever its tags say."""
    placed: dict[str, Row] = {}
    waiting = list(rows)[::-1]
    while waiting:
        row = waiting.pop()
        if row.run.pk not in placed:
            placed[row.run.pk] = row
            waiting += children.get(row.run.pk, [])[::-1]
    return list(placed.values())


def _main_metric(columns: Columns, question: RunsQuestion) -> str:
    """The one that is sorted by, if it is shown; else the first."""
    keys = [column.key for column in columns.of_kind(METRIC)]
    kind, _, key = question.sort.removeprefix("-").partition(".")
    return key if kind == METRIC and key in keys else next(iter(keys), "")


def _fill(actor: Actor, rows: Sequence[Row], columns: Columns, main_metric: str) -> None:
    run_ids = [row.run.pk for row in rows]
    values = _values_of(run_ids, columns)
    tags = _tags_of(run_ids, columns)
    values[TAG] = {column.key: {**tags.get(column.key, {})} for column in columns.of_kind(TAG)}
    values[FIELD] = {word: {**tags.get(key, {})} for word, key in SOURCE_TAGS.items()}
    history = tags.get(HISTORY_TAG, {})
    sources = sources_of(actor, {run_id: history.get(run_id, "") for run_id in run_ids})
    datasets = _datasets_of(run_ids)
    parents = _parents_of(actor, rows, tags.get(PARENT_TAG, {}))
    sparks = sparks_of(run_ids, main_metric) if main_metric else {}
    best = {column.key: _best(column.key, values[METRIC].get(column.key, {})) for column in columns.of_kind(METRIC)}
    for row in rows:
        run_id = row.run.pk
        for column in columns.shown:
            value = values[column.kind].get(column.key, {}).get(run_id)
            is_best = column.kind == METRIC and value is not None and value == best[column.key]
            row.cells.append(Cell(column, value, is_best))
        row.datasets = datasets.get(run_id, [])
        row.sources = [source for source in sources[run_id] if not source.refusal]
        versions = [version for source in sources[run_id] for version in source.versions]
        row.versions = sorted(versions, key=lambda version: (version.model.name, version.number))
        row.parent = parents.get(run_id) if not row.depth else None
        row.spark = sparks.get(run_id, [])


def _values_of(run_ids: Sequence[str], columns: Columns) -> dict[str, dict[str, dict[str, Value]]]:
    """By kind, key and run. Tuples, not objects, and of the shown columns only: runs may hold thousands of values."""
    found: dict[str, dict[str, dict[str, Value]]] = {METRIC: {}, PARAM: {}}
    keys = [column.key for column in columns.of_kind(METRIC)]
    metrics = LatestMetric.objects.filter(run_id__in=run_ids, key__in=keys).order_by()
    for run_id, key, number, is_nan in metrics.values_list("run_id", "key", "value", "is_nan"):
        found[METRIC].setdefault(key, {})[run_id] = math.nan if is_nan else number
    keys = [column.key for column in columns.of_kind(PARAM)]
    params = Param.objects.filter(run_id__in=run_ids, key__in=keys).order_by()
    for run_id, key, value in params.values_list("run_id", "key", "value"):
        found[PARAM].setdefault(key, {})[run_id] = value
    return found


def _best(key: str, by_run: Mapping[str, Value]) -> float | None:
    """Of the shown runs; None where it is not known which way is better, or all are the same."""
    lower = is_lower_better(key)
    known = [float(value) for value in by_run.values() if value is not None and not math.isnan(float(value))]
    if lower is None or len(set(known)) < 2:
        return None
    return min(known) if lower else max(known)


def _tags_of(run_ids: Sequence[str], columns: Columns) -> dict[str, dict[str, str]]:
    """By key and run: those the table itself needs, and those that are shown."""
    keys = {PARENT_TAG, HISTORY_TAG, *SOURCE_TAGS.values(), *(column.key for column in columns.of_kind(TAG))}
    found: dict[str, dict[str, str]] = {}
    tags = RunTag.objects.filter(run_id__in=run_ids, key__in=keys).order_by()
    for run_id, key, value in tags.values_list("run_id", "key", "value"):
        found.setdefault(key, {})[run_id] = value
    return found


def _datasets_of(run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
    found: dict[str, list[DatasetInput]] = {}
    inputs = DatasetInput.objects.filter(run_id__in=run_ids).select_related("dataset")
    # Schema and profile are megabytes at worst and no column shows them.
    for each in inputs.defer("dataset__schema", "dataset__profile", "dataset__source"):
        found.setdefault(each.run_id, []).append(each)
    return found


def _parents_of(actor: Actor, rows: Iterable[Row], parent_ids: Mapping[str, str]) -> dict[str, Run]:
    found = {row.run.pk: row.run for row in rows}
    elsewhere = set(parent_ids.values()) - found.keys()
    found |= {run.pk: run for run in Run.objects.visible_to(actor).filter(pk__in=elsewhere)}
    named = {run_id: found[parent_id] for run_id, parent_id in parent_ids.items() if parent_id in found}
    return {run_id: parent for run_id, parent in named.items() if parent.pk != run_id}
