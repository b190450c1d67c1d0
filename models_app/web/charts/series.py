"""Series for the charts: a run's metric history, thinned to what a screen can show without losing an extreme."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from json import dumps

from models_app.models import Metric
from models_app.models.metrics import MACHINE_PREFIX, Extent

STEP, TIME = "step", "time"
AXES = (STEP, TIME)
CHUNK = 5_000
BUCKETS_SMALL, BUCKETS_LARGE = 200, 1_000
SPARK_BUCKETS, SPARK_POINTS = 24, 20_000

Sample = tuple[int, float | None]


@dataclass(slots=True)
class Bucket:
    """The lowest and the highest sample of a stretch of the axis; NaN stands for itself where there is nothing else."""

    low: Sample
    high: Sample

    def add(self, sample: Sample) -> None:
        value = sample[1]
        if value is None:
            return
        if self.low[1] is None or value < self.low[1]:
            self.low = sample
        if self.high[1] is None or value > self.high[1]:
            self.high = sample

    def samples(self) -> list[Sample]:
        if self.low == self.high:
            return [self.low]
        return [self.low, self.high] if self.low[0] <= self.high[0] else [self.high, self.low]


@dataclass(frozen=True, slots=True)
class Series:
    """`x` and `y` have one length; None in `y` is a gap (a NaN). `is_thinned` says that points were left out."""

    extent: Extent
    axis: str
    x: list[int]
    y: list[float | None]
    is_thinned: bool

    @property
    def key(self) -> str:
        return self.extent.key

    @property
    def latest(self) -> float:
        """Of the last x; NaN where that was logged."""
        last = self.y[-1] if self.y else None
        return math.nan if last is None else last

    @property
    def json(self) -> str:
        """For an attribute: htmx takes script elements out of what it swaps in, those with data too."""
        return dumps({"x": self.x, "y": self.y}, separators=(",", ":"))


def read_series(run_id: str, extent: Extent, *, axis: str, buckets: int = BUCKETS_SMALL) -> Series:
    """Reads in chunks, so that memory stays flat for a million points. A curve without steps is drawn over time."""
    axis = axis if extent.has_steps else TIME
    column = "timestamp" if axis == TIME else "step"
    order = ("timestamp", "step", "pk") if axis == TIME else ("step", "timestamp", "pk")
    points = Metric.objects.filter(run_id=run_id, key=extent.key).order_by(*order)
    rows = points.values_list(column, "value", "is_nan").iterator(chunk_size=CHUNK)
    samples: Iterable[Sample] = ((x, None if is_nan else value) for x, value, is_nan in rows)
    low, high = _reach(extent, axis)
    if extent.count > buckets * 2:
        samples = thin(samples, low, high, buckets)
    kept = list(samples)
    return Series(extent, axis, [x for x, _ in kept], [y for _, y in kept], len(kept) < extent.count)


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
    if len(values) <= SPARK_BUCKETS * 2:
        return values
    return [value for _, value in thin(enumerate(values), 0, len(values) - 1, SPARK_BUCKETS)]


def thin(samples: Iterable[Sample], low: int, high: int, buckets: int) -> list[Sample]:
    """The first and the last sample, and each bucket's extremes between them. Samples come in order of x."""
    width = max(1, high - low + 1)
    filled: dict[int, Bucket] = {}
    first = last = None
    for last in samples:
        first = first or last
        index = (last[0] - low) * buckets // width
        if index in filled:
            filled[index].add(last)
        else:
            filled[index] = Bucket(last, last)
    kept = [sample for index in sorted(filled) for sample in filled[index].samples()]
    if first and kept[0] != first:
        kept.insert(0, first)
    if last and kept[-1] != last:
        kept.append(last)
    return kept


def _reach(extent: Extent, axis: str) -> tuple[int, int]:
    if axis == TIME:
        return extent.first_at, extent.last_at
    return extent.first_step, extent.last_step


def in_order(extents: Iterable[Extent]) -> list[Extent]:
    """Metrics of one prefix ("train/loss") side by side; those of the machine, not the model's, come last."""
    return sorted(extents, key=lambda extent: (extent.key.startswith(MACHINE_PREFIX), extent.key.rpartition("/")))
