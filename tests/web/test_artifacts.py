"""Files of runs, logged models and versions: the tree, previews, downloads, and what must never run."""

import io
import json
import re
import zipfile
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.services import runs
from models_app.storage import get_store, paths, s3_client
from tests import buckets, make
from tests.conftest import once
from tests.web.pages import page

pytestmark = pytest.mark.django_db
MLMODEL = """flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.12.3}
  sklearn: {sklearn_version: 1.5.2}
signature:
  inputs: '[{"type": "double", "name": "petal width"}]'
"""


def put(uri: str, path: str, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    get_store().put(f"{paths.path_of(uri)}/{path}", io.BytesIO(data), len(data))


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def run(db):
    made = make.run(run_name="first")
    put(made.artifact_uri, "plots/loss curve.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    put(made.artifact_uri, "plots/deep/notes.txt", "hello <b>world</b>\nsecond")
    put(made.artifact_uri, "clf/MLmodel", MLMODEL)
    put(made.artifact_uri, "clf/model.pkl", b"\x80\x04\x95\x00")
    put(made.artifact_uri, "metrics.csv", "step,loss\n1,0.5\n2,0.25\n")
    return made


# The tree


def test_root_lists_folders_first_with_sizes(client, run):
    content = page(client, f"/runs/{run.pk}/files")
    places = [content.index(f'href="/runs/{run.pk}/files/{name}"') for name in ("clf", "plots", "metrics.csv")]
    assert places == sorted(places)
    assert "23 B" in content


def test_address_follows_the_selection_and_opens_the_folders_on_the_way(client, run):
    content = page(client, f"/runs/{run.pk}/files/plots/deep/notes.txt")
    tree = content[content.index("data-file-tree") : content.index("file-pane")]
    assert 'data-folder="open"' in tree
    assert f'href="/runs/{run.pk}/files/plots/loss%20curve.svg"' in tree
    assert 'aria-current="page"' in tree[tree.index("notes.txt") - 200 :]
    assert "clf/MLmodel" not in tree
    assert "hello &lt;b&gt;world&lt;/b&gt;" in content
    assert "<title>plots/deep/notes.txt" in content


def test_htmx_gets_the_browser_alone(client, run):
    content = page(client, f"/runs/{run.pk}/files/plots", **{"HX-Request": "true", "HX-Target": "files"})
    assert content.strip().startswith("<title>plots – Files of first – Laurel</title>")
    assert content.count("<title>") == 1
    assert '<div class="files" id="files">' in content


def test_logged_models_of_the_run_stand_in_its_tree(client, run):
    model = make.logged_model(run, "forest")
    content = page(client, f"/runs/{run.pk}/files")
    assert f'href="/logged-models/{model.pk}/files"' in content
    assert "logged model" in content


def test_run_without_files_teaches_how_to_log_one(client):
    run = make.run()
    content = page(client, f"/runs/{run.pk}/files")
    assert "No files yet" in content
    assert "mlflow.log_artifact" in content


def test_files_in_a_bucket_of_ones_own_are_named_not_shown(client):
    run = make.run(make.experiment(artifact_location="s3://bucket/place"))
    content = page(client, f"/runs/{run.pk}/files")
    assert "outside this server" in content
    assert "s3://bucket/place" in content


def test_missing_file_is_named_in_the_404(client, run):
    response = client.get(f"/runs/{run.pk}/files/plots/nothing.png")
    assert response.status_code == 404
    assert "There is no file plots/nothing.png in first." in response.content.decode()


def test_missing_file_leads_back_to_the_other_files(client, run):
    model = make.logged_model(run)
    put(model.artifact_uri, "MLmodel", MLMODEL)
    make.version("iris", of_run=run, source=f"runs:/{run.pk}/clf")
    for files in (f"/runs/{run.pk}/files", f"/logged-models/{model.pk}/files", "/models/iris/versions/1/files"):
        content = client.get(f"{files}/nothing.png").content.decode()
        assert f'<a class="button" href="{files}">All its files</a>' in content
        assert "Search models" not in content[content.index("<main") :]
    content = client.get(f"/runs/{'0' * 32}/files/nothing.png").content.decode()
    assert "All its files" not in content


@pytest.mark.parametrize("path", ["../../../secret-key", "plots/%2e%2e/%2e%2e/x", "a%00b", "%5Cx"])
def test_path_never_leaves_the_tree(client, run, path):
    assert client.get(f"/runs/{run.pk}/files/{path}").status_code in {400, 404}


def test_folder_of_very_many_files_is_cut_and_says_so(client, run, monkeypatch):
    monkeypatch.setattr("models_app.web.file_tree.SHOWN", 3)
    for number in range(5):
        put(run.artifact_uri, f"many/{number}.txt", "x")
    content = page(client, f"/runs/{run.pk}/files/many")
    assert "2 more entries are not listed" in content
    assert "and 2 more" in content


def test_number_of_queries_does_not_grow_with_the_tree(client, run):
    def count() -> int:
        address = f"/runs/{run.pk}/files/clf"
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    make.logged_model(run, "one")
    few = count()
    for number in range(20):
        put(run.artifact_uri, f"clf/{number}.txt", "x")
        make.logged_model(run, f"more{number}")
    assert count() == few <= 9


# Bytes


def test_download_is_an_attachment(client, run):
    response = client.get(f"/runs/{run.pk}/files/metrics.csv?download=1")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert body(response) == b"step,loss\n1,0.5\n2,0.25\n"


def test_raw_text_is_plain_text(client, run):
    response = client.get(f"/runs/{run.pk}/files/plots/deep/notes.txt?raw=1")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_pages_and_drawings_are_framed_without_their_scripts(client, run):
    put(run.artifact_uri, "report.html", "<script>alert(1)</script>")
    for path in ("report.html", "plots/loss%20curve.svg"):
        address = f"/runs/{run.pk}/files/{path}"
        content = page(client, address)
        assert f'<iframe class="preview-frame" src="{address}?page=1" sandbox ' in content
        assert "<script>alert" not in content
        framed = client.get(f"{address}?page=1")
        assert framed.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        raw = client.get(f"{address}?raw=1")
        assert raw.headers["Content-Disposition"].startswith("attachment")


def test_browser_that_wants_a_picture_gets_the_bytes(client, run):
    put(run.artifact_uri, "a.png", b"\x89PNG\r\n\x1a\n")
    response = client.get(f"/runs/{run.pk}/files/a.png", headers={"Accept": "image/avif,image/*"})
    assert response.headers["Content-Type"] == "image/png"


def test_folder_downloads_as_a_zip(client, run):
    response = client.get(f"/runs/{run.pk}/files/clf?zip=1")
    assert response.streaming
    assert response.headers["Content-Disposition"] == 'attachment; filename="clf.zip"'
    content = body(response)
    assert response.headers["Content-Length"] == str(len(content))
    assert sorted(zipfile.ZipFile(io.BytesIO(content)).namelist()) == ["clf/MLmodel", "clf/model.pkl"]


def test_zip_of_all_files_is_named_after_the_run(client, run):
    response = client.get(f"/runs/{run.pk}/files?zip=1")
    assert response.headers["Content-Disposition"] == 'attachment; filename="first.zip"'
    assert len(zipfile.ZipFile(io.BytesIO(body(response))).namelist()) == 5


def test_zip_of_a_file_is_refused(client, run):
    assert client.get(f"/runs/{run.pk}/files/metrics.csv?zip=1").status_code == 400


# Previews


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
    "name", ["metrics.csv", "plots/deep/notes.txt", "clf/model.pkl", "clf/MLmodel", "a.png", "t.json"]
)
def test_no_wish_in_an_address_breaks_a_page(client, run, name):
    put(run.artifact_uri, "a.png", b"\x89PNG\r\n\x1a\n")
    put(run.artifact_uri, "t.json", '{"columns": ["a"], "data": [[1], [2]]}')
    address = f"/runs/{run.pk}/files/{name}"
    for key in ("at", "before", "n", "from", "to", "node", "view", "place"):
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


# Models


def test_every_model_folder_offers_to_be_registered(client, run):
    for path in ("clf", "clf/MLmodel"):
        content = page(client, f"/runs/{run.pk}/files/{path}")
        address = f"/register?run={run.pk}&amp;path=clf"
        assert f'href="{address}" hx-get="{address}" hx-target="#dialog"' in content
        assert f"mlflow.pyfunc.load_model(\n    &quot;runs:/{run.pk}/clf&quot;\n)" in content
    assert "path=plots" not in page(client, f"/runs/{run.pk}/files/plots")


def test_folders_that_hold_a_model_say_so_where_they_are_listed(client, run):
    put(run.artifact_uri, "checkpoints/best/MLmodel", MLMODEL)
    put(run.artifact_uri, "checkpoints/other/x.txt", "x")
    for folder, model in (("", "clf"), ("/checkpoints", "checkpoints/best")):
        content = page(client, f"/runs/{run.pk}/files{folder}")
        listing = content[content.index("files-table") :]
        address = f"/register?run={run.pk}&amp;path={quote(model, safe='')}"
        assert listing.count("Register Model") == 1
        assert f'href="{address}" hx-get="{address}" hx-target="#dialog"' in listing
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    assert "/register?" not in page(client, f"/runs/{run.pk}/files/checkpoints")


def test_names_can_not_turn_the_direction_of_writing(client, run):
    put(run.artifact_uri, "folder\u2066/photo\u202egnp.exe", b"MZ")
    for path in ("", "/folder%E2%81%A6", "/folder%E2%81%A6/photo%E2%80%AEgnp.exe"):
        content = page(client, f"/runs/{run.pk}/files{path}")
        browser = content[content.index('class="files"') :]
        labels = re.findall(r">([^<>]+)<", browser)
        assert not [label for label in labels if "\u202e" in label or "\u2066" in label]
        assert any("folder\ufffd" in label for label in labels)


def test_numbers_in_names_are_ordered_by_value(client, run):
    for name in ("epoch-10", "epoch-2", "Epoch-1", "0", "10" * 40, "2.txt"):
        put(run.artifact_uri, f"many/{name}", "x")
    content = page(client, f"/runs/{run.pk}/files/many")
    listing = content[content.index("files-table") :]
    names = re.findall(r"data-row-link>([^<]+)<", listing)
    assert names == ["0", "2.txt", "10" * 40, "Epoch-1", "epoch-2", "epoch-10"]


def test_pictures_of_steps_are_named_by_them(client, run):
    name = "images/a~b+step+7+timestamp+1+0f0e0d0c-0000-4000-8000-000000000001"
    put(run.artifact_uri, f"{name}.png", "x")
    put(run.artifact_uri, f"{name}+compressed.webp", "x")
    content = page(client, f"/runs/{run.pk}/files/images")
    assert ">a/b, step 7</a>" in content
    assert ">a/b, step 7, small</a>" in content


def test_registered_folder_names_its_versions(client, run):
    make.version("iris", of_run=run, source=f"runs:/{run.pk}/clf")
    make.version("iris", of_run=run, source=f"runs:/{run.pk}/other")
    content = page(client, f"/runs/{run.pk}/files/clf")
    bar = content[content.index('class="model-bar"') :]
    assert 'href="/models/iris/versions/1"' in bar
    assert 'href="/models/iris/versions/2"' not in bar


def test_logged_model_is_registered_by_its_id(client, run):
    model = make.logged_model(run, "forest")
    put(model.artifact_uri, "MLmodel", MLMODEL)
    put(model.artifact_uri, "code/helper.py", "import os\n")
    content = page(client, f"/logged-models/{model.pk}/files")
    assert f"/register?model_id={model.pk}" in content
    assert f"models:/{model.pk}" in content
    assert "import" in page(client, f"/logged-models/{model.pk}/files/code/helper.py")


def test_version_of_a_logged_model_shows_its_files(client, run):
    model = make.logged_model(run)
    put(model.artifact_uri, "MLmodel", MLMODEL)
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk)
    content = page(client, "/models/iris/versions/1/files/MLmodel")
    assert "petal width" in content
    assert "models:/iris/1" in content


def test_version_of_a_run_folder_shows_that_folder_alone(client, run):
    make.version("a b", of_run=run, source=f"runs:/{run.pk}/clf")
    content = page(client, "/models/a%20b/versions/1/files")
    assert 'href="/models/a%20b/versions/1/files/model.pkl"' in content
    assert "metrics.csv" not in content


def test_deleted_run_still_shows_its_files_but_offers_no_registration_above_them(client, run):
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    content = page(client, f"/runs/{run.pk}/files/clf")
    assert "This run is deleted" in content
    assert "/register?" not in content


def test_names_of_models_are_escaped_in_snippets(client, run):
    put(run.artifact_uri, 'we"ird/MLmodel', MLMODEL)
    content = page(client, f"/runs/{run.pk}/files/we%22ird")
    assert json.dumps(f'runs:/{run.pk}/we"ird').replace('"', "&quot;") in content


# A bucket that is away


@once
def test_files_of_a_bucket_that_is_away_are_said_to_be_away(client, run, nanio_server, monkeypatch, settings):
    nanio_server.use(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setattr(s3_client, "connect", buckets.connect)
    settings.ARTIFACTS = f"s3://{buckets.BUCKET}/away"
    for address in (f"/runs/{run.pk}/files", f"/runs/{run.pk}/files/clf?zip=1", f"/runs/{run.pk}/files/x?download=1"):
        response = client.get(address)
        assert response.status_code == 503
        assert b"The files are not available" in response.content
        assert b"http://127.0.0.1:9 can&#x27;t be reached" in response.content
    assert run.name in page(client, f"/runs/{run.pk}")
