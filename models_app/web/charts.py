"""Series for the charts: a run's metric history, thinned to what a screen can show without losing an extreme."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models_app.models import Metric
from models_app.models.metrics import Extent

STEP, TIME = "step", "time"
AXES = (STEP, TIME)
CHUNK = 5_000
BUCKETS_SMALL, BUCKETS_LARGE = 200, 1_000
SPARK_BUCKETS, SPARK_POINTS = 15, 20_000

Sample = tuple[int, float | None]


@dataclass(slots=True)
class Bucket:
    """The first, lowest, highest and last sample of a stretch of the axis, and a gap if a NaN fell into it."""

    first: Sample
    low: Sample
    high: Sample
    last: Sample
    has_gap: bool = False

    def add(self, sample: Sample) -> None:
        value = sample[1]
        if value is None:
            self.has_gap = True
            return
        if self.low[1] is None or value < self.low[1]:
            self.low = sample
        if self.high[1] is None or value > self.high[1]:
            self.high = sample
        self.last = sample
        if self.first[1] is None:
            self.first = sample

    def samples(self) -> Iterator[Sample]:
        yield from sorted({self.first, self.low, self.high, self.last}, key=lambda sample: sample[0])


@dataclass(frozen=True, slots=True)
class Series:
    """`x` and `y` have one length; None in `y` is a gap (a NaN). `is_thinned` says that points were left out."""

    key: str
    x: list[int]
    y: list[float | None]
    is_thinned: bool = False
    extent: Extent | None = field(default=None)

    def data(self) -> dict[str, Any]:
        return {"key": self.key, "x": self.x, "y": self.y}


def read_series(run_id: str, extent: Extent, *, axis: str, buckets: int = BUCKETS_SMALL) -> Series:
    """Reads in chunks, so that memory stays flat for a million points."""
    column = "timestamp" if axis == TIME else "step"
    order = ("timestamp", "step", "pk") if axis == TIME else ("step", "timestamp", "pk")
    points = Metric.objects.filter(run_id=run_id, key=extent.key).order_by(*order)
    rows = points.values_list(column, "value", "is_nan").iterator(chunk_size=CHUNK)
    samples: Iterable[Sample] = ((x, None if is_nan else value) for x, value, is_nan in rows)
    low, high = _reach(extent, axis)
    if extent.count > buckets * 4:
        samples = thin(samples, low, high, buckets)
    kept = list(samples)
    return Series(extent.key, [x for x, _ in kept], [y for _, y in kept], len(kept) < extent.count, extent)


def sparks(run_id: str, extents: Mapping[str, Extent]) -> dict[str, list[float | None]]:
    """A few values of each curve for the lines beside the numbers; none at all for a run of very many points."""
    curves = {key: extent for key, extent in extents.items() if extent.count > 1}
    if not curves or sum(extent.count for extent in curves.values()) > SPARK_POINTS:
        return {}
    rows = Metric.objects.filter(run_id=run_id, key__in=list(curves)).order_by("key", "step", "timestamp", "pk")
    samples: dict[str, list[Sample]] = {}
    for key, step, value, is_nan in rows.values_list("key", "step", "value", "is_nan"):
        samples.setdefault(key, []).append((step, None if is_nan else value))
    return {key: [value for _, value in _spark(found, curves[key])] for key, found in samples.items()}


def _spark(samples: list[Sample], extent: Extent) -> list[Sample]:
    if len(samples) <= SPARK_BUCKETS * 4:
        return samples
    return thin(samples, extent.first_step, extent.last_step, SPARK_BUCKETS)


def thin(samples: Iterable[Sample], low: int, high: int, buckets: int) -> list[Sample]:
    """At most four samples per bucket: where it starts and ends, and its extremes. Samples come in order of x."""
    width = max(1, high - low + 1)
    filled: dict[int, Bucket] = {}
    for sample in samples:
        index = (sample[0] - low) * buckets // width
        bucket = filled.get(index)
        if bucket is None:
            filled[index] = Bucket(sample, sample, sample, sample, sample[1] is None)
        else:
            bucket.add(sample)
    return [sample for index in sorted(filled) for sample in filled[index].samples()]


def _reach(extent: Extent, axis: str) -> tuple[int, int]:
    if axis == TIME:
        return extent.first_at, extent.last_at
    return extent.first_step, extent.last_step


def grouped(extents: Sequence[Extent]) -> list[tuple[str, list[Extent]]]:
    """Metrics by what stands before the last slash of their key ("train/loss"), those without one first."""
    groups: dict[str, list[Extent]] = {}
    for extent in sorted(extents, key=lambda extent: extent.key):
        groups.setdefault(extent.key.rpartition("/")[0], []).append(extent)
    # System metrics are the machine's, not the model's: last.
    return sorted(groups.items(), key=lambda group: (group[0].startswith("system"), group[0]))
