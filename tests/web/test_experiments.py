"""The pages of experiments: list, runs table, and what is done to an experiment as a whole."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.models import Experiment
from models_app.services import access, experiments, runs
from models_app.services.access import Level
from models_app.services.runs import DatasetRecord
from models_app.web.lists import PAGE_SIZE
from models_app.web.runs_table import METRIC_COLUMNS
from tests import make

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def fragment(client: Client, address: str, target: str) -> str:
    return page(client, address, **{"HX-Request": "true", "HX-Target": target})


def queries(client: Client, address: str) -> int:
    client.get(address)  # the local user is made by the first request
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# The list


def test_list_shows_what_an_experiment_is_about_and_how_busy_it_is(client):
    experiment = make.experiment("iris", tags=[("team", "growth"), ("mlflow.note.content", "Which **flower**?")])
    make.run(experiment, start_time=1_700_000_000_000)
    deleted = make.run(experiment)
    runs.delete_run(actor=SYSTEM, run_id=deleted.pk)
    content = page(client, "/experiments")
    row = content[content.index(f"/experiments/{experiment.pk}") :]
    assert "Which flower?" in row
    assert "growth" in row
    assert 'data-label="Runs">1</td>' in row
    assert "14 Nov 2023" in row
    assert "mlflow.note" not in content


def test_list_without_experiments_of_ones_own_still_shows_the_default_one(client):
    assert "Default" in page(client, "/experiments")


def test_empty_list_teaches_with_this_servers_address(client):
    experiments.delete_experiment(actor=SYSTEM, experiment_id=Experiment.DEFAULT_ID)
    content = page(client, "/experiments")
    assert "No experiments yet" in content
    assert "http://testserver" in content


def test_list_is_searched_by_words_and_by_filter(client):
    make.experiment("iris", tags=[("team", "growth")])
    make.experiment("digits")
    by_words = page(client, "/experiments?q=IRI")
    by_filter = page(client, "/experiments?q=tags.team = 'growth'")
    for content in (by_words, by_filter):
        assert ">iris</a>" in content
        assert ">digits</a>" not in content


def test_list_fragment_is_the_region_alone(client):
    content = fragment(client, "/experiments?q=nothing", "experiments")
    assert content.strip().startswith('<div id="experiments">')
    assert "<html" not in content
    assert "No experiment matches" in content


def test_address_of_a_search_holds_what_was_asked_and_no_more(client):
    headers = {"HX-Request": "true", "HX-Target": "experiments"}
    response = client.get("/experiments?q=&sort=name", headers=headers)
    assert response.headers["HX-Push-Url"] == "/experiments?sort=name"
    assert client.get("/experiments?q=", headers=headers).headers["HX-Push-Url"] == "/experiments"


def test_mistaken_filter_is_explained_with_a_caret_and_kept(client):
    response = client.get("/experiments", {"q": "tags.team = growth"})
    content = response.content.decode()
    assert response.status_code == 422
    assert 'value="tags.team = growth"' in content
    assert "put quotes around growth" in content
    assert "tags.team = <mark>g</mark>rowth\n            ^" in content


def test_mistake_of_a_half_typed_filter_leaves_the_list_alone(client):
    experiment = make.experiment()
    for address, region in (("/experiments", "experiments"), (f"/experiments/{experiment.pk}", "runs")):
        headers = {"HX-Request": "true", "HX-Target": region}
        response = client.get(address, {"q": "tags.team ="}, headers=headers)
        assert response.status_code == 422
        assert response.content.decode().strip().startswith(f'<div class="filter-problem" id="{region}-problem"')
        assert response.headers["HX-Retarget"] == f"#{region}-problem"
        assert response.headers["HX-Push-Url"] == "false"


def test_deleted_experiments_are_a_list_of_their_own(client):
    experiment = make.experiment("iris")
    experiments.delete_experiment(actor=SYSTEM, experiment_id=experiment.pk)
    assert ">iris</a>" not in page(client, "/experiments")
    assert ">iris</a>" in page(client, "/experiments?state=deleted")


def test_list_is_paged_by_key(client):
    for number in range(PAGE_SIZE):
        make.experiment(f"many-{number:02}")
    first = page(client, "/experiments?sort=name")
    assert ">Default</a>" in first
    assert f">many-{PAGE_SIZE - 1}</a>" not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = page(client, f"/experiments{following}")
    assert f">many-{PAGE_SIZE - 1}</a>" in second
    assert "First page" in second


def test_an_old_page_token_or_sort_shows_the_first_page(client):
    make.experiment("iris")
    assert ">iris</a>" in page(client, "/experiments?page=gone&sort=colour")


def test_list_asks_the_same_number_of_queries_for_one_and_for_many(client):
    make.run(make.experiment(tags=[("team", "growth")]))
    few = queries(client, "/experiments")
    for _ in range(20):
        make.run(make.experiment(tags=[("team", "growth")]))
    assert queries(client, "/experiments") == few <= 9


# The runs table


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
    assert content.count('aria-sort="none"><a class="sort-link"') >= METRIC_COLUMNS
    assert content.count('class="numeric') < 20
    assert f"{30 - METRIC_COLUMNS} more" in content
    assert 'value="metrics.metric29"' in content


def test_columns_of_the_address_stand_in_its_order(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"accuracy": 0.9, "loss": 0.1}, params={"depth": "3"})
    content = page(client, f"/experiments/{experiment.pk}?cols=metrics.loss&cols=metrics.accuracy&cols=metrics.missing")
    head = content[content.index("<thead>") : content.index("</thead>")]
    assert head.index(">loss<") < head.index(">accuracy<") < head.index(">missing<")
    assert ">depth<" not in head


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
    assert content.index(">unrelated</a>") < content.index(">parent</a>") < content.index(">child</a>")
    assert "depth-1" in content


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
    assert queries(client, f"/experiments/{experiment.pk}") == few <= 16


def test_unknown_experiment_is_named_in_the_404(client):
    response = client.get("/experiments/404404")
    assert response.status_code == 404
    assert "There is no experiment 404404." in response.content.decode()


# Create, rename, delete, restore


def test_experiment_is_created_without_a_script(client):
    response = client.post("/new/experiment", {"name": "iris", "artifact_location": ""})
    experiment = Experiment.objects.get(name="iris")
    assert (response.status_code, response.headers["Location"]) == (302, f"/experiments/{experiment.pk}")


def test_create_dialog_opens_in_place_and_leads_to_the_experiment(client):
    dialog = fragment(client, "/new/experiment", "dialog")
    assert dialog.strip().startswith("<dialog")
    response = client.post("/new/experiment", {"name": "iris"}, headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == f"/experiments/{Experiment.objects.get(name='iris').pk}"


@pytest.mark.parametrize("name", ["", "   "])
def test_nameless_experiment_is_refused_at_the_field(client, name):
    response = client.post("/new/experiment", {"name": name})
    assert response.status_code == 422
    assert 'id="id_name-error"' in response.content.decode()


def test_taken_name_is_refused_at_the_field_and_kept(client):
    make.experiment("iris")
    response = client.post("/new/experiment", {"name": "iris"}, headers={"HX-Request": "true"})
    content = response.content.decode()
    assert response.status_code == 422
    assert content.strip().startswith('<form class="form" id="experiment-form"')
    assert "already exists" in content
    assert 'value="iris"' in content


def test_experiment_is_renamed(client):
    experiment = make.experiment("iris")
    assert 'value="iris"' in page(client, f"/experiments/{experiment.pk}/rename")
    client.post(f"/experiments/{experiment.pk}/rename", {"new_name": "flowers"})
    experiment.refresh_from_db()
    assert experiment.name == "flowers"


def test_rename_to_a_taken_name_is_refused_at_the_field(client):
    make.experiment("flowers")
    experiment = make.experiment("iris")
    response = client.post(f"/experiments/{experiment.pk}/rename", {"new_name": "flowers"})
    assert response.status_code == 422
    assert 'id="id_new_name-error"' in response.content.decode()


def test_deleting_names_the_runs_and_versions_it_touches_first(client):
    experiment = make.experiment("iris")
    run = make.run(experiment)
    make.run(experiment)
    make.version("clf", of_run=run)
    content = page(client, f"/experiments/{experiment.pk}/delete")
    assert "2 runs will be deleted with it" in content
    assert "1 registered version was made from its runs" in content
    experiment.refresh_from_db()
    assert not experiment.is_deleted


def test_experiment_is_deleted_and_restored(client):
    experiment = make.experiment("iris")
    response = client.post(f"/experiments/{experiment.pk}/delete", follow=True)
    assert f'action="/experiments/{experiment.pk}/restore"' in response.content.decode()
    content = page(client, f"/experiments/{experiment.pk}")
    assert "This experiment is deleted" in content
    client.post(f"/experiments/{experiment.pk}/restore")
    experiment.refresh_from_db()
    assert not experiment.is_deleted


def test_restoring_takes_a_post(client):
    assert client.get(f"/experiments/{make.experiment().pk}/restore").status_code == 405


def test_without_the_right_controls_say_why(client, monkeypatch):
    experiment = make.experiment()
    monkeypatch.setattr(access, "level_for", lambda actor, obj=None: Level.READ)
    monkeypatch.setattr("models_app.web.rights.level_for", lambda actor, obj: Level.READ)
    content = page(client, f"/experiments/{experiment.pk}")
    assert "Deleting needs the right to manage" in content
    assert f'href="/experiments/{experiment.pk}/delete"' not in content
    assert client.post(f"/experiments/{experiment.pk}/delete").status_code == 403
