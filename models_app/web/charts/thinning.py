"""A million points as a few hundred: each stretch of the axis keeps its lowest and its highest sample."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import gt, itemgetter

Sample = tuple[int, float | None]


@dataclass(slots=True)
class Bucket:
    """The lowest and the highest sample of a stretch of the axis, and a gap where most of what lies there is NaN."""

    low: Sample | None = None
    high: Sample | None = None
    gap: Sample | None = None
    numbers: int = 0
    gaps: int = 0

    def add(self, sample: Sample) -> None:
        value = sample[1]
        if value is None:
            self.gaps += 1
            self.gap = self.gap or sample
            return
        self.numbers += 1
        if self.low is None or value < self.low[1]:  # type: ignore[operator]  # a number, as it is the low one
            self.low = sample
        if self.high is None or value > self.high[1]:  # type: ignore[operator]  # ditto
            self.high = sample

    def take(self, other: "Bucket") -> None:
        numbers, gaps = self.numbers + other.numbers, self.gaps + other.gaps
        for sample in (other.low, other.high, other.gap):
            if sample is not None:
                self.add(sample)
        self.numbers, self.gaps = numbers, gaps

    def samples(self) -> list[Sample]:
        kept = {sample for sample in (self.low, self.high) if sample is not None}
        if self.gap is not None and self.gaps >= self.numbers:
            kept.add(self.gap)
        return sorted(kept, key=lambda sample: sample[0])


Row = tuple[str, int, float, int]  # of a run: where on the axis, the value, 1 for a NaN in its place
AT, VALUE, IS_NAN = itemgetter(1), itemgetter(2), itemgetter(3)


@dataclass(slots=True)
class Thinner:
    """Takes rows in blocks, in any order, without knowing how many come or how far they reach: when `limit` stretches
    are filled, their width doubles and neighbours become one. A stretch of a block is read by built-in functions, which
    take a fifth of the time of a loop."""

    limit: int
    count: int = 0
    first: Sample | None = None
    last: Sample | None = None
    _filled: dict[int, Bucket] = field(default_factory=dict)
    _origin: int = 0
    _width: int = 1

    def add(self, block: list[Row]) -> None:
        if not block:
            return
        places = [AT(row) for row in block]
        if any(map(gt, places, places[1:])):
            block = sorted(block, key=AT)  # over time only: by step they come in order
            places = [AT(row) for row in block]
        self._see_ends(_sample(block[0]), _sample(block[-1]))
        if not self.count:
            self._origin = places[0]
        self.count += len(block)
        start = 0
        while start < len(block):
            bucket, end = self._bucket_at(places[start])
            stop = bisect_left(places, end, start)
            _fill(bucket, block[start:stop])
            start = stop

    def _see_ends(self, first: Sample, last: Sample) -> None:
        if self.first is None or first[0] < self.first[0]:
            self.first = first
        if self.last is None or last[0] >= self.last[0]:
            self.last = last

    def _bucket_at(self, x: int) -> tuple[Bucket, int]:
        """The stretch that holds x, and where the next one begins."""
        index = (x - self._origin) // self._width
        while index not in self._filled and len(self._filled) >= self.limit:
            self._widen()
            index = (x - self._origin) // self._width
        bucket = self._filled.setdefault(index, Bucket())
        return bucket, self._origin + (index + 1) * self._width

    def _widen(self) -> None:
        self._width *= 2
        wider: dict[int, Bucket] = {}
        for index, bucket in self._filled.items():
            known = wider.setdefault(index // 2, bucket)
            if known is not bucket:
                known.take(bucket)
        self._filled = wider

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The lowest and the highest of all."""
        lows = [bucket.low[1] for bucket in self._filled.values() if bucket.low and bucket.low[1] is not None]
        highs = [bucket.high[1] for bucket in self._filled.values() if bucket.high and bucket.high[1] is not None]
        return min(lows, default=None), max(highs, default=None)

    def kept(self) -> list[Sample]:
        """In order of x: the first and the last sample, and each stretch's extremes between them."""
        kept = [sample for index in sorted(self._filled) for sample in self._filled[index].samples()]
        if self.first and self.first not in kept[:1]:
            kept.insert(0, self.first)
        if self.last and self.last not in kept[-1:]:
            kept.append(self.last)
        return kept


def _sample(row: Row) -> Sample:
    return (row[1], None if row[3] else row[2])


def _fill(bucket: Bucket, rows: list[Row]) -> None:
    if any(map(IS_NAN, rows)):
        for row in rows:
            bucket.add(_sample(row))
        return
    bucket.add(_sample(min(rows, key=VALUE)))
    bucket.add(_sample(max(rows, key=VALUE)))
    bucket.numbers += len(rows) - 2


@dataclass(slots=True)
class Trend:
    """An exponential moving average over every sample, debiased: early values are not drawn towards 0.

    Steps are not weighed by their distance. `weight` is what stays of the average at each sample, from 0 to below 1.
    """

    weight: float
    limit: int
    _points: list[tuple[int, float]] = field(default_factory=list)
    _average: float = 0.0
    _bias: float = 1.0
    _taken: int = 0
    _stride: int = 1
    _latest: tuple[int, float] | None = None

    def add(self, block: list[Row]) -> None:
        average, taken, weight, rest, bias = self._average, self._taken, self.weight, 1 - self.weight, self._bias
        for _, x, value, is_nan in block:
            if is_nan or value > HUGE or value < -HUGE:
                continue
            average = weight * average + rest * value
            bias *= weight
            taken += 1
            if taken % self._stride == 0:
                self._keep((x, average / (1 - bias)))
            self._latest = (x, average / (1 - bias))
        self._average, self._taken, self._bias = average, taken, bias

    def _keep(self, point: tuple[int, float]) -> None:
        self._points.append(point)
        if len(self._points) > 2 * self.limit:
            self._points = self._points[1::2]
            self._stride *= 2

    def kept(self) -> list[tuple[int, float]]:
        points = (
            [*self._points, self._latest] if self._latest and self._latest not in self._points[-1:] else self._points
        )
        return sorted(point for point in points if point is not None and math.isfinite(point[1]))


HUGE = 1e300  # a sum with such a number has no room for others


def thin(samples: Iterable[Sample], limit: int) -> list[Sample]:
    thinner = Thinner(limit)
    thinner.add([("", x, value or 0.0, value is None) for x, value in samples])
    return thinner.kept()
