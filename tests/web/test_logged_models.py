"""The page of a logged model: its figures per dataset, schema, origin and versions."""

import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.services import logged_models, metrics, runs
from models_app.services.metrics import Point
from models_app.storage import get_store, paths
from models_app.web.views import logged_models as logged_model_pages
from tests import make
from tests.web.pages import fragment, page, queries

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


# The table of an experiment


def test_table_says_what_an_experiments_models_are(client):
    run = make.run(run_name="trainer")
    model = make.logged_model(run, "forest", model_type="classifier", params=[("depth", "5")])
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk, aliases=["champion"])
    make.logged_model(make.run(), "elsewhere")
    gone = make.logged_model(run, "gone")
    logged_models.delete_logged_model(actor=SYSTEM, model_id=gone.pk)
    content = page(client, f"/experiments/{run.experiment_id}/models")
    for text in (">forest</a>", ">trainer</a>", "classifier", "Ready", "/models/iris/versions/1", ">5</td>"):
        assert text in content
    assert f"/register?model_id={model.pk}" in content
    assert "elsewhere" not in content
    assert "gone" not in content
    assert 'aria-current="page">Models</a>' in content


def test_metrics_stand_under_the_dataset_they_were_measured_on(client):
    run = make.run()
    model = make.logged_model(run)
    measured(run, model, "rmse", 0.5, "train")
    measured(run, model, "rmse", 0.25, "test")
    measured(run, model, "rmse", 0.125)
    content = page(client, f"/experiments/{run.experiment_id}/models")
    heads = re.findall(r'<th scope="colgroup".*?title="(\w+)"', content)
    assert heads == ["Metrics", "test", "train"]
    assert re.findall(r'value="(0\.\d+)"', content) == ["0.125", "0.25", "0.5"]
    assert '<a href="/datasets/test">test</a>' in content


def test_table_is_sorted_by_a_metric_on_its_dataset(client):
    run = make.run()
    for name, train, without in (("a", 1, 6), ("b", 2, 5), ("c", 3, 4)):
        model = make.logged_model(run, name)
        measured(run, model, "rmse", train, "train")
        measured(run, model, "rmse", without, step=5)
    address = f"/experiments/{run.experiment_id}/models"
    on_train = "metrics.rmse,train,train"
    for sort, order in ((f"-{on_train}", "cba"), (on_train, "abc"), ("metrics.rmse", "cba")):
        content = page(client, f"{address}?sort={sort}")
        assert "".join(re.findall(r'title="([abc])" data-row-link', content)) == order, sort


def test_table_is_filtered_and_columns_are_chosen(client):
    run = make.run()
    good, bad = make.logged_model(run, "good"), make.logged_model(run, "bad")
    measured(run, good, "acc", 0.9)
    measured(run, bad, "acc", 0.1)
    measured(run, bad, "odd key", 0.2, "a, b")
    address = f"/experiments/{run.experiment_id}/models"
    assert ">bad</a>" not in page(client, f"{address}?q=metrics.acc > 0.5")
    assert ">bad</a>" in page(client, f"{address}?q=BA")
    chosen = page(client, f"{address}?cols=metrics.odd%2520key%2Ca%252C%2520b%2Ca%252C%2520b")
    assert chosen.count('<th scope="col" class="numeric') == 1
    mistake = client.get(address, {"q": "metrics.acc >"})
    assert mistake.status_code == 422
    assert "metrics.acc &gt;" in mistake.content.decode()


def test_empty_table_teaches(client):
    experiment = make.experiment()
    assert "log_model(model" in page(client, f"/experiments/{experiment.pk}/models")
    assert "No model matches" in fragment(client, f"/experiments/{experiment.pk}/models?q=x", "models")


@pytest.mark.parametrize("query", ["sort=metrics.", "sort=,,,", "cols=x&cols=metrics.,", "page=x", "sort=metrics.a,b"])
def test_absurd_addresses_of_the_table_are_answered(client, query):
    run = make.run()
    make.logged_model(run)
    assert page(client, f"/experiments/{run.experiment_id}/models?{query}")


def test_table_costs_the_same_queries_for_one_model_and_for_many(client):
    experiment = make.experiment()

    def log(number: int) -> None:
        run = make.run(experiment)
        model = make.logged_model(run, f"model{number}", params=[("p", str(number))])
        measured(run, model, "acc", number, "train")
        make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk, aliases=[f"a{number}"])

    log(0)
    one = queries(client, f"/experiments/{experiment.pk}/models")
    for number in range(1, 9):
        log(number)
    assert queries(client, f"/experiments/{experiment.pk}/models") == one <= 14


def test_model_with_many_figures_shows_a_page_of_them(client):
    run = make.run()
    model = make.logged_model(run, params=[(f"p{n:03}", "1") for n in range(130)])
    points = [Point(key=f"m{n:03}", value=n, timestamp=1, model_id=model.pk) for n in range(130)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    content = page(client, f"/logged-models/{model.pk}")
    assert "100 of 130 metrics" in content
    assert "100 of 130 params" in content
    assert "m100" not in content
    found = fragment(client, f"/logged-models/{model.pk}?metrics_q=m12&params_q=p00", "model-figures")
    assert (found.count('value="12'), found.count('data-key="p')) == (10, 10)


def test_figures_on_many_datasets_are_counted_and_found_by_the_name_of_one(client, monkeypatch):
    run = make.run()
    model = make.logged_model(run)
    for number in range(12):
        measured(run, model, "accuracy", number, f"set{number:02}")
    measured(run, model, "loss", 0.5, "set03")
    address = f"/logged-models/{model.pk}"
    assert "2 · 13 figures by dataset" in page(client, address)
    found = fragment(client, f"{address}?metrics_q=accuracy set03", "model-figures")
    assert ('value="3"' in found, found.count("/datasets?digest=")) == (True, 1)
    assert "1 metric of 2 found" in found

    monkeypatch.setattr(logged_model_pages, "MOST_POINTS", 5)
    assert "These are the first 5 figures." in page(client, address)


# Description and tags


def test_model_is_described_and_tagged_as_everything_else(client):
    model = make.logged_model()
    address = f"/logged-models/{model.pk}"
    client.post(f"{address}/tags", {"is_new": "1", "key": "team", "value": "growth"})
    form = page(client, f"{address}/description")
    expected = form.partition('name="expected" value="')[2].partition('"')[0]
    client.post(f"{address}/description", {"description": "A **note**.", "expected": expected})
    content = page(client, address)
    assert "<strong>note</strong>" in content
    assert "growth" in content
    assert dict(model.tags.values_list("key", "value"))["mlflow.note.content"] == "A **note**."


def test_removed_tag_of_a_model_comes_back(client):
    model = make.logged_model(tags=[("team", "growth")])
    client.post(f"/logged-models/{model.pk}/tags", {"key": "team", "step": "delete"})
    assert not model.tags.filter(key="team").exists()
    content = page(client, f"/logged-models/{model.pk}/tags")
    client.post(content.partition('<form action="')[2].partition('"')[0].replace("&amp;", "&"))
    assert model.tags.get(key="team").value == "growth"


def test_deleted_model_can_not_be_changed(client):
    model = make.logged_model()
    logged_models.delete_logged_model(actor=SYSTEM, model_id=model.pk)
    assert client.post(f"/logged-models/{model.pk}/tags", {"is_new": "1", "key": "a", "value": "b"}).status_code == 403
