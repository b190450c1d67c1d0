"""Params, metrics and tags by the thousand: searched and paged on the server."""

import pytest
from django.http import QueryDict

from models_app.actors import SYSTEM
from models_app.models import Param, RunTag
from models_app.services import metrics, runs
from models_app.web.keyed import PAGE_SIZE, Looked, read_keys
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
MANY = PAGE_SIZE + 30


def many(count: int = MANY):
    values = {f"k{number:03}": f"v{number}" for number in range(count)}
    run = make.run(tags=values, metrics_=dict.fromkeys(values, 1.0))
    for start in range(0, count, 100):
        metrics.log_batch(actor=SYSTEM, run_id=run.pk, params=list(values.items())[start : start + 100])
    return run


def test_a_page_goes_on_behind_the_last_key():
    run = many()
    first = read_keys(run.params.all(), Looked("params"))
    second = read_keys(run.params.all(), Looked("params", after=first.next_after))
    assert [row.key for row in (*first.rows, *second.rows)] == [f"k{number:03}" for number in range(MANY)]
    assert (first.total, second.total, second.next_after) == (MANY, MANY, "")


def test_every_word_is_looked_for_in_key_and_value():
    run = make.run(params={"Depth": "5", "kind": "deep FOREST", "other": "1"})
    found = read_keys(run.params.all(), Looked("params", words="forest dee"))
    assert ([row.key for row in found.rows], found.found, found.total) == (["kind"], 1, 3)
    assert [row.key for row in read_keys(run.params.all(), Looked("params", words="depth")).rows] == ["Depth"]
    assert read_keys(run.params.all(), Looked("params", words="%")).rows == []


def test_the_machines_own_figures_come_last_on_every_page():
    keys = ["a", "system/cpu", "system/ram", "t", "u"]
    run = make.run(metrics_=dict.fromkeys(keys, 1.0))
    seen, after = [], ""
    for _ in range(3):
        part = read_keys(run.latest_metrics.all(), Looked("metrics", after=after), last="system/", size=2)
        seen += [row.key for row in part.rows]
        after = part.next_after
    assert (seen, after) == (["a", "t", "u", "system/cpu", "system/ram"], "")


@pytest.mark.parametrize(
    "query", ["params_q=%ff", "params_after=%ff&metrics_after=system/", f"params_q={'x%20' * 5000}", "params_q=%25_%5C"]
)
def test_absurd_addresses_are_answered(client, query):
    assert page(client, f"/runs/{make.run(params={'a': '1'}).pk}?{query}")


def test_an_address_is_cut_to_what_can_be_meant():
    asked = Looked.of(QueryDict("tags_q=" + "x" * 5_000 + "&tags_after=a"), "tags")
    assert (len(asked.words), asked.after) == (200, "a")


def test_run_shows_a_page_of_each_and_where_it_goes_on(client):
    run = many()
    content = page(client, f"/runs/{run.pk}")
    assert f'<h2 id="params-title">Params <span class="count">{MANY}</span></h2>' in content
    assert content.count("<tr data-key=") == 2 * PAGE_SIZE
    assert f"{PAGE_SIZE} of {MANY} params" in content
    assert f"?params_after=k{PAGE_SIZE - 1:03}#params" in content
    beyond = page(client, f"/runs/{run.pk}?params_after=k{PAGE_SIZE - 1:03}&metrics_q=k00")
    assert beyond.count("<tr data-key=") == 30 + 10
    assert 'name="params_after" value="k099"' in beyond, "a search of the metrics leaves the params where they are"


def test_search_answers_with_the_region_and_its_address(client):
    run = many(20)
    headers = {"HX-Request": "true", "HX-Target": "run-live", "HX-Current-URL": f"http://testserver/runs/{run.pk}"}
    answer = client.get(f"/runs/{run.pk}?params_q=v7&metrics_q=", headers=headers)
    assert answer.headers["HX-Push-Url"] == f"/runs/{run.pk}?params_q=v7"
    content = answer.content.decode()
    assert content.count("<tr data-key=") == 1 + 20
    headers["HX-Current-URL"] = f"http://testserver/runs/{run.pk}?params_q=v7"
    assert "HX-Push-Url" not in client.get(f"/runs/{run.pk}?params_q=v7", headers=headers).headers


def test_run_with_many_keys_costs_a_few_queries_more_than_one_with_none(client):
    none, run = make.run(), many()
    assert queries(client, f"/runs/{run.pk}") <= queries(client, f"/runs/{none.pk}") + 5


# Tags


def test_tags_beside_a_page_are_some_and_all_have_a_page(client):
    run = many()
    content = page(client, f"/runs/{run.pk}")
    assert content.count('<span class="chip tag"') + content.count('<a class="chip tag"') == 40
    assert f'<a href="/runs/{run.pk}/tags?view=all">All {MANY + 1} tags</a>' in content  # and mlflow.runName
    everything = page(client, f"/runs/{run.pk}/tags?view=all&tags_q=v12")
    assert everything.count("<tr data-key=") == 11
    assert fragment(client, f"/runs/{run.pk}/tags?view=all", "all-tags").strip().startswith('<div id="all-tags">')


def test_editor_is_searched_and_paged_and_stays_where_it_was(client):
    run = many()
    first = page(client, f"/runs/{run.pk}/tags")
    assert first.count('name="step" value="delete"') == PAGE_SIZE
    assert f'href="/runs/{run.pk}/tags?tags_after=k099#tags"' in first
    place = f"/runs/{run.pk}/tags?tags_q=v129"
    assert page(client, place).count('name="step" value="delete"') == 1
    saved = client.post(place, {"key": "k129", "value": "v129 new"})
    assert saved.headers["Location"] == place
    assert RunTag.objects.get(run=run, key="k129").value == "v129 new"


def test_key_on_another_page_is_taken_and_what_was_added_is_shown(client):
    run = many()
    taken = client.post(f"/runs/{run.pk}/tags", {"is_new": "1", "key": "k129", "value": "x"})
    assert taken.status_code == 422
    assert "There is a tag “k129” already" in taken.content.decode()
    added = client.post(
        f"/runs/{run.pk}/tags",
        {"is_new": "1", "key": "zzz", "value": "x"},
        headers={"HX-Request": "true", "HX-Target": "tags"},
    )
    assert 'name="key" value="zzz"' in added.content.decode()


def test_tags_of_others_runs_stay_out_of_reach(client):
    assert client.get("/runs/beef/tags?view=all").status_code == 404


def test_readers_of_a_deleted_run_see_all_its_tags(client):
    run = make.run(tags={"team": "growth"})
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    assert "growth" in page(client, f"/runs/{run.pk}/tags?view=all")
    assert Param.objects.filter(run=run).count() == 0
