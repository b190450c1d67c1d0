"""GeoJSON as an outline drawn by the server, without a map behind it, and its features as a table."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from models_app.previews import json_trees, rows
from models_app.previews.files import Ask, File, OfOtherKind, Pager, Preview
from models_app.previews.rows import COLUMNS, ROWS, Table

POINTS = 12_000  # drawn of a file: lines of more lose points evenly
SHAPES = 2_000
WIDTH, HEIGHT = 960, 600
_MARGIN = 12
_KINDS = {
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection", "Feature",
    "FeatureCollection",
}  # fmt: skip
_DEPTH = 8
_LAYERS = ("area", "line", "point")  # what is drawn later lies above

_TYPE = re.compile(rb'"type"\s{0,9}:\s{0,9}"Feature(?:Collection)?"')

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """`path` is what an SVG path draws; a point is a circle at `x`, `y`."""

    kind: str  # area, line or point
    title: str
    path: str = ""
    x: str = ""
    y: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    shapes: tuple[Shape, ...]
    table: Table | None
    width: int
    height: int
    bounds: str
    count: int


def may_be_geojson(file: File) -> bool:
    return bool(_TYPE.search(file.head[:4096]))


def is_geojson(content: Any) -> bool:
    if not isinstance(content, dict) or content.get("type") not in _KINDS:
        return False
    return any(
        isinstance(content.get(key), list | dict) for key in ("features", "geometry", "geometries", "coordinates")
    )


def with_map(preview: Preview, file: File, ask: Ask) -> Preview:
    content = json_trees.parsed(file)
    if not is_geojson(content):
        raise OfOtherKind
    features = _features(content)
    drawn = [(_title(feature), list(_parts(feature.get("geometry"), 0))) for feature in features[:SHAPES]]
    places = [place for _, parts in drawn for _, part in parts for ring in part for place in ring]
    if not places:
        raise OfOtherKind
    frame = _Frame(places)
    step = max(1, math.ceil(len(places) / POINTS))
    shapes = [
        shape for title, parts in drawn for kind, part in parts for shape in frame.shapes(kind, part, title, step)
    ]
    table, pager = _table(features, ask)
    note = f"Lines are drawn with one of {step} points." if step > 1 else ""
    found = Map(
        shapes=tuple(sorted(shapes[:SHAPES], key=lambda shape: _LAYERS.index(shape.kind))),
        table=table,
        width=WIDTH,
        height=frame.height,
        bounds=frame.bounds,
        count=len(features),
    )
    return replace(preview, content=found, pager=pager, note=note)


def _features(content: dict[str, Any]) -> list[dict[str, Any]]:
    if content["type"] == "FeatureCollection":
        members = content.get("features")
        return [member for member in members if isinstance(member, dict)] if isinstance(members, list) else []
    return [content if content["type"] == "Feature" else {"geometry": content}]


def _title(feature: dict[str, Any]) -> str:
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return ""
    name = next((properties[key] for key in ("name", "NAME", "title", "label", "id") if properties.get(key)), "")
    return str(name)[:100] if isinstance(name, str | int | float) else ""


def _parts(geometry: Any, depth: int) -> Iterator[tuple[str, list[list[Place]]]]:
    """Kind and rings of everything a geometry holds; whatever is no place is left out."""
    if not isinstance(geometry, dict) or depth > _DEPTH:
        return
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind == "GeometryCollection":
        for inner in _list(geometry.get("geometries")):
            yield from _parts(inner, depth + 1)
    elif kind == "Point":
        yield "point", [_places([given])]
    elif kind == "MultiPoint":
        yield "point", [_places(given)]
    elif kind == "LineString":
        yield "line", [_places(given)]
    elif kind == "MultiLineString":
        yield "line", [_places(line) for line in _list(given)]
    elif kind == "Polygon":
        yield "area", [_places(ring) for ring in _list(given)]
    elif kind == "MultiPolygon":
        for polygon in _list(given):
            yield "area", [_places(ring) for ring in _list(polygon)]


def _places(given: Any) -> list[Place]:
    return [
        (float(place[0]), float(place[1]))
        for place in _list(given)
        if isinstance(place, list) and len(place) > 1 and all(_is_number(part) for part in place[:2])
    ]


def _is_number(value: Any) -> bool:
    # A whole number of any length would break the arithmetic.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class _Frame:
    """Fits places into the picture. Degrees are drawn as wide as they are in the middle of what is shown."""

    def __init__(self, places: list[Place]) -> None:
        self._west, self._east = min(x for x, _ in places), max(x for x, _ in places)
        self._south, self._north = min(y for _, y in places), max(y for _, y in places)
        middle = (self._south + self._north) / 2
        is_degrees = max(abs(self._west), abs(self._east)) <= 360 and max(abs(self._south), abs(self._north)) <= 90
        self._stretch = max(0.1, math.cos(math.radians(middle))) if is_degrees else 1.0
        width = (self._east - self._west) * self._stretch or 1e-9
        height = self._north - self._south or 1e-9
        self._scale = min((WIDTH - 2 * _MARGIN) / width, (HEIGHT - 2 * _MARGIN) / height)
        self.height = max(120, min(HEIGHT, round(height * self._scale) + 2 * _MARGIN))
        self._left = (WIDTH - width * self._scale) / 2
        self._top = (self.height - height * self._scale) / 2
        self.bounds = f"{self._west:g}, {self._south:g} to {self._east:g}, {self._north:g}"

    def shapes(self, kind: str, rings: list[list[Place]], title: str, step: int) -> Iterator[Shape]:
        if kind == "point":
            for place in rings[0][::step] if rings else ():
                x, y = self._at(place)
                yield Shape("point", title, x=x, y=y)
            return
        paths = [self._path(ring, step, is_closed=kind == "area") for ring in rings if ring]
        if paths:
            yield Shape(kind, title, path=" ".join(paths))

    def _path(self, ring: list[Place], step: int, *, is_closed: bool) -> str:
        kept = ring[::step] if len(ring) > 8 else ring
        kept = kept if is_closed or kept[-1] == ring[-1] else [*kept, ring[-1]]
        return "M" + "L".join(" ".join(self._at(place)) for place in kept) + ("Z" if is_closed else "")

    def _at(self, place: Place) -> tuple[str, str]:
        x = self._left + (place[0] - self._west) * self._stretch * self._scale
        y = self._top + (self._north - place[1]) * self._scale
        return f"{x:.1f}", f"{y:.1f}"


def _table(features: list[dict[str, Any]], ask: Ask) -> tuple[Table | None, Pager]:
    """The features' properties: columns are the names the shown ones have."""
    start = min(ask.start, max(0, len(features) - 1))
    shown = features[start : start + ROWS]
    properties = [feature.get("properties") for feature in shown]
    known = [found if isinstance(found, dict) else {} for found in properties]
    names = list(dict.fromkeys(str(name) for found in known for name in found))[:COLUMNS]
    kinds = [_kind_of(feature) for feature in shown]
    cells = [(kind, *[rows.cell(found.get(name)) for name in names]) for kind, found in zip(kinds, known, strict=True)]
    count = rows.fitting(cells)
    end = start + count
    table = Table(columns=("geometry", *map(rows.cut, names)), rows=tuple(cells[:count]), number=start + 1)
    if not start and end >= len(features):
        return table, Pager()
    return table, Pager(
        first=ask.query() if start else "",
        previous=ask.query(**{"from": max(0, start - ROWS) or ""}) if start else "",
        next=ask.query(**{"from": end}) if end < len(features) else "",
        label=f"Features {start + 1:,}–{end:,} of {len(features):,}",
    )


def _kind_of(feature: dict[str, Any]) -> str:
    geometry = feature.get("geometry")
    return str(geometry.get("type", ""))[:40] if isinstance(geometry, dict) else ""
