"""Runs in groups: counts and figures per value of a param or tag, and per dataset."""

import pytest

from models_app.actors import SYSTEM
from models_app.services import runs
from models_app.services.runs import DatasetRecord
from models_app.web import run_groups
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def experiment():
    experiment = make.experiment()
    for family, accuracy in (("forest", 0.9), ("forest", 0.7), ("forest", float("nan")), ("linear", 0.5)):
        make.run(experiment, metrics_={"accuracy": accuracy}, params={"family": family}, tags={"team": "red"})
    make.run(experiment, run_name="bare", metrics_={"accuracy": 0.1})
    return experiment


def rows(content: str) -> list[str]:
    body = content[content.index("<tbody>") : content.index("</tbody>")]
    return body.split("<tr ")[1:]


def test_groups_tell_their_counts_and_the_spread_of_each_metric(client, experiment):
    forest, linear, rest = rows(page(client, f"/experiments/{experiment.pk}?group=params.family"))
    assert ">forest</a>" in forest
    assert '<td class="numeric">3</td>' in forest
    assert 'value="0.8"' in forest
    assert "0.7 to 0.9" in forest
    assert "best: " in forest
    assert 'value="0.5"' in linear
    assert "best: " not in linear
    assert "not logged" in rest


def test_lowest_and_highest_are_told_and_groups_sorted_by_them(client, experiment):
    address = f"/experiments/{experiment.pk}?group=params.family"
    first, second, last = rows(page(client, f"{address}&agg=max&sort=metrics.accuracy"))
    assert 'value="0.5"' in first
    assert 'value="0.9"' in second
    assert "not logged" in last
    assert ">linear</a>" in rows(page(client, f"{address}&sort=-group"))[0]
    assert ">linear</a>" in rows(page(client, f"{address}&sort=runs"))[0]
    assert ">forest</a>" in rows(page(client, f"{address}&sort=colour&agg=colour"))[0]


def test_groups_show_the_metrics_of_nested_runs(client):
    parent = make.run()
    for depth in ("3", "5"):
        tags = {"mlflow.parentRunId": parent.pk}
        make.run(parent.experiment, metrics_={"accuracy": 0.25}, params={"depth": depth}, tags=tags)
    three, five, rest = rows(page(client, f"/experiments/{parent.experiment_id}?group=params.depth"))
    assert 'value="0.25"' in three
    assert 'value="0.25"' in five
    assert "not logged" in rest


def test_a_group_leads_to_its_runs(client, experiment):
    content = page(client, f"/experiments/{experiment.pk}?group=params.family&q=run&cols=metrics.accuracy")
    query = "cols=metrics.accuracy&amp;q=run_name+ILIKE+%27%25run%25%27+AND+params.family+%3D+%27forest%27"
    assert f'href="/experiments/{experiment.pk}?{query}"' in content
    found = page(client, f"/experiments/{experiment.pk}?{query.replace('&amp;', '&')}")
    assert "3 runs" in found
    content = page(client, f"/experiments/{experiment.pk}?group=params.family&q=metrics.accuracy > 0")
    assert "params.family+IS+NULL" in content


def test_runs_are_grouped_by_dataset_each_in_as_many_as_it_read(client, experiment):
    run = make.run(experiment, metrics_={"accuracy": 0.3})
    for digest in ("aa", "bb"):
        record = DatasetRecord(name="iris", digest=digest, source_type="local", source="{}")
        runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[record])
    without, one, two = sorted(rows(page(client, f"/experiments/{experiment.pk}?group=dataset")), key=len)
    assert "none" in without
    assert ">aa</span>" in one + two
    assert "dataset=bb" in one + two
    assert 'value="0.3"' in one


def test_an_odd_value_is_text_and_finds_its_runs(client):
    experiment = make.experiment()
    odd = 'it\'s `<b>` "x" AND 1 = 1'
    make.run(experiment, run_name="odd one", params={"odd key": odd})
    content = page(client, f"/experiments/{experiment.pk}?group=params.odd key")
    assert "<b>" not in content
    href = content.split('title="Show these runs"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert ">odd one</a>" in page(client, href)


def test_more_groups_than_fit_are_said(client, monkeypatch):
    experiment = make.experiment()
    for number in range(5):
        make.run(experiment, params={"seed": str(number)})
    monkeypatch.setattr(run_groups, "MOST_GROUPS", 3)
    content = page(client, f"/experiments/{experiment.pk}?group=params.seed")
    assert "5 groups, the 3 largest are shown" in content
    assert len(rows(content)) == 3


def test_groups_are_a_fragment_and_ask_a_constant_number_of_queries(client, experiment, monkeypatch):
    address = f"/experiments/{experiment.pk}?group=params.family"
    assert "<html" not in fragment(client, address, "runs")
    few = queries(client, address)
    for number in range(20):
        make.run(experiment, metrics_={"accuracy": number}, params={"family": f"f{number}"})
    assert queries(client, address) == few <= 24
    whole = page(client, address)
    monkeypatch.setattr(run_groups, "FEW", 3)
    assert rows(page(client, address)) == rows(whole)


def test_a_mistaken_filter_shows_no_groups(client, experiment):
    response = client.get(f"/experiments/{experiment.pk}", {"group": "params.family", "q": "params.family ="})
    assert response.status_code == 422


def test_groups_of_long_values_are_read_and_shown_in_part(client):
    experiment = make.experiment()
    for end in ("a", "b"):
        make.run(experiment, tags={"note": "x" * 5_000 + end})
    make.run(experiment, tags={"note": "y" * run_groups.LONGEST})
    content = page(client, f"/experiments/{experiment.pk}?group=tags.note")
    long, short = rows(content)
    assert '<td class="numeric">2</td>' in long
    assert "x" * 199 in long
    assert "href" not in long
    assert "x" * 300 not in content
    assert "y" * run_groups.LONGEST in short
    assert "href" in short
