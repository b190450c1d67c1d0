"""The runs table: which metrics and params get a column, and what stands in each row; a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models_app.actors import Actor
from models_app.models import DatasetInput, LatestMetric, ModelVersion, Param, Run, RunTag
from models_app.models.metrics import MACHINE_PREFIX
from models_app.models.runs import HISTORY_TAG, PARENT_TAG
from models_app.web.model_sources import ModelSource, sources_of

METRIC, PARAM = "metrics", "params"
METRIC_COLUMNS, PARAM_COLUMNS = 5, 4
MOST_COLUMNS = 100  # the head of each holds an address that names them all: a page of 800 takes 28 MB
WANTED_TAGS = (PARENT_TAG, HISTORY_TAG)

Value = str | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """`differs` says that the shown runs do not agree on it; such columns come first."""

    kind: str
    key: str
    differs: bool = False
    coverage: int = 0
    is_shown: bool = False
    is_first: bool = False

    @property
    def name(self) -> str:
        """As the filter language, the sort and the `cols` of an address call it."""
        return f"{self.kind}.{self.key}"

    @property
    def is_metric(self) -> bool:
        return self.kind == METRIC


@dataclass(slots=True)
class Row:
    """`sources` are the models one can register. `depth` counts the ancestors that stand above it in the table;
    `parent` is named when it stands elsewhere."""

    run: Run
    cells: list[tuple[Column, Value]] = field(default_factory=list)
    datasets: list[DatasetInput] = field(default_factory=list)
    sources: list[ModelSource] = field(default_factory=list)
    versions: list[ModelVersion] = field(default_factory=list)
    parent: Run | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class RunsTable:
    rows: list[Row]
    columns: list[Column]
    metric_choices: list[Column]
    param_choices: list[Column]

    @property
    def metrics(self) -> list[Column]:
        return [column for column in self.columns if column.is_metric]

    @property
    def params(self) -> list[Column]:
        return [column for column in self.columns if not column.is_metric]

    @property
    def hidden_count(self) -> int:
        return len(self.metric_choices) + len(self.param_choices) - len(self.columns)


def build_table(actor: Actor, runs: Sequence[Run], *, chosen: Sequence[str] = (), nests: bool = True) -> RunsTable:
    """`chosen` are the column names of the address; without them the most telling ones are shown."""
    run_ids = [run.pk for run in runs]
    values = _values_of(run_ids)
    choices = _choices(values, len(runs), chosen)
    columns = [column for kind in (METRIC, PARAM) for column in _in_order(choices[kind], chosen)]
    tags = _tags_of(run_ids)
    sources = sources_of(actor, {run_id: tags[run_id].get(HISTORY_TAG, "") for run_id in run_ids})
    datasets = _datasets_of(run_ids)
    parents = _parents_of(actor, runs, tags)
    rows = [
        Row(
            run,
            [(column, values[column.kind].get(column.key, {}).get(run.pk)) for column in columns],
            datasets.get(run.pk, []),
            [source for source in sources[run.pk] if not source.refusal],
            _versions_in(sources[run.pk]),
            parents.get(run.pk),
        )
        for run in runs
    ]
    return RunsTable(_nested(rows) if nests else rows, columns, choices[METRIC], choices[PARAM])


def _values_of(run_ids: Sequence[str]) -> dict[str, dict[str, dict[str, Value]]]:
    """By kind, key and run. Tuples, not objects: fifty runs may bring thousands of values."""
    found: dict[str, dict[str, dict[str, Value]]] = {METRIC: {}, PARAM: {}}
    metrics = LatestMetric.objects.filter(run_id__in=run_ids).order_by()
    for run_id, key, number, is_nan in metrics.values_list("run_id", "key", "value", "is_nan"):
        found[METRIC].setdefault(key, {})[run_id] = float("nan") if is_nan else number
    params = Param.objects.filter(run_id__in=run_ids).order_by()
    for run_id, key, value in params.values_list("run_id", "key", "value"):
        found[PARAM].setdefault(key, {})[run_id] = value
    return found


def _choices(
    values: dict[str, dict[str, dict[str, Value]]], run_count: int, chosen: Sequence[str]
) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    for kind, limit in ((METRIC, METRIC_COLUMNS), (PARAM, PARAM_COLUMNS)):
        keys = set(values[kind]) | {name.partition(".")[2] for name in chosen if name.startswith(f"{kind}.")}
        columns = [_column(kind, key, values[kind].get(key, {}), run_count) for key in keys]
        columns.sort(key=_usefulness)
        shown = set(chosen) or {column.name for column in columns if not _is_machine(column)} & {
            column.name for column in columns[:limit]
        }
        found[kind] = [
            Column(kind, column.key, column.differs, column.coverage, column.name in shown) for column in columns
        ]
    return found


def _column(kind: str, key: str, by_run: dict[str, Value], run_count: int) -> Column:
    distinct = {repr(value) for value in by_run.values()}
    return Column(kind, key, len(distinct) > 1 or 0 < len(by_run) < run_count, len(by_run))


def _is_machine(column: Column) -> bool:
    return column.is_metric and column.key.startswith(MACHINE_PREFIX)


def _usefulness(column: Column) -> tuple[bool, bool, int, str]:
    return (_is_machine(column), not column.differs, -column.coverage, column.key)


def _in_order(choices: Iterable[Column], chosen: Sequence[str]) -> list[Column]:
    """Chosen columns stand in the order of the address."""
    shown = [column for column in choices if column.is_shown]
    if chosen:
        shown.sort(key=lambda column: chosen.index(column.name))
    return [
        Column(column.kind, column.key, column.differs, column.coverage, True, index == 0)
        for index, column in enumerate(shown)
    ]


def _tags_of(run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {run_id: {} for run_id in run_ids}
    tags = RunTag.objects.filter(run_id__in=run_ids, key__in=WANTED_TAGS).order_by()
    for run_id, key, value in tags.values_list("run_id", "key", "value"):
        found[run_id][key] = value
    return found


def _datasets_of(run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
    found: dict[str, list[DatasetInput]] = {}
    inputs = DatasetInput.objects.filter(run_id__in=run_ids).select_related("dataset")
    # Schema and profile are megabytes at worst and no column shows them.
    for each in inputs.defer("dataset__schema", "dataset__profile", "dataset__source"):
        found.setdefault(each.run_id, []).append(each)
    return found


def _parents_of(actor: Actor, runs: Sequence[Run], tags: dict[str, dict[str, str]]) -> dict[str, Run]:
    parent_ids = {run_id: known[PARENT_TAG] for run_id, known in tags.items() if PARENT_TAG in known}
    found = {run.pk: run for run in runs}
    elsewhere = set(parent_ids.values()) - found.keys()
    found |= {run.pk: run for run in Run.objects.visible_to(actor).filter(pk__in=elsewhere)}
    return {run_id: found[parent_id] for run_id, parent_id in parent_ids.items() if parent_id in found}


def _versions_in(sources: Iterable[ModelSource]) -> list[ModelVersion]:
    return [version for source in sources for version in source.versions]


def _nested(rows: list[Row]) -> list[Row]:
    """Children follow their parent where both are on the page; the rest keeps its place."""
    shown = {row.run.pk for row in rows}
    children: dict[str, list[Row]] = {}
    for row in rows:
        if row.parent and row.parent.pk in shown:
            children.setdefault(row.parent.pk, []).append(row)
    placed: list[Row] = []
    waiting = [row for row in reversed(rows) if not (row.parent and row.parent.pk in shown)]
    while waiting:
        row = waiting.pop()
        placed.append(row)
        for child in reversed(children.pop(row.run.pk, [])):
            child.depth = min(row.depth + 1, 4)
            waiting.append(child)
    # Runs that name each other as parents would vanish otherwise.
    reached = {row.run.pk for row in placed}
    return placed + [row for row in rows if row.run.pk not in reached]
