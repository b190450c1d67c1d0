"""A million points as a few hundred: each stretch of the axis keeps its lowest and its highest sample."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

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
        if self.high is None or value > self.high[1]:  # type: ignore[operator]
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


@dataclass(slots=True)
class Thinner:
    """Takes samples one by one, in any order, without knowing how many come or how far they reach: when `limit`
    stretches are filled, their width doubles and neighbours become one."""

    limit: int
    count: int = 0
    first: Sample | None = None
    last: Sample | None = None
    _filled: dict[int, Bucket] = field(default_factory=dict)
    _origin: int = 0
    _width: int = 1
    _start: int = 0
    _end: int = 0
    _bucket: Bucket | None = None

    def add(self, sample: Sample) -> None:
        x = sample[0]
        if self.first is None or x < self.first[0]:
            self.first = sample
        if self.last is None or x >= self.last[0]:
            self.last = sample
        if not self.count:
            self._origin = x
        self.count += 1
        if self._bucket is not None and self._start <= x < self._end:
            self._bucket.add(sample)
            return
        self._enter(x, sample)

    def _enter(self, x: int, sample: Sample) -> None:
        index = (x - self._origin) // self._width
        while index not in self._filled and len(self._filled) >= self.limit:
            self._widen()
            index = (x - self._origin) // self._width
        self._bucket = self._filled.setdefault(index, Bucket())
        self._bucket.add(sample)
        self._start = self._origin + index * self._width
        self._end = self._start + self._width

    def _widen(self) -> None:
        self._width *= 2
        wider: dict[int, Bucket] = {}
        for index, bucket in self._filled.items():
            known = wider.setdefault(index // 2, bucket)
            if known is not bucket:
                known.take(bucket)
        self._filled = wider

    def kept(self) -> list[Sample]:
        """In order of x: the first and the last sample, and each stretch's extremes between them."""
        kept = [sample for index in sorted(self._filled) for sample in self._filled[index].samples()]
        if self.first and kept[0] != self.first:
            kept.insert(0, self.first)
        if self.last and kept[-1] != self.last:
            kept.append(self.last)
        return kept


@dataclass(slots=True)
class Trend:
    """An exponential moving average over every sample, debiased: early values are not drawn towards 0.

    Steps are not weighed by their distance. `weight` is what stays of the average at each sample, from 0 to below 1.
    """

    weight: float
    limit: int
    _points: list[tuple[int, float]] = field(default_factory=list)
    _average: float = 0.0
    _taken: int = 0
    _stride: int = 1
    _latest: tuple[int, float] | None = None

    def add(self, sample: Sample) -> None:
        x, value = sample
        if value is None or abs(value) > HUGE:
            return
        self._average = self.weight * self._average + (1 - self.weight) * value
        self._taken += 1
        share = 1 - self.weight**self._taken
        self._latest = (x, self._average / share if share > 0 else self._average)
        if self._taken % self._stride == 0:
            self._points.append(self._latest)
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
    for sample in samples:
        thinner.add(sample)
    return thinner.kept()
