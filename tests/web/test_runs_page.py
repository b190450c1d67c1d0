"""What surrounds the runs table: the filter box's completion, CSV, saved views, and news while somebody looks."""

import csv
import html
import io
import json

import pytest

from models_app.actors import SYSTEM
from models_app.models import Event, SavedView
from models_app.services import runs, saved_views
from models_app.web import runs_export
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def words(client, experiment, text: str) -> list[str]:
    content = client.get(f"/experiments/{experiment.pk}/words", {"q": text}).content.decode()
    parts = content.split('data-value="')[1:]
    return [html.unescape(part.split('"')[0]) for part in parts]


# Completion


def test_keys_are_completed_at_the_end_of_the_text(client):
    experiment = make.experiment()
    make.run(experiment, metrics_={"val loss": 1, "accuracy": 1}, params={"lr": "1"}, tags={"team": "red"})
    assert words(client, experiment, "metrics.ac") == ["metrics.accuracy "]
    assert words(client, experiment, "loss") == ["metrics.`val loss` "]
    assert words(client, experiment, "metrics.accuracy > 0.5 AND params.") == ["metrics.accuracy > 0.5 AND params.lr "]
    assert "status " in words(client, experiment, "stat")
    assert "tags.team " in words(client, experiment, "")
    assert words(client, experiment, "metrics.accuracy > ") == []
    assert words(client, make.experiment(), "metrics.") == []


def test_values_are_completed_in_quotes(client):
    experiment = make.experiment()
    for value in ("forest", "it's"):
        make.run(experiment, params={"family": value})
    assert words(client, experiment, "params.family = 'for") == ["params.family = 'forest' "]
    assert words(client, experiment, "params.family = 'it") == ["params.family = 'it''s' "]
    assert words(client, experiment, "status = 'fail") == ["status = 'FAILED' "]


def test_completed_filters_can_be_read(client):
    experiment = make.experiment()
    make.run(experiment, run_name="found", params={"odd key": "it's"})
    (text,) = words(client, experiment, "params.`odd key` = 'it")
    assert ">found</a>" in page(client, f"/experiments/{experiment.pk}?q={text}")


def test_an_unfinished_key_leaves_the_table_alone(client):
    experiment = make.experiment()
    make.run(experiment)
    response = client.get(
        f"/experiments/{experiment.pk}", {"q": "metrics.accuracy"}, headers={**HTMX, "HX-Target": "runs"}
    )
    assert response.status_code == 422
    assert "after a key comes a comparison" in response.content.decode()


# CSV


def table_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_csv_holds_what_the_page_shows_exactly(client):
    experiment = make.experiment("wine & <more>")
    make.run(experiment, run_name="=cmd()", metrics_={"loss": 0.1234567890123}, params={"note": "+1+1", "lr": "-3"})
    response = client.get(f"/experiments/{experiment.pk}/runs.csv?cols=metrics.loss&cols=params.note&cols=params.lr")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert table_of(response) == [
        ["Run", "metrics.loss", "params.note", "params.lr"],
        ["'=cmd()", "0.1234567890123", "'+1+1", "-3"],
    ]


def test_csv_of_all_goes_through_every_page_with_the_same_columns(client, monkeypatch):
    monkeypatch.setattr(runs_export, "AT_ONCE", 3)
    experiment = make.experiment()
    for number in range(10):
        make.run(experiment, run_name=f"run {number}", metrics_={"loss": number})
    address = f"/experiments/{experiment.pk}/runs.csv?all=1&sort=metrics.loss&q=metrics.loss > 0"
    found = table_of(client.get(address))
    assert [row[0] for row in found] == ["Run", *(f"run {number}" for number in range(1, 10))]
    assert found[0][:3] == ["Run", "Started", "Duration"]


def test_csv_of_every_field_and_of_groups(client):
    experiment = make.experiment()
    run = make.run(experiment, user_id="mia", params={"family": "forest"}, metrics_={"loss": 2}, start_time=1_000)
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=3_500)
    asked = "&".join(f"cols={word}" for word in ("duration", "status", "user_id", "run_id", "models", "dataset"))
    assert table_of(client.get(f"/experiments/{experiment.pk}/runs.csv?{asked}"))[1][1:] == [
        "2.5", "FINISHED", "mia", run.pk, "", "",
    ]  # fmt: skip
    groups = table_of(client.get(f"/experiments/{experiment.pk}/runs.csv?group=params.family"))
    assert groups[0] == ["family", "Digest", "Runs", "Last started", "mean loss"]
    assert groups[1][:3] == ["forest", "", "1"]
    assert client.get(f"/experiments/{experiment.pk}/runs.csv?q=metrics.loss >").status_code == 400


# Saved views


def test_a_view_is_saved_opened_changed_deleted_and_brought_back(client):
    experiment = make.experiment()
    make.run(experiment)
    address = f"/experiments/{experiment.pk}"
    query = "q=run&sort=-metrics.loss&cols=metrics.loss"
    assert f'value="{query.replace("&", "&amp;")}"' in fragment(
        client, f"{address}/views/new?query=q%3Drun%26sort%3D-metrics.loss%26cols%3Dmetrics.loss", "dialog"
    )
    response = client.post(f"{address}/views/new", {"name": " Best ", "query": query}, headers=HTMX)
    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Best", query)
    assert response.headers["HX-Redirect"] == f"{address}?{query}&view={view.pk}"
    opened = client.get(f"{address}/views/{view.pk}")
    assert opened.headers["Location"] == f"{address}?{query}&view={view.pk}"
    content = page(client, opened.headers["Location"])
    assert "Save the changes" not in content
    changed = page(client, f"{address}?q=other&view={view.pk}")
    assert "Best (changed)" in changed
    client.post(f"{address}/views/{view.pk}/update", {"query": "q=other"})
    view.refresh_from_db()
    assert view.query == "q=other"
    response = client.post(f"{address}/views/{view.pk}/delete", follow=True)
    assert not SavedView.objects.exists()
    assert f'action="{address}/views/new?name=Best&amp;query=q%3Dother"' in response.content.decode()
    client.post(f"{address}/views/new?name=Best&query=q%3Dother")
    assert SavedView.objects.get().query == "q=other"
    kinds = list(Event.objects.filter(kind__startswith="saved_view").order_by("id").values_list("kind", flat=True))
    assert kinds == ["saved_view.created", "saved_view.updated", "saved_view.deleted", "saved_view.created"]


def test_a_link_to_share_holds_remembered_columns(client):
    experiment = make.experiment()
    make.run(experiment)
    client.post(f"/experiments/{experiment.pk}/columns", {"cols": ["run_id"]})
    client.cookies["laurel_runs"]["path"] = "/"
    content = page(client, f"/experiments/{experiment.pk}?q=run&page=x")
    assert f'data-copy="http://testserver/experiments/{experiment.pk}?q=run&amp;cols=run_id"' in content


@pytest.mark.parametrize(
    ("name", "said"), [("", "required"), ("  ", "required"), ("x" * 121, "120"), ("Best", "already")]
)
def test_a_view_that_cannot_be_saved_is_told_at_the_field(client, name, said):
    experiment = make.experiment()
    saved_views.create_saved_view(actor=SYSTEM, experiment_id=experiment.pk, name="Best", query="")
    response = client.post(f"/experiments/{experiment.pk}/views/new", {"name": name, "query": "q=1"}, headers=HTMX)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert 'value="q=1"' in response.content.decode()


def test_views_of_another_experiment_are_not_found(client):
    experiment, other = make.experiment(), make.experiment()
    view = saved_views.create_saved_view(actor=SYSTEM, experiment_id=other.pk, name="Best", query="")
    for path, method in (("", client.get), ("/update", client.post), ("/delete", client.post)):
        assert method(f"/experiments/{experiment.pk}/views/{view.pk}{path}").status_code == 404
    assert client.get(f"/experiments/{other.pk}/views/{view.pk}/delete").status_code == 405
    assert SavedView.objects.count() == 1


# News


def asked(content: str) -> str:
    """The query that the page asks for news with."""
    form = content.split('hx-trigger="every ')[1].split("</form>")[0]
    pairs = [part.split('"')[0:3:2] for part in form.split('name="')[1:]]
    return "&".join(f"{name}={value}" for name, value in pairs)


def test_new_runs_are_announced_and_running_rows_drawn_anew(client):
    experiment = make.experiment()
    running = make.run(experiment, run_name="going on", start_time=2_000, metrics_={"loss": 0.5})
    done = make.run(experiment, run_name="done", start_time=1_000, metrics_={"loss": 0.25})
    runs.update_run(actor=SYSTEM, run_id=done.pk, status="FINISHED")
    address = f"/experiments/{experiment.pk}"
    query = asked(page(client, f"{address}?cols=metrics.loss"))
    news = page(client, f"{address}/news?{query}")
    assert "new run" not in news
    assert f'<tr data-row id="run-{running.pk}" data-running="{running.pk}" hx-swap-oob="true">' in news
    assert "done" not in news
    make.run(experiment, start_time=3_000)
    runs.update_run(actor=SYSTEM, run_id=running.pk, status="FAILED")
    news = page(client, f"{address}/news?{query}")
    assert "1 new run<" in news
    assert 'title="Failed"' in news
    assert f'href="{address}?cols=metrics.loss"' in news
    assert "data-running" not in news


def test_nothing_is_asked_for_where_it_would_move_what_one_reads(client):
    experiment = make.experiment()
    make.run(experiment, params={"family": "forest"})
    address = f"/experiments/{experiment.pk}"
    assert 'hx-trigger="every 10s"' in page(client, address)
    for query in ("live=off", "group=params.family", "page=x"):
        assert 'hx-trigger="every ' not in page(client, f"{address}?{query}")


@pytest.mark.parametrize(
    "query", ["", "rows=x,,y&running=1&seen=-5", "seen=99999999999999999999", "q=metrics.", "shown=x"]
)
def test_odd_questions_for_news_are_answered(client, query):
    experiment = make.experiment()
    make.run(experiment)
    assert client.get(f"/experiments/{experiment.pk}/news?{query}").status_code == 200


def test_news_ask_a_constant_number_of_queries(client):
    experiment = make.experiment()
    address = f"/experiments/{experiment.pk}"
    make.run(experiment)
    few = queries(client, f"{address}/news?{asked(page(client, address))}")
    for _ in range(10):
        make.run(experiment)
    assert queries(client, f"{address}/news?{asked(page(client, address))}") == few <= 18


def test_toasts_of_views_can_be_undone_by_post_only(client):
    experiment = make.experiment()
    assert client.get(f"/experiments/{experiment.pk}/views/new?name=x&query=").status_code == 200
    assert not SavedView.objects.exists()


def test_htmx_gets_events_as_json(client):
    run = make.run()
    response = client.post("/runs/restore", {"ids": run.pk}, headers=HTMX)
    assert "runs:changed" in json.loads(response.headers["HX-Trigger"])
