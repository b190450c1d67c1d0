"""Columns of the runs table: those shown unasked, those of an address, and those somebody chose."""

import json
import re

import pytest

from models_app.actors import SYSTEM
from models_app.services import runs
from models_app.web.run_columns import CHOICES_SHOWN, FIELDS, METRIC, MOST_COLUMNS, SHOWN_UNASKED
from tests import make
from tests.web.pages import fragment, page

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


def heads(content: str) -> list[str]:
    return re.findall('data-column="([^"]+)"', content)


def test_columns_are_set_without_a_script_and_remembered_for_this_experiment_only(client):
    experiment, other = make.experiment(), make.experiment()
    for each in (experiment, other):
        make.run(each, metrics_={"loss": 0.1}, params={"depth": "3"}, tags={"team": "growth"})
    address = f"/experiments/{experiment.pk}"
    chosen = ["tags.team", "metrics.loss", "duration"]
    response = client.post(f"{address}/columns", {"cols": chosen, "w": ["metrics.loss:120"], "q": "run"})
    assert response.status_code == 302
    query = "q=run&cols=tags.team&cols=metrics.loss&cols=duration&w=metrics.loss%3A120"
    assert response.headers["Location"] == f"{address}?{query}"
    content = page(client, address)
    assert heads(content) == chosen
    assert '<col width="120">' in content
    assert client.cookies["laurel_runs"]["path"] == address
    assert heads(page(client, f"{address}?cols=run_id")) == ["run_id"]
    client.cookies["laurel_runs"]["path"] = "/"
    client.post(f"{address}/columns", {"step": "reset"})
    assert "metrics.loss" in heads(page(client, address)) != chosen


def test_htmx_is_led_to_the_table_with_the_new_columns(client):
    experiment = make.experiment()
    data = {"cols": ["run_id", "status"], "step": "up:status"}
    response = client.post(f"/experiments/{experiment.pk}/columns", data, headers={"HX-Request": "true"})
    assert response.status_code == 204
    located = json.loads(response.headers["HX-Location"])
    assert located["path"] == f"/experiments/{experiment.pk}?cols=status&cols=run_id"
    assert located["target"] == "#runs"


@pytest.mark.parametrize("cookie", ["", "cols=nothing", "w=metrics.loss:", "w=:5", "cols=%ff&w=x:99999", "=&=&" * 900])
def test_a_cookie_that_makes_no_sense_changes_nothing(client, cookie):
    experiment = make.experiment()
    make.run(experiment, metrics_={"loss": 0.1})
    client.cookies["laurel_runs"] = cookie
    assert "metrics.loss" in heads(page(client, f"/experiments/{experiment.pk}"))


def test_more_than_a_cookie_holds_is_not_remembered(client):
    experiment = make.experiment()
    response = client.post(
        f"/experiments/{experiment.pk}/columns", {"cols": [f"params.{'x' * 200}{n}" for n in range(30)]}
    )
    assert not client.cookies["laurel_runs"].value
    assert len(heads(page(client, response.headers["Location"]))) == 0  # no runs, no table
    make.run(experiment)
    assert len(heads(page(client, response.headers["Location"]))) == 30


def test_columns_that_no_address_could_name_are_refused_and_all_stays(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"loss": 0.1})
    address, data = f"/experiments/{experiment.pk}", {"q": "run", "cols": [f"params.{'x' * 200}{n}" for n in range(80)]}
    response = client.post(f"{address}/columns", data, follow=True)
    assert response.redirect_chain == [(f"{address}?q=run", 302)]
    content = response.content.decode()
    assert "the names of these 80 are too long for one address. Choose fewer." in content
    assert "metrics.loss" in heads(content)
    response = client.post(f"{address}/columns", data, headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert "Choose fewer." in json.loads(response.headers["HX-Trigger"])["toast"]["message"]
    assert "laurel_runs" not in client.cookies


def test_a_long_name_is_cut_before_its_end(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"validation/accuracy of group 17": 0.1})
    content = page(client, f"/experiments/{experiment.pk}")
    assert '<span class="truncate">validation/accuracy of</span><span> group 17</span>' in content


def test_what_varies_comes_before_what_some_lack(client):
    experiment = make.experiment()
    for depth in ("3", "4", "5"):
        make.run(experiment, params={"batch": "128", "depth": depth})
    make.run(experiment)
    found = heads(page(client, f"/experiments/{experiment.pk}"))
    assert found.index("params.depth") < found.index("params.batch")


def test_every_field_has_a_column(client):
    experiment = make.experiment()
    tags = {"mlflow.source.name": "/jobs/mia/train.py", "mlflow.source.git.commit": "0123456789abcdef" * 2 + "01234567"}
    run = make.run(experiment, user_id="mia", start_time=1_700_000_000_000, tags=tags)
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="KILLED", end_time=1_700_000_061_000)
    asked = "&".join(f"cols={word}" for word in FIELDS)
    content = page(client, f"/experiments/{experiment.pk}?{asked}")
    assert heads(content) == list(FIELDS)
    for shown in (">train.py<", ">0123456789<", ">Killed<", f">{run.pk}<", "1 min 1 s", ">mia<"):
        assert shown in content
