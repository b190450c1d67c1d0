"""Charts drawn here: bars, scatter, parallel coordinates and boxes, as places on a picture for the templates."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

from models_app.templatetags.registry import exact_number
from models_app.web.charts import scales
from models_app.web.charts.columns import Axis, Column, lay
from models_app.web.charts.scales import Tick
from models_app.web.selections import Chosen

WIDTH, HEIGHT = 960, 460  # of scatter, parallel coordinates and boxes
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 16, 48
BARS_WIDTH, BARS_HEIGHT, BARS_LABEL, BARS_VALUE = 440, 190, 140, 70
BAR_ROW, FEWEST_ROW, LABEL_ROW = 19, 1.6, 11
BARS_FOOT = 18  # for the numbers of the axis, where bars have none of their own
RAMP = 8  # steps of the colours that stand for a number
DECADES = 100  # between the smallest and the largest value, from where an axis of parallel coordinates is logarithmic
FEW = 4  # values that need no box: they are drawn themselves


@dataclass(frozen=True, slots=True)
class Bar:
    each: Chosen
    x: float
    y: float
    width: float
    height: float
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Bars:
    width: int
    height: float
    zero: float
    bars: Sequence[Bar]
    has_labels: bool
    foot: float
    ticks: Sequence[Tick]
    kind: str = "bars"


def bars(chosen: Sequence[Chosen], values: Mapping[str, float], *, is_large: bool = False) -> Bars:
    """One bar a run, from 0; so many that no name fits beside them say theirs when they are pointed at, and stand
    over an axis."""
    width = WIDTH if is_large else BARS_WIDTH
    shown = [each for each in chosen if each.pk in values]
    row = BAR_ROW if is_large else max(FEWEST_ROW, min(BAR_ROW, (BARS_HEIGHT - 4) / max(1, len(shown))))
    has_labels = row >= LABEL_ROW
    left = (BARS_LABEL * (2 if is_large else 1)) if has_labels else 16
    right = width - (BARS_VALUE + (90 if is_large else 0)) if has_labels else width - 24
    finite = [value for value in values.values() if math.isfinite(value)]
    scale = scales.scale_over(finite, left, right, from_zero=True)
    zero = scale.at(0.0)
    found = []
    for place, each in enumerate(shown):
        value = values[each.pk]
        end = scale.at(value) if math.isfinite(value) else zero
        gap = min(6.0, row * 0.3)
        found.append(
            Bar(
                each,
                min(zero, end),
                round(2 + place * row, 1),
                round(max(abs(end - zero), 0.6), 1),
                round(row - gap, 1),
                exact_number(value) if is_large else scales.short(value) if math.isfinite(value) else "NaN",
                scales.cut(str(each.run), 36 if is_large else 20),
            )
        )
    foot = round(max(40.0, 4 + row * len(shown)), 1)
    return Bars(width, foot + (0 if has_labels else BARS_FOOT), zero, found, has_labels, foot, scale.ticks())


@dataclass(frozen=True, slots=True)
class Paint:
    """Which class gives each run its colour: by its own mark, a number's place between others, or a text."""

    column: Column | None
    classes: Mapping[str, str]
    legend: Sequence[tuple[str, str]]

    @property
    def name(self) -> str:
        return scales.cut(self.column.key, 40) if self.column else ""

    def of(self, each: Chosen) -> str:
        return self.classes.get(each.pk, "unknown") if self.column else f"s{each.mark.color}"


def paint(column: Column | None) -> Paint:
    if column is None or not column.values:
        return Paint(None, {}, ())
    if column.is_numeric:
        numbers = column.numbers
        scale = scales.scale_over(list(numbers.values()), 0, 1_000, is_log=_spans_decades(column))
        places = {run_id: min(RAMP - 1, int(scale.at(value) * RAMP / 1_000)) for run_id, value in numbers.items()}
        low, high = (min(numbers.values()), max(numbers.values())) if numbers else (0.0, 0.0)
        legend = [(f"r{step}", "") for step in range(RAMP)]
        legend[0], legend[-1] = ("r0", scales.short(low)), (f"r{RAMP - 1}", scales.short(high))
        return Paint(column, {run_id: f"r{place}" for run_id, place in places.items()}, legend)
    ranked = column.categories[: RAMP - 1]
    names = {name: f"s{place + 1}" for place, name in enumerate(ranked)}
    classes = {run_id: names.get(str(value), "unknown") for run_id, value in column.values.items()}
    others = [("unknown", "others")] if len(column.categories) > len(ranked) else []
    return Paint(column, classes, [*((name_class, scales.cut(name)) for name, name_class in names.items()), *others])


@dataclass(frozen=True, slots=True)
class Dot:
    each: Chosen
    x: float
    y: float
    paint: str
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scatter:
    across: Axis
    up: Axis
    dots: Sequence[Dot]
    paint: Paint
    left_out: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM
    kind: str = "scatter"


def scatter(
    chosen: Sequence[Chosen], across: Column, up: Column, color: Column | None, *, logs: tuple[bool, bool]
) -> Scatter:
    """Runs that lack one of both figures can't be placed; the picture says how many those are."""
    horizontal = lay(across, LEFT + 12, WIDTH - RIGHT - 12, is_log=logs[0])
    vertical = lay(up, HEIGHT - BOTTOM - 8, TOP + 8, is_log=logs[1])
    painted = paint(color)
    dots = []
    for each in chosen:
        x, y = horizontal.at(each.pk), vertical.at(each.pk)
        if x is not None and y is not None:
            columns = [across, up, *([color] if color else [])]
            dots.append(Dot(each, x, y, painted.of(each), [(one.key, said(one, each.pk)) for one in columns]))
    return Scatter(horizontal, vertical, dots, painted, len(chosen) - len(dots))


def said(column: Column, run_id: str) -> str:
    value = column.values.get(run_id)
    if value is None:
        return "–"
    return exact_number(value) if isinstance(value, float) else value


@dataclass(frozen=True, slots=True)
class Line:
    each: Chosen
    path: str
    paint: str
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Upright:
    """An axis of parallel coordinates; its name stands on alternating heights, so that long ones find room."""

    x: float
    axis: Axis
    label: str
    label_y: float
    is_last: bool

    @property
    def grip(self) -> float:
        """Where the stretch begins on which the axis can be dragged along."""
        return self.x - 12


@dataclass(frozen=True, slots=True)
class Parallel:
    axes: Sequence[Upright]
    lines: Sequence[Line]
    paint: Paint
    width: int = WIDTH
    height: int = HEIGHT
    top: int = 48
    bottom: int = HEIGHT - 20
    kind: str = "parallel"

    @property
    def reach(self) -> int:
        return self.bottom - self.top


def parallel(chosen: Sequence[Chosen], columns: Sequence[Column], color: Column | None) -> Parallel:
    """A line a run; it is broken where the run did not log a figure."""
    laid = [lay(column, HEIGHT - 20, 48, is_log=_spans_decades(column)) for column in columns]
    stride = (WIDTH - 180) / max(1, len(laid) - 1)
    xs = [round(60 + place * stride, 1) for place in range(len(laid))]
    painted = paint(color)
    lines = []
    for each in chosen:
        places = [(x, axis.at(each.pk)) for x, axis in zip(xs, laid, strict=True)]
        values = [(column.key, said(column, each.pk)) for column in columns]
        if any(y is not None for _, y in places):
            lines.append(Line(each, path_of(places), painted.of(each), values))
    room = max(8, int(stride * 1.9 / 7))
    axes = [
        Upright(x, axis, scales.cut(axis.column.key, room), 14 if place % 2 else 30, place == len(laid) - 1)
        for place, (x, axis) in enumerate(zip(xs, laid, strict=True))
    ]
    return Parallel(axes, lines, painted)


def _spans_decades(column: Column) -> bool:
    """A learning rate from 0.0001 to 0.1: on a plain axis nine of ten runs would lie on one point."""
    numbers = column.numbers.values() if column.is_numeric else ()
    return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) >= DECADES


def path_of(places: Sequence[tuple[float, float | None]]) -> str:
    """A point between two gaps is drawn as a short dash, or nothing would be seen of it."""
    parts: list[str] = []
    pen_down = False
    for place, (x, y) in enumerate(places):
        if y is None:
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{x:g} {y:g}")
        is_alone = not pen_down and (place + 1 == len(places) or places[place + 1][1] is None)
        if is_alone:
            parts.append(f"h4M{x:g} {y:g}h-4")
        pen_down = True
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Box:
    """`middle` is its place across; `outliers` and, of few values, all of them are drawn as dots."""

    name: str
    label: str
    middle: float
    half: float
    count: int
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    said: Sequence[tuple[str, str]]
    dots: Sequence[Dot]
    has_box: bool

    @property
    def left(self) -> float:
        return self.middle - self.half

    @property
    def right(self) -> float:
        return self.middle + self.half


@dataclass(frozen=True, slots=True)
class Boxes:
    up: Axis
    group: Column
    boxes: Sequence[Box]
    left_out_groups: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM
    kind: str = "boxes"


MOST_BOXES = 24


def boxes(chosen: Sequence[Chosen], up: Column, group: Column, *, is_log: bool = False) -> Boxes:
    """Whiskers reach to the last value within one and a half times the box's height, as is the custom."""
    vertical = lay(up, HEIGHT - BOTTOM - 8, TOP + 8, is_log=is_log)
    members: dict[str, list[Chosen]] = {}
    for each in chosen:
        if vertical.at(each.pk) is not None and each.pk in up.numbers:
            members.setdefault(_group_name(group, each.pk), []).append(each)
    names = sorted(members, key=lambda name: _group_order(group, name))
    stride = (WIDTH - LEFT - RIGHT) / max(1, min(len(names), MOST_BOXES))
    found = [
        _box(name, members[name], up, vertical, LEFT + (place + 0.5) * stride, min(46.0, stride * 0.32), stride)
        for place, name in enumerate(names[:MOST_BOXES])
    ]
    return Boxes(vertical, group, found, max(0, len(names) - MOST_BOXES))


def _group_name(group: Column, run_id: str) -> str:
    return said(group, run_id) if run_id in group.values else "not logged"


def _group_order(group: Column, name: str) -> tuple[bool, float, str]:
    if group.is_numeric and name != "not logged":
        return (False, float(next(value for value in group.values.values() if exact_number(value) == name)), "")
    return (name == "not logged", 0.0, name)


def _box(
    name: str, members: Sequence[Chosen], up: Column, vertical: Axis, middle: float, half: float, stride: float
) -> Box:
    numbers = up.numbers
    values = sorted(numbers[each.pk] for each in members)
    lower, median, upper = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0],) * 3
    reach = 1.5 * (upper - lower)
    inside = [value for value in values if lower - reach <= value <= upper + reach] or values
    has_box = len(values) >= FEW
    dots = [
        Dot(
            each,
            round(middle, 1),
            vertical.scale.at(numbers[each.pk]),
            f"s{each.mark.color}",
            [(up.key, said(up, each.pk))],
        )
        for each in members
        if not has_box or numbers[each.pk] < inside[0] or numbers[each.pk] > inside[-1]
    ]
    figures = (
        ("lowest", values[0]),
        ("quarter", lower),
        ("median", median),
        ("three quarters", upper),
        ("highest", values[-1]),
    )
    place = vertical.scale.at
    return Box(
        name, scales.cut(name or "(empty)", max(4, int(stride / 7))), round(middle, 1), round(half, 1), len(values),
        place(inside[0]), place(lower), place(median), place(upper), place(inside[-1]),
        [(word, exact_number(value)) for word, value in figures], dots, has_box,
    )  # fmt: skip
