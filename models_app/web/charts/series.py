"""Series for the charts: metric histories of one or many runs, read in one pass and thinned on the way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db.models import F, Func, TextField, Value

from models_app.models import Metric
from models_app.models.metrics import Extent
from models_app.web.charts.keys import Reach
from models_app.web.charts.thinning import Row, Sample, Thinner, Trend, thin
from models_app.web.selections import Chosen

STEP, SINCE, TIME = "step", "since", "time"
AXES = (STEP, SINCE, TIME)
CHUNK = 5_000
LARGEST = 2**63 - 1
# What all curves of a chart may hold together: a hundred of them as well as one stay light and smooth.
STRETCHES_SMALL, STRETCHES_LARGE = 3_000, 8_000
FEWEST, MOST_SMALL, MOST_LARGE = 30, 250, 1_000
SPARK_STRETCHES, SPARK_POINTS = 24, 20_000
POINT_ORDER = ("run_id", "step", "timestamp", "value", "is_nan")  # that of the constraint's index, which holds it all


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the curves of a chart are asked for: `low` and `high` bound what is seen of the axis."""

    axis: str = STEP
    smoothing: float = 0.0
    is_large: bool = False
    low: int | None = None
    high: int | None = None

    def stretches(self, curves: int) -> int:
        total, most = (STRETCHES_LARGE, MOST_LARGE) if self.is_large else (STRETCHES_SMALL, MOST_SMALL)
        return max(FEWEST, min(most, total // max(1, curves)))

    @property
    def is_bounded(self) -> bool:
        return self.low is not None or self.high is not None

    def bounds(self, column: str) -> dict[str, int]:
        """As a filter; numbers beyond the column's range would be an error on PostgreSQL."""
        given = {f"{column}__gte": self.low, f"{column}__lte": self.high}
        return {name: max(-LARGEST, min(LARGEST, value)) for name, value in given.items() if value is not None}

    def holds(self, x: int) -> bool:
        return (self.low is None or x >= self.low) and (self.high is None or x <= self.high)


@dataclass(frozen=True, slots=True)
class Curve:
    """`samples` are drawn, `count` were logged, as far as they were read; `trend` is the smoothed curve. `low` and
    `high` are of all points of the stretch."""

    run_id: str
    samples: list[Sample]
    trend: list[tuple[int, float]]
    count: int
    low: float | None
    high: float | None

    @property
    def data(self) -> dict[str, Any]:
        """For the script: each x as its distance from the one before, which is a third of the weight."""
        found: dict[str, Any] = {
            "run": self.run_id,
            "count": self.count,
            "low": self.low,
            "high": self.high,
            "x": _steps([x for x, _ in self.samples]),
            "y": [y for _, y in self.samples],
        }
        if self.trend:
            found |= {"tx": _steps([x for x, _ in self.trend]), "ty": [float(f"{y:.6g}") for _, y in self.trend]}
        return found


def _steps(values: Sequence[int]) -> list[int]:
    return [value - before for value, before in zip(values, (0, *values), strict=False)]


class _AsLogged(Func):
    """A flag as 0 or 1. Django would make each a bool or an int by itself, which took a third of all the time; what is
    said to be text it leaves as it comes."""

    template = "CAST(%(expressions)s AS integer)"
    output_field = TextField()


def axis_for(axis: str, reaches: Iterable[Reach]) -> str:
    """Curves that were all logged without steps are drawn over time."""
    return TIME if axis == STEP and not any(reach.has_steps for reach in reaches) else axis


def read_curves(chosen: Sequence[Chosen], key: str, reaches: Mapping[str, Reach], wanted: Wanted) -> list[Curve]:
    """One query for all of them, in the order of the index that holds each curve by step; memory stays flat."""
    ids = [each.pk for each in chosen if each.pk in reaches]
    if not ids:
        return []
    axis = axis_for(wanted.axis, reaches.values())
    column = "step" if axis == STEP else "timestamp"
    origins = {
        each.pk: _origin(each, reaches[each.pk]) if axis == SINCE else 0 for each in chosen if each.pk in reaches
    }
    points = Metric.objects.filter(run_id__in=ids, key=key).order_by(*POINT_ORDER)
    if axis != SINCE and not wanted.smoothing:
        points = points.filter(**wanted.bounds(column))
    # An id in every row takes a sixth of the time, and a single run needs none.
    whose = F("run_id") if len(ids) > 1 else Value("")
    rows = points.values_list(whose, column, "value", _AsLogged("is_nan")).iterator(chunk_size=CHUNK)
    limit = wanted.stretches(len(ids))
    found = {}
    for named, of_run in groupby(rows, key=itemgetter(0)):
        run_id = named or ids[0]
        found[run_id] = _curve(run_id, of_run, origins[run_id], wanted, limit)
    return [found[run_id] for run_id in ids if run_id in found]


def _origin(each: Chosen, reach: Reach) -> int:
    """A run that began after its first point, or never said when, is counted from its first point."""
    started = each.run.started_at
    return started if 0 < started <= reach.first_at else reach.first_at


def _curve(run_id: str, rows: Iterator[Row], origin: int, wanted: Wanted, limit: int) -> Curve:
    thinner, trend = Thinner(limit), Trend(wanted.smoothing, limit)
    count = 0
    while block := list(islice(rows, CHUNK)):
        count += len(block)
        if wanted.smoothing:
            trend.add(block)
        if wanted.is_bounded:
            block = [row for row in block if wanted.holds(row[1] - origin)]
        thinner.add(block)
    samples = [(x - origin, value) for x, value in thinner.kept()]
    kept = [(x - origin, value) for x, value in trend.kept() if wanted.holds(x - origin)] if wanted.smoothing else []
    return Curve(run_id, samples, kept, count, *thinner.ends)


def sparks(run_id: str, extents: Mapping[str, Extent]) -> dict[str, list[float | None]]:
    """A few values of each curve for the lines beside the numbers; none at all for a run of very many points."""
    keys = [key for key, extent in extents.items() if extent.count > 1]
    if not keys or sum(extents[key].count for key in keys) > SPARK_POINTS:
        return {}
    rows = Metric.objects.filter(run_id=run_id, key__in=keys).order_by("key", "step", "timestamp", "pk")
    values: dict[str, list[float | None]] = {}
    for key, value, is_nan in rows.values_list("key", "value", "is_nan"):
        values.setdefault(key, []).append(None if is_nan else value)
    return {key: _spark(found) for key, found in values.items()}


def _spark(values: list[float | None]) -> list[float | None]:
    if len(values) <= SPARK_STRETCHES * 2:
        return values
    return [value for _, value in thin(enumerate(values), SPARK_STRETCHES)]
