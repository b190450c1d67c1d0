"""A chart of a page as a picture of its own: the classes that style it there become colours on paper."""

import re
from typing import Any

from django.template.loader import render_to_string

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


def as_image(picture: Any) -> str:
    """An empty picture when there is nothing to draw."""
    if picture is None:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
    drawn = render_to_string(f"charts/{picture.kind}.html", {"picture": picture})
    styled = CLASS.sub(_attributes, drawn.strip())
    size = f'width="{picture.width}" height="{picture.height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif" font-size="12"'
    paper = f'<rect width="100%" height="100%" fill="{PAPER}"></rect>'
    start, _, rest = styled.partition(">")
    return f"{start.replace('<svg', head, 1)}>{paper}{rest}"


def _attributes(found: re.Match[str]) -> str:
    known = [CLASSES[name] for name in found[1].split() if name in CLASSES]
    return "".join(f" {attributes}" for attributes in known)
