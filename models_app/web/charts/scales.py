"""Numbers as places on an axis: round ticks, logarithms, categories, and spans that are wider than any float."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

TICKS = 7
CATEGORY_TICKS = 14
LABEL_LENGTH = 18
EDGE = 8e307  # beyond it the distance of two numbers may be no number: they are drawn at the edge

Number = float | int


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Places numbers from `low` to `high` between `start` and `end` of a picture."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        value = min(max(value, -EDGE), EDGE)
        low, high = self.low, self.high
        if self.is_log:
            value, low, high = math.log10(max(value, low)), math.log10(low), math.log10(high)
        share = (value - low) / (high - low) if high > low else 0.5
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 1)

    def ticks(self) -> list[Tick]:
        return [Tick(self.at(value), short(value), repr(value)) for value in self._marks()]

    def _marks(self) -> list[float]:
        if self.is_log:
            lowest, highest = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            step = max(1, (highest - lowest) // TICKS)
            powers = [10.0**power for power in range(lowest, highest + 1, step) if -300 < power < 300]
            return [value for value in powers if self.low <= value <= self.high] or [self.low, self.high]
        if self.high <= self.low:
            return [self.low]
        stride = nice((self.high - self.low) / (TICKS - 1))
        first_mark = math.ceil(self.low / stride)
        marks = [(first_mark + number) * stride for number in range(2 * TICKS)]
        return [value for value in marks if self.low <= value <= self.high * (1 + 1e-12) or value == self.high]


def scale_over(
    values: Sequence[float], start: float, end: float, *, is_log: bool = False, from_zero: bool = False
) -> Scale:
    """Over finite values, with a little room on both sides; a logarithm only where all that is drawn is above 0."""
    finite = [min(max(value, -EDGE), EDGE) for value in values if math.isfinite(value)]
    if is_log:
        above = [value for value in finite if value > 0]
        if above:
            return Scale(min(above), max(above), start, end, True)
    if not finite:
        return Scale(0.0, 1.0, start, end)
    low, high = min(finite), max(finite)
    if from_zero:
        return Scale(min(0.0, low), max(0.0, high) or (0.0 if low < 0 else 1.0), start, end)
    room = (high - low) * 0.04 if high > low else abs(high) * 0.1 or 1.0
    return Scale(max(low - room, -EDGE), min(high + room, EDGE), start, end)


def nice(span: float) -> float:
    """The next larger of 1, 2, 2.5 and 5 times a power of ten."""
    if not span > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span)) or 5e-324
    return next((step * power for step in (1, 2, 2.5, 5) if step * power >= span * 0.999), 10 * power)


def short(value: float) -> str:
    """For an axis: four digits, no more zeros than anybody counts."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e5:
        return f"{value:.4g}".replace("-", "−")
    return f"{value:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")


def cut(text: str, length: int = LABEL_LENGTH) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
