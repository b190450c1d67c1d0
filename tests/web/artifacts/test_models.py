"""Folders that hold a model: how they are registered, what came of them, the same files seen from a version."""

import json
from urllib.parse import quote

import pytest

from models_app.actors import SYSTEM
from models_app.services import runs
from tests import make
from tests.web.artifacts.files import MLMODEL, put
from tests.web.pages import page

pytestmark = pytest.mark.django_db


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
