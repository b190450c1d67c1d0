"""A chart of a page as a picture of its own: the classes that style it there become colours on paper."""

import re
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html

from models_app.web.charts.pictures import Paint

# Those of static/css/tokens.css in daylight; a picture that leaves the page can't ask for them.
INK, FAINT, HAIRLINE, PAPER = "#1c231d", "#656f67", "#e4e7e0", "#ffffff"
SERIES = ("#2f6b3c", "#b06a12", "#3a5f9e", "#93397b", "#5f6a62", "#0f7c84", "#a3301f", "#6a5a1a")
RAMP = ("#c9b458", "#a9b35c", "#85b065", "#5fa971", "#3f9c7c", "#2b8a86", "#28738c", "#2b5a8a")
CLASSES = {
    **{f"s{number}": f'color="{color}"' for number, color in enumerate(SERIES, 1)},
    **{f"r{number}": f'color="{color}"' for number, color in enumerate(RAMP)},
    "unknown": 'color="#b9bfb8"',
    "chart-text": f'fill="{FAINT}"',
    "chart-label": f'fill="{INK}"',
    "chart-rule": f'stroke="{HAIRLINE}"',
    "chart-axis": f'stroke="{FAINT}"',
    "bar": 'fill="currentColor"',
    "dot": f'fill="currentColor" stroke="{PAPER}" stroke-width="1"',
    "strand": 'fill="none" stroke="currentColor" stroke-width="1.5" stroke-opacity="0.7"',
    "box": f'fill="#e9f2e6" stroke="{SERIES[0]}" stroke-width="1.5"',
    "whisker": f'stroke="{SERIES[0]}" stroke-width="1.5"',
    "median": f'stroke="{SERIES[0]}" stroke-width="3"',
}
CLASS = re.compile(r' class="([^"]*)"')
VIEW = re.compile(r'viewBox="[^"]*"')
SIZE_OF_TEXT = 'font-family="system-ui, sans-serif" font-size="12"'
LEGEND_HEIGHT = 28


def as_image(picture: Any) -> str:
    """An empty picture when there is nothing to draw."""
    if picture is None:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
    drawn = render_to_string(f"charts/{picture.kind}.html", {"picture": picture})
    paint = getattr(picture, "paint", None)
    legend = _legend(paint, picture.height) if paint and paint.column else ""
    styled = CLASS.sub(_attributes, drawn.strip() + legend)
    height = picture.height + (LEGEND_HEIGHT if legend else 0)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {SIZE_OF_TEXT} width="{picture.width}" height="{height:g}"'
    paper = f'<rect width="100%" height="100%" fill="{PAPER}"></rect>'
    start, _, rest = styled.partition(">")
    start = VIEW.sub(f'viewBox="0 0 {picture.width} {height:g}"', start.replace("<svg", head, 1))
    body, _, tail = rest.rpartition("</svg>")
    return f"{start}>{paper}{body}{tail}</svg>"


def _legend(paint: Paint, top: float) -> str:
    """What the colours stand for, in a row below the picture; on a page it stands beside it."""
    parts = [format_html('<text class="chart-label" x="12" y="{}">{}</text>', top + 18, paint.name)]
    x = 24 + 7 * len(paint.name)
    for name, label in paint.legend:
        swatch = '<g class="{}"><rect class="bar" x="{}" y="{}" width="14" height="10"></rect></g>'
        parts.append(format_html(swatch, name, x, top + 9))
        x += 18
        if label:
            parts.append(format_html('<text class="chart-label" x="{}" y="{}">{}</text>', x + 2, top + 18, label))
            x += 14 + 7 * len(label)
    return "".join(parts)


def _attributes(found: re.Match[str]) -> str:
    known = [CLASSES[name] for name in found[1].split() if name in CLASSES]
    return "".join(f" {attributes}" for attributes in known)
