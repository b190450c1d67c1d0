"""The table of an experiment's runs: columns, order, nesting, what can be registered from a row."""

import json

import pytest

from models_app.actors import SYSTEM
from models_app.models import Experiment
from models_app.services import runs
from models_app.services.runs import DatasetRecord
from models_app.web.run_columns import CHOICES_SHOWN, METRIC, MOST_COLUMNS, SHOWN_UNASKED
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db


def test_table_shows_metrics_and_params_by_default_those_that_differ_first(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"same": 1, "accuracy": 0.9}, params={"seed": "1", "depth": "3"})
    make.run(experiment, metrics_={"same": 1, "accuracy": 0.8}, params={"seed": "1", "depth": "4"})
    content = page(client, f"/experiments/{experiment.pk}")
    places = [content.index(f">{key}</span>") for key in ("accuracy", "same", "depth", "seed")]
    assert places == sorted(places)
    assert 'value="0.9"' in content


def test_number_of_columns_is_bounded_and_the_rest_is_offered(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={f"metric{number:02}": number for number in range(30)})
    content = page(client, f"/experiments/{experiment.pk}")
    assert content.count('data-column="metrics.') == SHOWN_UNASKED[METRIC]
    assert content.count('name="cols" value="metrics.') == 30
    assert content.count('name="cols" value="metrics.metric29"> ') == 1


def test_more_columns_than_a_list_can_show_are_found_by_their_names(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={f"metric{number:03}": number for number in range(CHOICES_SHOWN + 50)})
    address = f"/experiments/{experiment.pk}"
    content = page(client, address)
    assert content.count('name="cols" value="metrics.') == SHOWN_UNASKED[METRIC] + CHOICES_SHOWN
    assert f"{50 - SHOWN_UNASKED[METRIC]} more: find them by their names" in content
    found = fragment(client, f"{address}?find=c107", "columns-choices")
    assert found.count('name="cols"') == 1
    assert 'value="metrics.metric107"' in found
    assert '<details class="menu columns-menu" id="columns-menu" open>' in page(client, f"{address}?find=c107")


def test_columns_of_the_address_stand_in_its_order(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"accuracy": 0.9, "loss": 0.1}, params={"depth": "3"})
    content = page(client, f"/experiments/{experiment.pk}?cols=metrics.loss&cols=metrics.accuracy&cols=metrics.missing")
    head = content[content.index("<thead>") : content.index("</thead>")]
    assert head.index(">loss<") < head.index(">accuracy<") < head.index(">missing<")
    assert ">depth<" not in head


def test_an_address_gets_no_more_columns_than_a_page_can_hold(client):
    experiment = make.experiment()
    make.run(experiment)
    asked = "&".join(f"cols=metrics.{number}" for number in range(MOST_COLUMNS + 50))
    content = page(client, f"/experiments/{experiment.pk}?{asked}")
    head = content[content.index("<thead>") : content.index("</thead>")]
    assert f">{MOST_COLUMNS - 1}</span>" in head
    assert f">{MOST_COLUMNS}</span>" not in head


def test_system_metrics_get_no_column_unasked(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"system/cpu": 90})
    content = page(client, f"/experiments/{experiment.pk}")
    assert ">system/cpu</span></a></th>" not in content
    assert 'value="metrics.system/cpu"' in content


def test_runs_are_sorted_by_a_metric_and_filtered(client):
    experiment = make.experiment()
    for name, accuracy in (("low", 0.1), ("high", 0.9), ("middle", 0.5)):
        make.run(experiment, run_name=name, metrics_={"accuracy": accuracy})
    content = page(client, f"/experiments/{experiment.pk}?sort=-metrics.accuracy&q=metrics.accuracy > 0.2")
    assert content.index(">high</a>") < content.index(">middle</a>")
    assert ">low</a>" not in content
    assert 'aria-sort="descending"' in content


def test_metric_with_an_unusual_key_sorts_too(client):
    experiment = make.experiment()
    make.run(experiment, run_name="low", metrics_={"val/f1 score": 0.1})
    make.run(experiment, run_name="high", metrics_={"val/f1 score": 0.9})
    content = page(client, f"/experiments/{experiment.pk}?sort=metrics.val/f1 score")
    assert content.index(">low</a>") < content.index(">high</a>")


def test_mistaken_filter_of_runs_leaves_the_page_whole(client):
    experiment = make.experiment("iris")
    response = client.get(f"/experiments/{experiment.pk}", {"q": "metrics.accuracy > high"})
    assert response.status_code == 422
    assert "iris</h1>" in response.content.decode()


def test_nested_runs_stand_below_their_parent(client):
    experiment = make.experiment()
    parent = make.run(experiment, run_name="parent", start_time=1)
    make.run(experiment, run_name="unrelated", start_time=2)
    make.run(experiment, run_name="child", start_time=3, tags={"mlflow.parentRunId": parent.pk})
    content = page(client, f"/experiments/{experiment.pk}")
    assert content.index(">unrelated</a>") < content.index(">parent</a>")
    assert ">child</a>" not in content
    assert 'title="1 nested run"' in content
    for opened in (parent.pk, "all"):
        content = page(client, f"/experiments/{experiment.pk}?open={opened}")
        assert content.index(">unrelated</a>") < content.index(">parent</a>") < content.index(">child</a>")
        assert "depth-1" in content
    flat = page(client, f"/experiments/{experiment.pk}?flat=1")
    assert flat.index(">child</a>") < flat.index(">unrelated</a>") < flat.rindex(">parent</a>")
    assert "depth-1" not in flat


def test_parent_on_another_page_is_named(client):
    experiment = make.experiment()
    parent = make.run(experiment, run_name="parent")
    make.run(experiment, run_name="child", tags={"mlflow.parentRunId": parent.pk})
    content = page(client, f"/experiments/{experiment.pk}?q=run_name = 'child'")
    assert f'in <a href="/runs/{parent.pk}">parent</a>' in content


def test_run_that_names_itself_as_parent_is_shown(client):
    experiment = make.experiment()
    run = make.run(experiment, run_name="loop")
    runs.set_run_tag(actor=SYSTEM, run_id=run.pk, key="mlflow.parentRunId", value=run.pk)
    assert ">loop</a>" in page(client, f"/experiments/{experiment.pk}")


def test_models_can_be_registered_from_the_row_and_versions_are_named(client):
    experiment = make.experiment()
    run = make.run(experiment)
    model = make.logged_model(run)
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk, aliases=["champion"])
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk)
    content = page(client, f"/experiments/{experiment.pk}")
    assert f'href="/register?model_id={model.pk}"' in content
    assert 'href="/models/iris/versions/1" title="iris, version 1, the champion"' in content
    assert 'href="/models/iris/versions/2" title="iris, version 2"' in content


def test_run_with_several_models_offers_the_choice(client):
    experiment = make.experiment()
    run = make.run(experiment)
    make.logged_model(run, "one")
    make.logged_model(run, "two")
    assert f'href="/runs/{run.pk}/models"' in page(client, f"/experiments/{experiment.pk}")


def test_model_an_older_client_logged_is_offered_too(client):
    experiment = make.experiment()
    run = make.run(experiment, tags={"mlflow.log-model.history": json.dumps([{"artifact_path": "clf"}])})
    assert f'href="/register?run={run.pk}&amp;path=clf"' in page(client, f"/experiments/{experiment.pk}")


@pytest.mark.parametrize(
    "text", ["", "no json", "{}", "[1]", '[{"artifact_path": 3}]', '[{"artifact_path": "/"}]', "[" * 8000]
)
def test_history_tag_that_makes_no_sense_offers_nothing(client, text):
    experiment = make.experiment()
    make.run(experiment, tags={"mlflow.log-model.history": text})
    assert "/register?" not in page(client, f"/experiments/{experiment.pk}")


def test_hostile_names_and_values_are_text(client):
    experiment = make.experiment("<b>bold</b>")
    make.run(experiment, run_name="<script>alert(1)</script>", params={"p": "<img src=x onerror=alert(1)>"})
    content = page(client, f"/experiments/{experiment.pk}")
    assert "<script>alert" not in content
    assert "<img src=x" not in content
    assert "&lt;script&gt;" in content


def test_deleted_runs_are_a_table_of_their_own(client):
    experiment = make.experiment()
    run = make.run(experiment, run_name="gone")
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    assert ">gone</a>" not in page(client, f"/experiments/{experiment.pk}")
    assert ">gone</a>" in page(client, f"/experiments/{experiment.pk}?state=deleted")


def test_runs_of_another_experiment_stay_out(client):
    make.run(make.experiment(), run_name="stranger")
    assert ">stranger</a>" not in page(client, f"/experiments/{make.experiment().pk}")


def test_empty_experiment_teaches_how_to_log_into_it(client):
    experiment = make.experiment('odd "name"')
    content = page(client, f"/experiments/{experiment.pk}")
    assert "No runs yet" in content
    assert "mlflow.set_experiment(&quot;odd \\&quot;name\\&quot;&quot;)" in content


def busy_run(experiment: Experiment, number: int) -> None:
    run = make.run(
        experiment,
        metrics_={f"m{key}": number for key in range(8)},
        params={f"p{key}": str(number) for key in range(8)},
    )
    record = DatasetRecord(name="iris", digest=str(number), source_type="local", source="{}")
    runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[record])
    model = make.logged_model(run)
    make.version("iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk)


def test_table_asks_the_same_number_of_queries_for_one_run_and_for_many(client):
    experiment = make.experiment()
    busy_run(experiment, 0)
    few = queries(client, f"/experiments/{experiment.pk}")
    for number in range(1, 30):
        busy_run(experiment, number)
    assert queries(client, f"/experiments/{experiment.pk}") == few <= 18
