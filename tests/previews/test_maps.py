"""GeoJSON: an outline with its features, out of numbers alone."""

import json
import re
import time
from typing import Any

import pytest

from models_app.previews import maps


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


SQUARE = feature("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]], name="a <b>", people=5)


@pytest.mark.parametrize("name", ["a.geojson", "a.json"])
def test_features_are_drawn_and_listed(show, name: str) -> None:
    line, point = feature("LineString", [[0, 0], [1, 1]], way=True), feature("Point", [0.5, 0.5])
    shown = show(name, collection(SQUARE, line, point))
    assert shown.kind == "map"
    assert [shape.kind for shape in shown.content.shapes] == ["area", "line", "point"]
    assert shown.content.shapes[0].title == "a <b>"
    assert re.fullmatch(r"M[\d. ]+(L[\d. ]+){4}Z", shown.content.shapes[0].path)
    assert shown.content.table.columns == ("geometry", "name", "people", "way")
    assert shown.content.table.rows[0] == ("Polygon", "a <b>", "5", "")
    assert shown.content.bounds == "0, 0 to 1, 1"


@pytest.mark.parametrize(
    "geometry", [SQUARE["geometry"], SQUARE, {"type": "GeometryCollection", "geometries": [SQUARE["geometry"]]}]
)
def test_every_kind_of_file_is_drawn(show, geometry: Any) -> None:
    assert [shape.kind for shape in show("a.geojson", json.dumps(geometry)).content.shapes] == ["area"]


def test_points_lie_above_lines_and_lines_above_areas(show) -> None:
    line = feature("LineString", [[0, 0], [1, 1]])
    shown = show("a.geojson", collection(feature("Point", [0, 0]), line, SQUARE, feature("Point", [1, 1])))
    assert [shape.kind for shape in shown.content.shapes] == ["area", "line", "point", "point"]


def test_many_features_have_pages(show, follow) -> None:
    shown = show("a.geojson", collection(*[feature("Point", [n, n % 80], name=n) for n in range(500)]))
    assert shown.pager.label == "Features 1–200 of 500"
    assert follow(shown, shown.pager.next).content.table.rows[0] == ("Point", "200")


def test_the_other_views_are_a_link_away(show) -> None:
    assert [view.name for view in show("a.geojson", collection(SQUARE)).views] == ["map", "tree", "formatted", "source"]


@pytest.mark.parametrize("content", ["{}", "[]", collection(), '{"type": "Feature", "geometry": null}'])
def test_what_holds_no_place_is_a_tree(show, content: str) -> None:
    assert show("a.geojson", content).kind == "tree"


HOSTILE = {
    "numbers": collection(
        feature("Polygon", [[[10**400, 1], [float("inf"), 2], [float("nan"), 1], [True, False], ["1", 2], 5]])
    ),
    "many points": collection(feature("LineString", [[n % 360, n % 90] for n in range(60_000)])),
    "many features": collection(*[feature("Point", [0, 0])] * 9_000),
    "deep": '{"type":"GeometryCollection","geometries":[' * 300 + "]}" * 300,
    "odd": collection(5, None, {"geometry": {"type": "Polygon", "coordinates": 5}}, {"properties": [], "geometry": 3}),
    "one place": collection(feature("Point", [1e8, -1e8])),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_maps_cost_bounded_time_and_space(show, name: str) -> None:
    start = time.process_time()
    shown = show("a.geojson", HOSTILE[name])
    assert shown.kind in {"map", "tree", "code"}
    if shown.kind == "map":
        assert sum(len(shape.path) for shape in shown.content.shapes) < 40 * maps.POINTS
        assert len(shown.content.shapes) <= maps.SHAPES
    assert time.process_time() - start < 2
