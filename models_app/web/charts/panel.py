"""What a page of charts over runs shows: its metrics, twelve at a time, or one picture of all the runs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q

from models_app.models import LatestMetric, Metric
from models_app.web.charts import keys, pictures
from models_app.web.charts.columns import METRICS, PARAMS, Column, read_columns
from models_app.web.charts.keys import Reach, is_machine
from models_app.web.charts.pictures import Bars
from models_app.web.charts.questions import BARS, BOXES, CURVES, HIGHEST, LATEST, PARALLEL, SCATTER, ChartQuestion
from models_app.web.charts.series import axis_for
from models_app.web.selections import Chosen

SHOWN = 12
FIGURE_ROWS = 300  # of the table that stands for the curves
SUGGESTED = 200
DEFAULT_AXES = (5, 3)  # params and metrics of parallel coordinates, when none are chosen


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric: its curves, which the script fetches, or bars of single figures."""

    key: str
    axis: str = ""
    bars: Bars | None = None
    run_count: int = 0
    latest: float | None = None

    @property
    def name(self) -> str:
        """Of the element, and the same whenever the chart is drawn again: a key may hold anything."""
        return f"chart-{blake2s(self.key.encode(), digest_size=6).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Panel:
    """`own` and `machine` are charts of the model's and of the machine's metrics; `total` metrics are found."""

    own: Sequence[Chart] = ()
    machine: Sequence[Chart] = ()
    total: int = 0
    start: int = 0
    picture: Any = None
    question: ChartQuestion = field(default_factory=ChartQuestion)
    suggestions: Sequence[str] = ()
    has_more_names: bool = False
    table: Sequence[Any] = ()
    columns: Sequence[Column] = ()

    @property
    def charts(self) -> list[Chart]:
        return [*self.own, *self.machine]

    @property
    def end(self) -> int:
        return self.start + len(self.charts)

    @property
    def next_from(self) -> int | None:
        return self.start + SHOWN if self.start + SHOWN < self.total else None

    @property
    def previous_from(self) -> int | None:
        return max(0, self.start - SHOWN) if self.start else None


def make_panel(chosen: Sequence[Chosen], question: ChartQuestion) -> Panel:
    """A fixed number of queries, however many runs, metrics and points there are."""
    if question.kind in {CURVES, BARS}:
        return _metrics(chosen, question)
    return _picture(chosen, question)


def _metrics(chosen: Sequence[Chosen], question: ChartQuestion) -> Panel:
    ids = [each.pk for each in chosen]
    found = [question.key] if question.key else keys.metric_keys(ids, question.words)
    shown = found[question.start : question.start + SHOWN]
    known = keys.reaches(ids, shown) if shown else {}
    if question.as_figures:
        return Panel(total=len(found), start=question.start, question=question, table=_figures(chosen, shown))
    ranges = _ranges(ids, shown) if question.kind == BARS and question.of != LATEST else {}
    charts = [_chart(chosen, key, known.get(key, {}), question, ranges.get(key, {})) for key in shown]
    return Panel(
        # Curves before bars: cards of one height stand beside each other.
        own=sorted((chart for chart in charts if not is_machine(chart.key)), key=lambda chart: chart.bars is not None),
        machine=[chart for chart in charts if is_machine(chart.key)],
        total=len(found),
        start=question.start,
        question=question,
    )


def one_run_panel(each: Chosen, question: ChartQuestion) -> tuple[Panel, list[Reach]]:
    """Its curves, those of one prefix side by side, and its single figures, which are said and not drawn."""
    found = {key: known[each.pk] for key, known in keys.reaches([each.pk]).items()}
    wanted = {key: reach for key, reach in found.items() if all(word in key.lower() for word in question.words)}
    curves = keys.in_order(key for key, reach in wanted.items() if reach.is_curve)
    shown = curves[question.start : question.start + SHOWN]
    if question.as_figures:
        return Panel(total=len(curves), start=question.start, question=question, table=_figures([each], shown)), []
    charts = [_chart([each], key, {each.pk: found[key]}, question, {}) for key in shown]
    panel = Panel(
        own=[chart for chart in charts if not is_machine(chart.key)],
        machine=[chart for chart in charts if is_machine(chart.key)],
        total=len(curves),
        start=question.start,
        question=question,
    )
    return panel, [wanted[key] for key in keys.in_order(wanted) if not wanted[key].is_curve]


def _chart(
    chosen: Sequence[Chosen],
    key: str,
    known: Mapping[str, Reach],
    question: ChartQuestion,
    ranges: Mapping[str, tuple[float | None, float | None]],
) -> Chart:
    latest = next(iter(known.values())).number if len(known) == 1 else None
    if question.kind == CURVES and any(reach.is_curve for reach in known.values()):
        return Chart(key, axis_for(question.axis, known.values()), None, len(known), latest)
    if question.of == LATEST or question.kind == CURVES:
        values = {run_id: reach.number for run_id, reach in known.items()}
    else:
        place = 1 if question.of == HIGHEST else 0
        values = {run_id: math.nan if (end := both[place]) is None else end for run_id, both in ranges.items()}
    return Chart(key, "", pictures.bars(chosen, values, is_large=bool(question.key)), len(known), latest)


def _ranges(ids: Sequence[str], shown: Sequence[str]) -> dict[str, dict[str, tuple[float | None, float | None]]]:
    """The lowest and highest of every point: only for who asks, as this reads them all."""
    finite = Q(is_nan=False)
    rows = Metric.objects.filter(run_id__in=ids, key__in=shown).order_by().values_list("key", "run_id")
    found: dict[str, dict[str, tuple[float | None, float | None]]] = {}
    for key, run_id, low, high in rows.annotate(low=Min("value", filter=finite), high=Max("value", filter=finite)):
        found.setdefault(key, {})[run_id] = (low, high)
    return found


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A curve in figures; `is_first` opens the rows of its metric."""

    key: str
    each: Chosen
    latest: Any
    count: int
    low: float | None
    high: float | None
    first_step: int
    last_step: int
    is_first: bool


def _figures(chosen: Sequence[Chosen], shown: Sequence[str]) -> list[FigureRow]:
    shown = shown[: max(1, FIGURE_ROWS // max(1, len(chosen)))]
    ids = [each.pk for each in chosen]
    latest = {(row.key, row.run_id): row for row in LatestMetric.objects.filter(run_id__in=ids, key__in=shown)}
    finite = Q(is_nan=False)
    rows = Metric.objects.filter(run_id__in=ids, key__in=shown).order_by().values_list("key", "run_id")
    counted = rows.annotate(
        count=Count("pk"),
        low=Min("value", filter=finite),
        high=Max("value", filter=finite),
        first_step=Min("step"),
        last_step=Max("step"),
    )
    facts = {(key, run_id): values for key, run_id, *values in counted}
    found: list[FigureRow] = []
    for key in shown:
        is_first = True
        for each in chosen:
            if (key, each.pk) in facts:
                count, low, high, first, last = facts[key, each.pk]
                value = latest.get((key, each.pk))
                found.append(FigureRow(key, each, value, count, low, high, first, last, is_first))
                is_first = False
    return found


def _picture(chosen: Sequence[Chosen], question: ChartQuestion) -> Panel:
    ids = [each.pk for each in chosen]
    metrics = [f"{METRICS}.{key}" for key in keys.metric_keys(ids, question.words)]
    params = [f"{PARAMS}.{key}" for key in keys.param_keys(ids)]
    question = _completed(question, metrics, params, read_columns(ids, params[:SUGGESTED]))
    names = [question.across, question.up, question.color, question.group, *question.axes]
    columns = read_columns(ids, [name for name in dict.fromkeys(names) if name])
    color = columns.get(question.color)
    picture: Any = None
    if question.kind == SCATTER and question.across and question.up:
        logs = (question.is_log_across, question.is_log)
        picture = pictures.scatter(chosen, columns[question.across], columns[question.up], color, logs=logs)
    elif question.kind == PARALLEL and len(question.axes) > 1:
        picture = pictures.parallel(chosen, [columns[name] for name in question.axes], color)
    elif question.kind == BOXES and question.up and columns[question.up].is_numeric:
        group = columns.get(question.group) or Column("", {})
        picture = pictures.boxes(chosen, columns[question.up], group, is_log=question.is_log)
    table = [(each, [pictures.said(column, each.pk) for column in columns.values()]) for each in chosen]
    suggestions = [*metrics[:SUGGESTED], *params[:SUGGESTED]]
    return Panel(
        picture=picture,
        question=question,
        suggestions=suggestions,
        has_more_names=len(metrics) > SUGGESTED or len(params) > SUGGESTED,
        table=table,
        columns=list(columns.values()),
        total=len(metrics),
    )


def column_names(ids: Sequence[str], words: Sequence[str]) -> list[str]:
    """Names with all the words in them, for the fields that choose a column."""
    metrics = [f"{METRICS}.{key}" for key in keys.metric_keys(ids)]
    params = [f"{PARAMS}.{key}" for key in keys.param_keys(ids)]
    found = [name for name in (*metrics, *params) if all(word in name.lower() for word in words)]
    return found[:SUGGESTED]


def _completed(
    question: ChartQuestion, metrics: Sequence[str], params: Sequence[str], values: Mapping[str, Column]
) -> ChartQuestion:
    """What was not chosen: the params that tell the runs apart, against the metric people quote first."""
    telling = sorted(
        (name for name in params if name in values and len(values[name].categories) > 1),
        key=lambda name: (not values[name].is_numeric, params.index(name)),
    )
    first = metrics[0] if metrics else ""
    defaults: dict[str, Any] = {}
    if question.kind == SCATTER:
        second = metrics[1] if len(metrics) > 1 else first
        defaults = {"across": telling[0] if telling else second, "up": first}
    elif question.kind == PARALLEL:
        defaults = {"axes": (*telling[: DEFAULT_AXES[0]], *reversed(metrics[: DEFAULT_AXES[1]])), "color": first}
    elif question.kind == BOXES:
        grouping = sorted(telling, key=lambda name: len(values[name].categories))
        defaults = {"up": first, "group": grouping[0] if grouping else ""}
    return replace(question, **{key: value for key, value in defaults.items() if not getattr(question, key)})


def source_of(chosen: Sequence[Chosen], question: ChartQuestion) -> str:
    """Where the script fetches the curves of each chart; the key comes from the chart."""
    state = {"x": question.axis, "smooth": f"{question.smoothing:g}" if question.smoothing else ""}
    given = [(key, value) for key, value in state.items() if value]
    return f"/charts/series?{urlencode([*(('ids', each.pk) for each in chosen), *given])}"
