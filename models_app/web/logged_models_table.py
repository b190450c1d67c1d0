"""The table of an experiment's logged models: metrics by the dataset they were measured on, params, runs, versions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from models_app.actors import Actor
from models_app.models import LoggedModel, LoggedModelMetric, LoggedModelParam, ModelVersion, Run
from models_app.search import Key, Order
from models_app.search.ordering import ON_NO_DATASET
from models_app.web import addresses, figures
from models_app.web.lists import Question
from models_app.web.model_sources import ModelSource

METRIC, PARAM = "metrics", "params"
METRIC_COLUMNS, PARAM_COLUMNS = 8, 3
MOST_COLUMNS = 60
LEAST_COVERAGE = 5  # a metric of fewer than a fifth of the models gets a column only when asked for
CHOICES = 300  # of each kind; a model may have logged ten thousand

Measured = tuple[str, str, str, int]  # key, name and digest of the dataset, number of models


@dataclass(frozen=True, slots=True)
class Column:
    """`dataset` is (name, digest) of what a metric was measured on, empty texts where the client did not say."""

    kind: str
    key: str
    dataset: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, name: str) -> "Column":
        kind, _, rest = name.partition(".")
        key, *dataset = (unquote(part) for part in rest.split(","))
        on = (dataset[0], dataset[1]) if len(dataset) == 2 else ("", "")
        return cls(kind, key, on if kind == METRIC else ("", ""))

    @property
    def name(self) -> str:
        """As the `sort` and the `cols` of an address call it."""
        parts = (self.key, *self.dataset) if any(self.dataset) else (self.key,)
        return f"{self.kind}.{','.join(quote(part, safe='') for part in parts)}"

    @property
    def is_metric(self) -> bool:
        return self.kind == METRIC


class ModelsQuestion(Question):
    """A metric to sort by names the dataset it was measured on."""

    @property
    def order(self) -> Order:
        column = Column.of(self.sort.removeprefix("-"))
        if not column.is_metric:
            return super().order
        on = column.dataset if any(column.dataset) else ON_NO_DATASET
        return Order(Key(METRIC, column.key, True), self.sort.startswith("-"), on)


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one heading: a dataset's metrics, or the params."""

    title: str
    href: str
    columns: list[Column]


@dataclass(slots=True)
class Row:
    source: ModelSource
    model: LoggedModel
    run: Run | None
    cells: list[tuple[Column, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ModelsTable:
    """`choices` are all columns that could be shown, with whether they are."""

    rows: list[Row]
    groups: list[Group]
    choices: list[tuple[Column, bool]]

    @property
    def columns(self) -> list[Column]:
        return [column for group in self.groups for column in group.columns]

    @property
    def starts(self) -> set[Column]:
        """The columns that begin a group."""
        return {group.columns[0] for group in self.groups}

    @property
    def hidden_count(self) -> int:
        return sum(not is_shown for _, is_shown in self.choices)


def build_table(actor: Actor, models: Sequence[LoggedModel], chosen: Sequence[str] = ()) -> ModelsTable:
    """`chosen` are the column names of the address; without them the most telling ones are shown."""
    ids = [model.pk for model in models]
    metrics, params = LoggedModelMetric.objects.of_models(ids), LoggedModelParam.objects.of_models(ids)
    measured = metrics.columns(CHOICES)
    offered = _offered(measured, params.columns(CHOICES))
    wanted = {Column.of(name) for name in chosen[:MOST_COLUMNS]}
    columns = [column for column in offered if column in wanted] if wanted else _default(offered, measured)
    values = _values(metrics, params, columns)
    runs = Run.objects.visible_to(actor).in_bulk([model.source_run_id for model in models if model.source_run_id])
    versions = _versions(actor, ids)
    rows = [
        Row(
            ModelSource(model.name, model.source_run_id, "", model, versions.get(model.pk, [])),
            model,
            runs.get(model.source_run_id),
            [(column, values.get((model.pk, column))) for column in columns],
        )
        for model in models
    ]
    return ModelsTable(rows, _groups(columns), [(column, column in columns) for column in offered])


def _offered(metrics: Iterable[Measured], params: Iterable[str]) -> list[Column]:
    """Metrics by dataset, those of none first, within it the most telling first; then the params."""
    found = [Column(METRIC, key, (name, digest)) for key, name, digest, _ in metrics]
    found.sort(key=lambda column: (column.dataset, figures.importance(column.key)))
    return [*found, *(Column(PARAM, key) for key in params)]


def _default(offered: list[Column], measured: Sequence[Measured]) -> list[Column]:
    """The most telling metrics, leaving out those that hardly any of the models has."""
    enough = max((count for *_, count in measured), default=0) / LEAST_COVERAGE
    common = {Column(METRIC, key, (name, digest)) for key, name, digest, count in measured if count >= enough}
    metrics = [column for column in offered if column in common]
    telling = sorted(metrics, key=lambda column: figures.importance(column.key))[:METRIC_COLUMNS]
    params = [column for column in offered if not column.is_metric][:PARAM_COLUMNS]
    return [column for column in offered if column in telling or column in params]


def _values(metrics: Any, params: Any, columns: list[Column]) -> dict[tuple[str, Column], Any]:
    shown = set(columns)
    found: dict[tuple[str, Column], Any] = {}
    keys = {column.key for column in columns if column.is_metric}
    for point in metrics.filter(key__in=keys).latest_points():
        column = Column(METRIC, point.key, (point.dataset_name, point.dataset_digest))
        if column in shown:
            found[point.logged_model_id, column] = point
    keys = {column.key for column in columns if not column.is_metric}
    for param in params.filter(key__in=keys):
        found[param.logged_model_id, Column(PARAM, param.key)] = param.value
    return found


def _versions(actor: Actor, ids: list[str]) -> dict[str, list[ModelVersion]]:
    found: dict[str, list[ModelVersion]] = {}
    for version in ModelVersion.objects.visible_to(actor).from_logged_models(ids).prefetch_related("aliases"):
        found.setdefault(version.logged_model_id, []).append(version)
    return found


def _groups(columns: list[Column]) -> list[Group]:
    groups: dict[tuple[str, tuple[str, str]], Group] = {}
    for column in columns:
        title = "Params" if not column.is_metric else column.dataset[0] or "Metrics"
        href = addresses.dataset(column.dataset[1]) if column.dataset[1] else ""
        groups.setdefault((column.kind, column.dataset), Group(title, href, [])).columns.append(column)
    return list(groups.values())
