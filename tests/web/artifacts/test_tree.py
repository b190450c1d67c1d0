"""Files of runs as a tree: what is open, named, cut, missing or out of reach."""

import re
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.storage import s3_client
from models_app.web import thumbnails
from tests import buckets, make
from tests.conftest import once
from tests.web.artifacts.files import MLMODEL, put
from tests.web.pages import page

pytestmark = pytest.mark.django_db


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


def test_folder_of_pictures_shows_them_small_and_late(client, run):
    for number in range(thumbnails.MOST + 3):
        put(run.artifact_uri, f"many/{number}.png", "x")
    put(run.artifact_uri, "many/0.large.png", b"x" * (thumbnails.LARGEST + 1))
    put(run.artifact_uri, "many/notes.txt", "x")
    strip = page(client, f"/runs/{run.pk}/files/many").partition('<table class="table dense files-table">')[0]
    assert strip.count('?raw=1" alt="" loading="lazy"') == thumbnails.MOST
    assert f'src="/runs/{run.pk}/files/many/0.png?raw=1"' in strip
    assert "4 more pictures" in strip
    assert "0.large.png?raw" not in strip
    for name in ("clf/one.png", "clf/a.txt", "alone/one.png"):
        put(run.artifact_uri, name, "x")
    for folder in ("clf", "alone"):
        assert "<img " not in page(client, f"/runs/{run.pk}/files/{folder}"), "not a folder of pictures"


def test_small_copy_of_a_picture_stands_for_it(client, run):
    name = "a+step+7+timestamp+1+0f0e0d0c-0000-4000-8000-000000000001"
    put(run.artifact_uri, f"images/{name}.png", b"x" * (thumbnails.LARGEST + 1))
    put(run.artifact_uri, f"images/{name}+compressed.webp", "x")
    put(run.artifact_uri, "images/b.png", "x")
    content = page(client, f"/runs/{run.pk}/files/images")
    address = f"/runs/{run.pk}/files/images/{quote(name)}"
    assert content.count("<img ") == 2
    assert f'<a href="{address}.png" hx-get="{address}.png"' in content
    assert f'<img src="{address}%2Bcompressed.webp?raw=1"' in content


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
