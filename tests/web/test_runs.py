"""The pages of runs: the overview and its live fragment, models, and what is done to a run as a whole."""

import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.services import experiments, metrics, runs
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord
from models_app.storage import get_store, paths
from models_app.web.run_facts import source_of
from tests import make
from tests.web.pages import page

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true", "HX-Target": "run-live"}


def test_overview_says_who_when_how_long_and_what_came_of_it(client):
    run = make.run(
        make.experiment("iris"),
        run_name="first try",
        user_id="ed",
        start_time=1_700_000_000_000,
        metrics_={"accuracy": 0.93},
        params={"depth": "5"},
        tags={"team": "growth", "mlflow.note.content": "A **note**."},
    )
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=1_700_000_090_000)
    content = page(client, f"/runs/{run.pk}")
    for text in ("<title>first try", "Finished", "1 min 30 s", ">ed<", ">iris</a>", 'value="0.93"', "growth"):
        assert text in content
    assert "<strong>note</strong>" in content
    assert "depth" in content


def test_running_run_is_asked_again_until_it_ends(client):
    run = make.run()
    assert 'hx-trigger="every 4s"' in page(client, f"/runs/{run.pk}")
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=5)
    live = page(client, f"/runs/{run.pk}", **LIVE)
    assert live.strip().startswith('<div class="run-live" id="run-live">')
    assert "every 4s" not in live


def test_the_last_live_answer_brings_head_and_models_up_to_date(client):
    run = make.run()
    during = page(client, f"/runs/{run.pk}", **LIVE)
    assert 'id="run-head"' not in during
    assert 'id="run-duration" hx-swap-oob="true"' in during
    model = make.logged_model(run)
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=5)
    after = page(client, f"/runs/{run.pk}", **LIVE)
    assert 'id="run-head" hx-swap-oob="true"' in after
    assert f"/register?model_id={model.pk}" in after


def test_live_answer_shows_new_figures(client):
    run = make.run()
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=Point(key="loss", value=0.25, timestamp=1, step=7))
    assert 'value="0.25"' in page(client, f"/runs/{run.pk}", **LIVE)


def test_inputs_show_the_data_and_what_it_was_for(client):
    run = make.run()
    record = DatasetRecord(
        name="iris",
        digest="a1b2",
        source_type="http",
        source=json.dumps({"url": "https://data.example/iris.csv"}),
        schema=json.dumps({"mlflow_colspec": [{"name": "x"}] * 5}),
        profile=json.dumps({"num_rows": 150}),
        tags=(("mlflow.data.context", "train"),),
    )
    odd = DatasetRecord(name="odd", digest="c3", source_type="", source="no json", schema="[]", profile="3")
    runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[record, odd])
    content = page(client, f"/runs/{run.pk}")
    for text in ("150 rows, 5 columns", "https://data.example/iris.csv", "a1b2", ">train<", "odd"):
        assert text in content


def test_parent_and_children_link_to_each_other(client):
    parent = make.run(run_name="parent")
    child = make.run(parent.experiment, run_name="child", tags={"mlflow.parentRunId": parent.pk})
    assert f'href="/runs/{child.pk}">child</a>' in page(client, f"/runs/{parent.pk}")
    assert f'href="/runs/{parent.pk}">parent</a>' in page(client, f"/runs/{child.pk}")


def test_way_up_to_the_first_run_is_linked(client):
    first = make.run(run_name="first")
    second = make.run(first.experiment, run_name="second", tags={"mlflow.parentRunId": first.pk})
    third = make.run(first.experiment, tags={"mlflow.parentRunId": second.pk})
    content = page(client, f"/runs/{third.pk}")
    assert content.index(f'<dt>Root</dt><dd><a href="/runs/{first.pk}">first</a>') < content.index(
        f'<dt>Parent</dt><dd><a href="/runs/{second.pk}">second</a>'
    )


def test_runs_that_are_each_others_parents_have_pages(client):
    one = make.run()
    two = make.run(one.experiment, tags={"mlflow.parentRunId": one.pk})
    runs.set_run_tag(actor=SYSTEM, run_id=one.pk, key="mlflow.parentRunId", value=two.pk)
    alone = make.run(one.experiment)
    runs.set_run_tag(actor=SYSTEM, run_id=alone.pk, key="mlflow.parentRunId", value=alone.pk)
    content = page(client, f"/runs/{one.pk}")
    assert content.count(f'<dt>Parent</dt><dd><a href="/runs/{two.pk}">') == 1
    assert "<dt>Parent</dt>" not in page(client, f"/runs/{alone.pk}")


def test_children_come_a_page_at_a_time_with_their_metric(client):
    parent = make.run()
    children = [
        make.run(
            parent.experiment, start_time=1_000 - number, tags={"mlflow.parentRunId": parent.pk},
            metrics_={"accuracy": number / 8, "system/cpu": 1.0},
        )
        for number in range(23)
    ]  # fmt: skip
    content = page(client, f"/runs/{parent.pk}")
    assert 'Nested runs <span class="count">23</span>' in content
    assert 'title="accuracy"' in content
    assert children[19].pk in content
    assert children[20].pk not in content
    after = content.partition("?children_after=")[2].partition("#")[0]
    assert children[22].pk in page(client, f"/runs/{parent.pk}?children_after={after}")
    for odd in ("x", "9-", f"{10**30}-a"):
        assert page(client, f"/runs/{parent.pk}?children_after={odd}")


def test_files_at_the_top_are_listed_and_pictures_shown(client):
    run = make.run()
    folder = paths.path_of(run.artifact_uri)
    for path, size in (("plot.png", 30), ("big.PNG", 4_000_001), ("<b>.txt", 1_500), ("images/x.png", 5), ("e.jpg", 0)):
        get_store().put(f"{folder}/{path}", io.BytesIO(b"x" * size), None)
    get_store().put(f"{folder}/other/y.png", io.BytesIO(b"x"), None)
    content = page(client, f"/runs/{run.pk}")
    assert content.count("<img ") == 2
    assert f'src="/runs/{run.pk}/files/plot.png?raw=1" alt="" loading="lazy"' in content
    assert f'src="/runs/{run.pk}/files/images/x.png?raw=1" alt="" loading="lazy"' in content
    assert f'href="/runs/{run.pk}/files/%3Cb%3E.txt"' in content
    assert "1.5 kB" in content
    assert "<b>.txt" not in content


def test_of_pictures_logged_over_steps_the_last_of_each_key_is_shown(client):
    run = make.run()
    for key, step in (("a", 0), ("a", 10), ("a", 2), ("b~c", 1)):
        name = f"images/{key}+step+{step}+timestamp+{step}+0f0e0d0c-0000-4000-8000-000000000001"
        for ending in (".png", "+compressed.webp"):
            get_store().put(f"{paths.path_of(run.artifact_uri)}/{name}{ending}", io.BytesIO(b"x"), None)
    shown = re.findall(r'<img src="[^"]+/images/([^"]+)', page(client, f"/runs/{run.pk}"))
    names = {tuple(re.split(r"%2B", address)[i] for i in (0, 2, -1)) for address in shown}
    assert names == {("a", "10", "compressed.webp?raw=1"), ("b~c", "1", "compressed.webp?raw=1")}
    assert len(shown) == 2


def test_deleted_run_that_never_ended_does_not_run_on(client):
    run = make.run()
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    content = page(client, f"/runs/{run.pk}")
    assert "running since" not in content
    assert "Never ended</span>" in content
    assert re.search(r'<dd id="run-duration">\s*deleted <time.*?</time>, never ended', content)
    assert "every 4s" not in content


def test_scheduled_run_is_not_said_to_run(client):
    run = make.run()
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="SCHEDULED")
    content = page(client, f"/runs/{run.pk}")
    assert "not running yet" in content
    assert "running since" not in content
    assert "running for" not in content
    assert "every 4s" in content, "it may begin at any moment"


def test_long_name_is_whole_in_a_heading_that_opens(client):
    name = "x" * 250
    content = page(client, f"/runs/{make.run(run_name=name).pk}")
    assert f'<h1><span class="title-name">{name}</span></h1></summary>' in content
    assert "<h1>short</h1>" in page(client, f"/runs/{make.run(run_name='short').pk}")


def test_name_of_a_run_stands_once_above_its_pages(client):
    run = make.run(run_name="first try")
    for tab in ("", "/metrics", "/files", "/models"):
        content = page(client, f"/runs/{run.pk}{tab}")
        assert "first try" not in content[content.index('class="breadcrumbs"') : content.index("<h1>")]


def test_run_can_be_loaded_by_the_lines_it_offers(client):
    run = make.run()
    model = make.logged_model(run)
    content = page(client, f"/runs/{run.pk}")
    assert f"client.get_run(&quot;{run.pk}&quot;)" in content
    assert f"&quot;models:/{model.pk}&quot;" in content
    make.logged_model(run, "another")
    assert f"&quot;models:/{model.pk}&quot;" not in page(client, f"/runs/{run.pk}").partition("load-run")[2]


def test_metric_logged_once_or_corrected_has_no_line(client):
    run = make.run(metrics_={"accuracy": 0.9})
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=Point(key="accuracy", value=0.9, timestamp=5, step=0))
    assert 'class="sparkline"' not in page(client, f"/runs/{run.pk}")


def test_points_of_very_long_curves_are_not_counted_each_time(client, monkeypatch):
    run = make.run()
    points = [Point(key="loss", value=1 / (step + 1), timestamp=step, step=step) for step in range(30)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    monkeypatch.setattr("models_app.web.charts.series.SPARK_POINTS", 20)
    content = page(client, f"/runs/{run.pk}")
    assert "a long curve" in content
    assert 'class="sparkline"' not in content


def test_poll_of_a_running_run_reads_little(client):
    run = make.run()
    page(client, f"/runs/{run.pk}", **LIVE)
    with CaptureQueriesContext(connection) as captured:
        page(client, f"/runs/{run.pk}", **LIVE)
    assert len(captured) <= 9


def test_history_of_a_metric_is_a_line_beside_its_number(client):
    run = make.run()
    points = [Point(key="loss", value=1 / (step + 1), timestamp=step, step=step) for step in range(100)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    assert 'class="sparkline"' in page(client, f"/runs/{run.pk}")


def test_unfit_numbers_are_said_not_hidden(client):
    run = make.run(metrics_={"nan": float("nan"), "infinite": float("inf")})
    content = page(client, f"/runs/{run.pk}")
    assert ">NaN</data>" in content
    assert ">∞</data>" in content


def test_long_param_is_folded_and_whole(client):
    run = make.run(params={"config": "x" * 5_000})
    content = page(client, f"/runs/{run.pk}")
    assert "x" * 5_000 in content
    assert '<details class="long-value">' in content


def test_overview_asks_the_same_number_of_queries_however_much_was_logged(client):
    def count(run):
        client.get(f"/runs/{run.pk}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/runs/{run.pk}")
        return len(captured)

    def logged(number):
        run = make.run(metrics_={f"m{n}": n for n in range(number)}, params={f"p{n}": "1" for n in range(number)})
        points = [Point(key=f"m{n}", value=n, timestamp=5, step=5) for n in range(number)]
        metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
        for n in range(number):
            model = make.logged_model(run, f"model{n}")
            make.version(
                "iris", of_run=run, source=f"models:/{model.pk}", model_id=model.pk, aliases=[f"a{n}-{number}"]
            )
            make.run(run.experiment, tags={"mlflow.parentRunId": run.pk})
            record = DatasetRecord(name="iris", digest=str(n), source_type="local", source="{}")
            runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=[record], models=[model.pk])
        return run

    assert count(logged(1)) == count(logged(12)) <= 19


def test_unknown_run_is_named_in_the_404(client):
    for address in ("/runs/beef", "/runs/beef/metrics", "/runs/beef/models", "/runs/beef/files", "/runs/beef/delete"):
        response = client.get(address)
        assert response.status_code == 404
        assert "There is no run beef." in response.content.decode()


# Rename, delete, restore


def test_run_is_renamed(client):
    run = make.run(run_name="old")
    assert 'value="old"' in page(client, f"/runs/{run.pk}/rename")
    dialog = page(client, f"/runs/{run.pk}/rename", **{"HX-Request": "true", "HX-Target": "dialog"})
    assert dialog.strip().startswith("<dialog")
    client.post(f"/runs/{run.pk}/rename", {"run_name": "new"})
    run.refresh_from_db()
    assert run.name == "new"


def test_empty_name_is_refused_at_the_field(client):
    response = client.post(f"/runs/{make.run().pk}/rename", {"run_name": " "})
    assert response.status_code == 422
    assert 'id="id_run_name-error"' in response.content.decode()


def test_deleting_names_the_versions_that_came_from_the_run_first(client):
    run = make.run()
    make.version("iris", of_run=run, aliases=["champion"])
    make.run(run.experiment, tags={"mlflow.parentRunId": run.pk})
    content = page(client, f"/runs/{run.pk}/delete")
    for text in (
        "1 registered version came from this run",
        "/models/iris/versions/1",
        "@champion",
        "1 nested run stays",
    ):
        assert text in content
    run.refresh_from_db()
    assert not run.is_deleted


def test_run_is_deleted_with_undo_and_restored(client):
    run = make.run()
    content = client.post(f"/runs/{run.pk}/delete", follow=True).content.decode()
    assert "This run is deleted" in content
    assert content.count(f'action="/runs/{run.pk}/restore"') == 2  # the notice's, and the undo of the toast
    assert "Register Model" not in content.split("</header>")[1]
    report = content[content.index('id="toasts"') : content.index('id="toast-template"')]
    assert "Undo" in report
    assert "Copy load code" not in report
    client.post(f"/runs/{run.pk}/restore")
    run.refresh_from_db()
    assert not run.is_deleted


def test_run_of_a_deleted_experiment_still_has_its_page(client):
    run = make.run()
    experiments.delete_experiment(actor=SYSTEM, experiment_id=run.experiment_id)
    assert "This run is deleted" in page(client, f"/runs/{run.pk}")


@pytest.mark.parametrize("action", ["restore"])
def test_changes_take_a_post(client, action):
    assert client.get(f"/runs/{make.run().pk}/{action}").status_code == 405


# Where a run came from


@pytest.mark.parametrize(
    ("repository", "href"),
    [
        ("git@github.com:acme/iris.git", "https://github.com/acme/iris/commit/abc123"),
        ("https://git.example:8443/acme/iris.git", "https://git.example:8443/acme/iris/commit/abc123"),
        ("https://user:secret@git.example/acme/iris", "https://git.example/acme/iris/commit/abc123"),
        ("javascript:alert(1)", ""),
        ("/srv/git/iris", ""),
        ("https://[", ""),
        ("https://git.example:port/acme/iris", ""),
        ("https://git.example:99999/acme/iris", ""),
        ("", ""),
    ],
)
def test_commit_links_to_the_web_only(repository, href):
    source = source_of({"mlflow.source.git.repoURL": repository, "mlflow.source.git.commit": "abc123"})
    assert source.commit_href == href


def test_source_is_shown_by_its_file_name():
    source = source_of({"mlflow.source.name": r"C:\work\train.py", "mlflow.source.type": "LOCAL"})
    assert source.short_name == "train.py"
