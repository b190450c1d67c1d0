"""Pages of files of all kinds, hostile ones among them."""

import json
from urllib.parse import quote

import pytest

from tests.web.artifacts.files import put
from tests.web.pages import page

pytestmark = pytest.mark.django_db


def test_table_shows_rows_and_columns(client, run):
    content = page(client, f"/runs/{run.pk}/files/metrics.csv")
    assert '<th scope="col" class="numeric">loss</th>' in content
    assert ">0.25</td>" in content


def test_markdown_shows_the_pictures_beside_it(client, run):
    put(run.artifact_uri, "docs/card.md", "# Card\n\n![loss](img/loss.png)\n\n<script>alert(1)</script>")
    content = page(client, f"/runs/{run.pk}/files/docs/card.md")
    assert f'<img src="/runs/{run.pk}/files/docs/img/loss.png"' in content
    assert "<script>alert" not in content


def test_mlmodel_shows_its_flavors_and_schema(client, run):
    content = page(client, f"/runs/{run.pk}/files/clf/MLmodel")
    assert "sklearn 1.5.2" in content
    assert "petal width" in content


def test_binary_file_says_what_it_is(client, run):
    content = page(client, f"/runs/{run.pk}/files/clf/model.pkl")
    assert "Python pickle" in content
    assert "80 04 95 00" in content


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("broken.png", b"not a picture"),
        ("empty.txt", b""),
        ("deep.json", b"[" * 100_000),
        ("bomb.csv", b'"' + b"," * 300_000),
        ("odd\u202e name 'x' \"y\".txt", b"text"),
        ("<img src=x onerror=alert(1)>.txt", b"text"),
        ("100%.txt", b"text"),
        ("no_extension", b"\xff\xfe\x00\x01"),
    ],
)
def test_hostile_files_have_a_page(client, run, name, data):
    put(run.artifact_uri, name, data)
    listing = page(client, f"/runs/{run.pk}/files")
    assert "<img src=x" not in listing
    page(client, f"/runs/{run.pk}/files/{quote(name)}")


WISHES = ["99999999999999999999", "-1", "", "9" * 18, "٣"]


@pytest.mark.parametrize(
    "name", ["metrics.csv", "plots/deep/notes.txt", "clf/model.pkl", "clf/MLmodel", "a.png", "t.json", "l.jsonl"]
)
def test_no_wish_in_an_address_breaks_a_page(client, run, name):
    put(run.artifact_uri, "a.png", b"\x89PNG\r\n\x1a\n")
    put(run.artifact_uri, "l.jsonl", '{"a": 1}\n{"a": [2]}\n')
    put(run.artifact_uri, "t.json", '{"columns": ["a"], "data": [[1], [2]]}')
    address = f"/runs/{run.pk}/files/{name}"
    for key in ("at", "before", "n", "from", "to", "node", "line", "view", "place"):
        for wish in WISHES:
            assert client.get(f"{address}?{key}={wish}").status_code == 200, f"{key}={wish}"
    for view in ("source", "bytes", "tree", "table"):
        page(client, f"{address}?view={view}&before=5&n=-3&from=3&wrap=")
    assert client.get(f"{address}?page=").status_code == 400
    assert client.get(f"{address}?zip=").status_code == 400


def test_pages_of_a_file_are_links(client, run):
    put(run.artifact_uri, "long.log", "".join(f"line {n}\n" for n in range(1, 3_001)))
    address = f"/runs/{run.pk}/files/long.log"
    content = page(client, address)
    assert "Lines 1–1,000" in content
    following = content[content.index(f'href="{address}?at=') + 6 :]
    content = page(client, following[: following.index('"')].replace("&amp;", "&"))
    assert "Lines 1,001–2,000" in content
    assert 'data-n="1001" id="L1001">line 1001</li>' in content
    assert 'rel="prev"' in content
    assert f'<form class="file-jump" action="{address}"' in content


def test_pictures_of_the_same_key_are_walked_through(client, run):
    names = [f"images/loss+step+{step}+timestamp+1+0f0e0d0c-0000-4000-8000-00000000000{step}.png" for step in (0, 5, 9)]
    for name in names:
        put(run.artifact_uri, name, b"\x89PNG\r\n\x1a\n")
    addresses = [f"/runs/{run.pk}/files/{quote(name)}" for name in names]
    content = page(client, addresses[1])
    assert f'rel="prev" href="{addresses[0]}"' in content
    assert f'rel="next" href="{addresses[2]}"' in content
    assert 'name="place" id="step-place" min="1" max="3" value="2"' in content
    assert client.get(f"{addresses[1]}?place=3").headers["Location"] == addresses[2]
    assert client.get(f"{addresses[1]}?place=999").headers["Location"] == addresses[2]
    assert "data-image-steps" not in page(client, f"/runs/{run.pk}/files/metrics.csv")


def test_outputs_of_a_notebook_are_confined(client, run):
    png = "iVBORw0KGgo="
    html = {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}}
    picture = {"output_type": "display_data", "data": {"image/png": png}}
    cells = [{"cell_type": "code", "source": "x", "outputs": [picture, html]}]
    put(run.artifact_uri, "a.ipynb", json.dumps({"nbformat": 4, "cells": cells}))
    address = f"/runs/{run.pk}/files/a.ipynb"
    content = page(client, address)
    assert f'src="{address}?output=0.0"' in content
    assert f'<iframe class="preview-frame" src="{address}?output=0.1" sandbox ' in content
    assert "<script>alert" not in content
    drawn = client.get(f"{address}?output=0.0")
    assert (drawn.headers["Content-Type"], drawn.content) == ("image/png", b"\x89PNG\r\n\x1a\n")
    framed = client.get(f"{address}?output=0.1")
    assert framed.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    for response in (drawn, framed):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "allow-scripts" not in response.headers["Content-Security-Policy"]
    for wish, status in [("9.9", 404), ("x", 400), ("", 400), ("99999999999999999999.1", 400)]:
        assert client.get(f"{address}?output={wish}").status_code == status


def test_outline_of_a_map_is_drawn_by_the_server(client, run):
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    feature = {"type": "Feature", "properties": {"name": "<b>x</b>"}, "geometry": square}
    put(run.artifact_uri, "a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    content = page(client, f"/runs/{run.pk}/files/a.geojson")
    assert '<path d="M' in content
    assert "<title>&lt;b&gt;x&lt;/b&gt;</title>" in content


def test_picture_of_billions_of_pixels_is_not_drawn(client, run):
    put(run.artifact_uri, "bomb.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00\x00\xff\xff" * 2)
    content = page(client, f"/runs/{run.pk}/files/bomb.png")
    assert "65,535 × 65,535 pixels" in content
    assert "<img" not in content[content.index('id="preview"') :]
