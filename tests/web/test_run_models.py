"""The models of a run: what they measured, what was registered of them, and what can be."""

import io
import json

import pytest

from models_app.actors import SYSTEM
from models_app.services import metrics
from models_app.services.metrics import Point
from models_app.storage import get_store, paths
from tests import make
from tests.web.pages import page, queries

pytestmark = pytest.mark.django_db


def test_register_button_knows_the_only_model(client):
    run = make.run()
    model = make.logged_model(run)
    content = page(client, f"/runs/{run.pk}")
    assert f'href="/register?model_id={model.pk}" hx-get="/register?model_id={model.pk}"' in content
    assert 'data-shortcut="r"' in content


def test_every_model_of_the_run_can_be_registered_and_shows_its_versions(client):
    run = make.run()
    one, two = make.logged_model(run, "one"), make.logged_model(run, "two")
    make.version("iris", of_run=run, source=f"models:/{two.pk}", model_id=two.pk, aliases=["champion"])
    for address in (f"/runs/{run.pk}", f"/runs/{run.pk}/models"):
        content = page(client, address)
        assert f"/register?model_id={one.pk}" in content
        assert f"/register?model_id={two.pk}" in content
        assert 'href="/models/iris/versions/1"' in content
        assert "@champion" in content


def measured(run, model, key, value, dataset=""):
    point = Point(
        key=key, value=value, timestamp=1, step=0, model_id=model.pk, dataset_name=dataset, dataset_digest=dataset
    )
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=point)


def test_models_show_their_main_metrics_by_dataset(client):
    run = make.run()
    one, two = make.logged_model(run, "one"), make.logged_model(run, "two")
    for model, value in ((one, 0.5), (two, 0.75)):
        measured(run, model, "accuracy", value, "test")
        measured(run, model, "accuracy", value + 0.125, "train")
        for number in range(8):
            measured(run, model, f"other{number}", number)
    content = page(client, f"/runs/{run.pk}/models")
    first = content[content.index(">one</a>") : content.index(">two</a>")]
    assert first.index("/datasets/test") < first.index('value="0.5"') < first.index("/datasets/train")
    assert first.index("/datasets/train") < first.index('value="0.625"')
    assert "other3" in first
    assert "other4" not in first, "the five most telling keys alone"
    assert f'href="/logged-models/{one.pk}#metrics"' in first
    assert first.count('aria-label="not measured"') == 4 + 4 + 1, "a place for each key, on no dataset and on two"
    assert 'value="0.75"' in content[content.index(">two</a>") :]


def test_models_of_a_run_cost_the_same_queries_however_many_they_are(client):
    few, many = make.run(), make.run()
    for run, count in ((few, 1), (many, 60)):
        for number in range(count):
            measured(run, make.logged_model(run, f"m{number:02}"), "accuracy", 0.5, f"data {number}")
    assert queries(client, f"/runs/{many.pk}/models") == queries(client, f"/runs/{few.pk}/models")
    first, second = (page(client, f"/runs/{many.pk}/models{query}") for query in ("", "?from=50"))
    assert 'href="?from=50" rel="next"' in first
    assert (first.count("<li data-row"), second.count("<li data-row")) == (50, 10)
    assert "All 60 models" in page(client, f"/runs/{many.pk}")


def test_version_of_a_folder_is_shown_with_that_folder(client):
    history = json.dumps([{"artifact_path": "clf"}, {"artifact_path": "other"}])
    run = make.run(tags={"mlflow.log-model.history": history})
    make.version("iris", of_run=run, source=f"runs:/{run.pk}/clf")
    content = page(client, f"/runs/{run.pk}/models")
    clf, other = content.index(">clf</a>"), content.index(">other</a>")
    assert clf < content.index('href="/models/iris/versions/1"', clf) < other
    assert "not registered" in content[other:]


def test_model_among_plain_files_is_found_and_offered(client):
    run = make.run(tags={"mlflow.log-model.history": json.dumps([{"artifact_path": "noted"}])})
    folder = paths.path_of(run.artifact_uri)
    for path in ("saved/MLmodel", "noted/MLmodel", "plots/loss.txt", "deep/er/MLmodel"):
        get_store().put(f"{folder}/{path}", io.BytesIO(b"{}"), None)
    make.version("iris", of_run=run, source=f"runs:/{run.pk}/saved")
    content = page(client, f"/runs/{run.pk}/models")
    for path in ("saved", "noted"):
        assert content.count(f"/register?run={run.pk}&amp;path={path}") == 4  # href and hx-get, in head and list
    assert "path=plots" not in content
    assert content.index(">saved</a>") < content.index('href="/models/iris/versions/1"', content.index(">saved</a>"))


def test_model_that_is_still_being_uploaded_can_not_be_registered_yet(client):
    run = make.run()
    model = make.logged_model(run, "half", is_ready=False)
    for address in (f"/runs/{run.pk}", f"/runs/{run.pk}/models", f"/logged-models/{model.pk}"):
        content = page(client, address)
        assert "Its upload has not finished" in content
        assert "/register?" not in content
    assert "/register?" not in page(client, f"/experiments/{run.experiment_id}")


def test_run_without_models_teaches(client):
    assert "mlflow.sklearn.log_model(model, name=&quot;model&quot;)" in page(client, f"/runs/{make.run().pk}/models")
