"""The page of a logged model: its figures per dataset, schema, origin and versions."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.services import logged_models, metrics, runs
from models_app.services.metrics import Point
from models_app.storage import get_store, paths
from tests import make
from tests.web.pages import page

pytestmark = pytest.mark.django_db


def measured(run, model, key: str, value: float, dataset: str = "", step: int = 0) -> None:
    point = Point(
        key=key, value=value, timestamp=1, step=step, model_id=model.pk, dataset_name=dataset, dataset_digest=dataset
    )
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=point)


def test_page_says_what_it_is_and_where_it_comes_from(client):
    run = make.run(run_name="first")
    model = make.logged_model(
        run, "forest", model_type="classifier", params=[("depth", "5")], tags=[("team", "growth")]
    )
    content = page(client, f"/logged-models/{model.pk}")
    for text in ("<title>forest", "classifier", "Ready", f'href="/runs/{run.pk}">first</a>', "depth", "growth"):
        assert text in content
    assert "Not registered" in content
    assert f"/register?model_id={model.pk}" in content
    assert f"models:/{model.pk}" in content


def test_metrics_are_grouped_by_dataset_and_the_latest_counts(client):
    run = make.run()
    model = make.logged_model(run)
    measured(run, model, "accuracy", 0.5, "train", step=0)
    measured(run, model, "accuracy", 0.75, "train", step=1)
    measured(run, model, "accuracy", 0.25, "test")
    measured(run, model, "loss", 0.125)
    content = page(client, f"/logged-models/{model.pk}")
    places = [content.index(f'value="{value}"') for value in ("0.125", "0.25", "0.75")]
    assert places == sorted(places)
    assert 'value="0.5"' not in content


def test_versions_are_named_with_their_aliases(client):
    run = make.run()
    model = make.logged_model(run)
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk, aliases=["champion"])
    content = page(client, f"/logged-models/{model.pk}")
    assert 'href="/models/iris/versions/1"' in content
    assert "@champion" in content
    assert "Not registered" not in content


def test_schema_and_requirements_come_from_the_files(client):
    model = make.logged_model()
    folder = paths.path_of(model.artifact_uri)
    mlmodel = b"""flavors: {sklearn: {sklearn_version: 1.5.2}}
signature: {inputs: '[{"type": "double", "name": "petal width"}]'}
"""
    get_store().put(f"{folder}/MLmodel", io.BytesIO(mlmodel), None)
    get_store().put(f"{folder}/requirements.txt", io.BytesIO(b"scikit-learn==1.5.2\n"), None)
    content = page(client, f"/logged-models/{model.pk}")
    for text in ("petal width", "scikit-learn==1.5.2", "sklearn 1.5.2", "2 files"):
        assert text in content


def test_model_without_files_says_what_is_missing(client):
    assert "Logged without a signature" in page(client, f"/logged-models/{make.logged_model().pk}")


def test_deleted_model_can_be_looked_at_but_not_registered(client):
    model = make.logged_model()
    logged_models.delete_logged_model(actor=SYSTEM, model_id=model.pk)
    content = page(client, f"/logged-models/{model.pk}")
    assert "This logged model is deleted" in content
    assert "/register?" not in content


def test_deleted_source_run_is_marked(client):
    run = make.run(run_name="gone")
    model = make.logged_model(run)
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    assert ">gone</a> (deleted)" in page(client, f"/logged-models/{model.pk}")


def test_unknown_model_is_named_in_the_404(client):
    response = client.get("/logged-models/m-nothing")
    assert response.status_code == 404
    assert "There is no logged model m-nothing." in response.content.decode()


def test_page_asks_a_fixed_number_of_queries(client):
    def count(number: int) -> int:
        run = make.run()
        model = make.logged_model(run, params=[(f"p{n}", "1") for n in range(number)])
        for n in range(number):
            measured(run, model, f"m{n}", n, "train")
            make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk)
        client.get(f"/logged-models/{model.pk}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/logged-models/{model.pk}")
        return len(captured)

    assert count(1) == count(12) <= 9
