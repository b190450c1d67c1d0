"""What an address asks of the charts: kind, metrics, axes, scales. Whatever is none of them is read as the default."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from models_app.web import http
from models_app.web.charts.series import AXES, STEP, Wanted

CURVES, BARS, SCATTER, PARALLEL, BOXES = "curves", "bars", "scatter", "parallel", "boxes"
KINDS = ((CURVES, "Curves"), (BARS, "Bars"), (SCATTER, "Scatter"), (PARALLEL, "Parallel"), (BOXES, "Box plot"))
LATEST, LOWEST, HIGHEST = "latest", "lowest", "highest"
FIGURES = ((LATEST, "Latest"), (LOWEST, "Lowest"), (HIGHEST, "Highest"))
MOST_SMOOTHING = 0.99
MOST_AXES = 12
MOST_WORDS = 10
LENGTH = 300


@dataclass(frozen=True, slots=True)
class ChartQuestion:
    """`key` is the one metric to draw large; `across`, `up`, `color`, `group` and `axes` name columns ("params.lr")."""

    kind: str = CURVES
    axis: str = STEP
    is_log: bool = False
    is_log_across: bool = False
    smoothing: float = 0.0
    without_outliers: bool = False
    find: str = ""
    key: str = ""
    start: int = 0
    of: str = LATEST
    across: str = ""
    up: str = ""
    color: str = ""
    group: str = ""
    axes: tuple[str, ...] = ()
    as_figures: bool = False

    @classmethod
    def of_request(cls, request: HttpRequest, *, find: str = "find") -> "ChartQuestion":
        given = {key: _text(request.GET.get(key, "")) for key in ("key", "across", "up", "color", "group", find)}
        axes = [_text(value) for value in request.GET.getlist("axes") if _text(value)]
        return cls(
            kind=_one_of(request.GET.get("kind"), [kind for kind, _ in KINDS]),
            axis=_one_of(request.GET.get("x"), AXES),
            is_log=request.GET.get("scale") == "log",
            is_log_across=request.GET.get("xscale") == "log",
            smoothing=_weight(request.GET.get("smooth", "")),
            without_outliers=request.GET.get("outliers") == "ignore",
            find=given[find],
            key=given["key"],
            start=http.whole_number(request.GET.get("from")) or 0,
            of=_one_of(request.GET.get("of"), [of for of, _ in FIGURES]),
            across=given["across"],
            up=given["up"],
            color=given["color"],
            group=given["group"],
            axes=tuple(dict.fromkeys(axes))[:MOST_AXES],
            as_figures=request.GET.get("as") == "table" and request.GET.get("kind", CURVES) == CURVES,
        )

    @property
    def at_start(self) -> "ChartQuestion":
        """For a page where `from` counts something else than metrics."""
        return replace(self, start=0)

    @property
    def words(self) -> list[str]:
        return self.find.lower().split()[:MOST_WORDS]

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.axis, self.smoothing, bool(self.key))


def wanted_in(request: HttpRequest) -> Wanted:
    """As a chart asks for its curves: the stretch of the axis it shows, and whether it is the large one."""
    return Wanted(
        _one_of(request.GET.get("x"), AXES),
        _weight(request.GET.get("smooth", "")),
        request.GET.get("size") == "large",
        _whole(request.GET.get("low", "")),
        _whole(request.GET.get("high", "")),
    )


def _text(text: str) -> str:
    return text[:LENGTH].replace("\x00", "").strip()


def _one_of(text: str | None, known: Sequence[str]) -> str:
    return text if text is not None and text in known else known[0]


def _weight(text: str) -> float:
    try:
        weight = float(text) if len(text) < LENGTH else 0.0
    except ValueError:
        return 0.0
    return min(max(weight, 0.0), MOST_SMOOTHING) if math.isfinite(weight) else 0.0


def _whole(text: str) -> int | None:
    """Of a zoom: a step or a time, which may be negative."""
    number = http.whole_number(text.removeprefix("-"))
    return number if number is None or not text.startswith("-") else -number
