"""The table of an experiment's runs: columns, order, nesting, what can be registered from a row."""

import gzip
import json
import re
from datetime import UTC, datetime

import pytest

from models_app.actors import SYSTEM
from models_app.clock import now_ms
from models_app.models import Experiment
from models_app.services import metrics, runs
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord
from models_app.web import lists
from models_app.web.run_columns import CHOICES_SHOWN, FIELDS, METRIC, MOST_COLUMNS, SHOWN_UNASKED
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


def test_what_folded_runs_logged_gets_columns(client):
    experiment = make.experiment()
    sweep = make.run(experiment, run_name="sweep")
    make.run(experiment, metrics_={"accuracy": 0.9}, params={"depth": "3"}, tags={"mlflow.parentRunId": sweep.pk})
    content = page(client, f"/experiments/{experiment.pk}")
    assert 'data-column="metrics.accuracy"' in content
    assert 'href="?group=params.depth"' in content


def test_one_of_all_that_are_unfolded_is_folded(client):
    experiment = make.experiment()
    parents = sorted((make.run(experiment) for _ in range(3)), key=lambda run: run.pk)
    for parent in parents:
        make.run(experiment, tags={"mlflow.parentRunId": parent.pk})
    content = page(client, f"/experiments/{experiment.pk}?open=all")
    assert f'href="?open={parents[1].pk}&amp;open={parents[2].pk}" aria-expanded="true"' in content
    content = page(client, f"/experiments/{experiment.pk}?open={parents[1].pk}&open={parents[2].pk}")
    assert (
        f'href="?open={parents[0].pk}&amp;open={parents[1].pk}&amp;open={parents[2].pk}" aria-expanded="false"'
        in content
    )
    assert "Fold all nested runs" in content


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
    assert queries(client, f"/experiments/{experiment.pk}") == few <= 19


# Columns that somebody chose


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


# Filters beside the box, sorting, marks


def test_runs_are_narrowed_by_status_time_and_dataset(client):
    experiment = make.experiment()
    now = now_ms()
    old = make.run(experiment, run_name="old", start_time=now - 3 * 24 * 3_600_000)
    failed = make.run(experiment, run_name="failed", start_time=now)
    runs.update_run(actor=SYSTEM, run_id=failed.pk, status="FAILED")
    record = DatasetRecord(name="iris", digest="abc", source_type="local", source="{}")
    runs.log_inputs(actor=SYSTEM, run_id=old.pk, datasets=[record])
    address = f"/experiments/{experiment.pk}"
    for query, found, left_out, chip in (
        ("status=FAILED&status=nonsense", "failed", "old", "Failed"),
        ("since=24h", "failed", "old", "Last 24 hours"),
        ("dataset=abc", "old", "failed", "Dataset abc"),
    ):
        content = page(client, f"{address}?{query}")
        assert f">{found}</a>" in content, query
        assert f">{left_out}</a>" not in content, query
        assert f"<span>{chip}</span>" in content, query
    assert "No run matches" in page(client, f"{address}?status=KILLED")
    assert ">old</a>" in page(client, f"{address}?since=forever&open=x&group=nonsense")


def test_runs_are_narrowed_to_days_the_last_one_included(client):
    experiment = make.experiment()
    for day in (1, 2, 3):
        at = int(datetime(2026, 11, day, 23, 59, tzinfo=UTC).timestamp() * 1000)
        make.run(experiment, run_name=f"of day {day}", start_time=at)
    address = f"/experiments/{experiment.pk}"

    def found(query: str) -> list[int]:
        content = page(client, f"{address}?{query}")
        return [day for day in (1, 2, 3) if f">of day {day}</a>" in content]

    assert found("from_day=2026-11-02") == [2, 3]
    assert found("until_day=2026-11-02") == [1, 2]
    assert found("from_day=2026-11-02&until_day=2026-11-02") == [2]
    assert found("from_day=yesterday&until_day=2026-13-01") == [1, 2, 3]
    assert "<span>From 2026-11-02</span>" in page(client, f"{address}?from_day=2026-11-02")


def test_a_filter_that_finds_nothing_says_what_may_be_wrong(client):
    experiment = make.experiment()
    address = f"/experiments/{experiment.pk}"
    assert "did not log" not in page(client, f"{address}?q=metrics.loss > 0")
    make.run(experiment, metrics_={"val_accuracy": 0.5}, params={"depth": "3"})
    content = page(client, f"{address}?q=metrics.val_acuracy > 0.9")
    assert "The run here did not log the metric val_acuracy." in content
    assert "Did you mean <code>metrics.val_accuracy</code>?" in content
    content = page(client, f"{address}?q=param.colour = 'red' AND status = 'running'")
    assert "did not log the param colour." in content
    assert "No run has the status &#x27;running&#x27;" in content
    assert "<code>status = &#x27;RUNNING&#x27;</code>" in content
    assert "did not log" not in page(client, f"{address}?q=metrics.val_accuracy > 0.9 AND tags.team IS NULL")
    make.run(experiment)
    content = page(client, f"{address}?q=tags.team = 'red'")
    assert "None of the latest 2 runs logged the tag team." in content


def test_a_filter_that_finds_very_many_is_counted_as_far_as_it_tells(client, monkeypatch):
    monkeypatch.setattr(lists, "FILTERED_COUNT_LIMIT", 2)
    experiment = make.experiment()
    for number in range(3):
        make.run(experiment, metrics_={"loss": number})
    assert "more than 2 runs" in page(client, f"/experiments/{experiment.pk}?q=metrics.loss >= 0")
    assert "2 runs" in page(client, f"/experiments/{experiment.pk}?q=metrics.loss >= 1")
    assert "3 runs" in page(client, f"/experiments/{experiment.pk}")


def test_runs_are_sorted_by_their_duration(client):
    experiment = make.experiment()
    for name, seconds in (("middle", 5), ("long", 50), ("short", 1)):
        run = make.run(experiment, run_name=name, start_time=1_700_000_000_000)
        runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=1_700_000_000_000 + seconds * 1_000)
    make.run(experiment, run_name="running", start_time=1_700_000_000_000)
    content = page(client, f"/experiments/{experiment.pk}?sort=-duration")
    places = [content.index(f">{name}</a>") for name in ("long", "middle", "short", "running")]
    assert places == sorted(places)


def test_best_value_is_marked_where_the_name_says_which_way_is_better(client):
    experiment = make.experiment()
    for accuracy, loss, odd in ((0.9, 0.3, 1), (0.8, 0.1, 2)):
        make.run(experiment, metrics_={"accuracy": accuracy, "loss": loss, "odd": odd, "val_loss": 5})
    content = page(client, f"/experiments/{experiment.pk}")
    best = re.findall(r'best: </span><data class="number" value="([^"]+)"', content)
    assert sorted(best) == ["0.1", "0.9"]


def test_the_main_metrics_curve_stands_beside_the_name(client):
    experiment = make.experiment()
    run = make.run(experiment, run_name="curved")
    points = [Point(key="loss", value=1 / step, timestamp=step, step=step) for step in range(1, 200)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    make.run(experiment, run_name="single", metrics_={"loss": 0.5})
    content = page(client, f"/experiments/{experiment.pk}")
    assert content.count('class="sparkline"') == 1
    assert content.index(">curved</a>") < content.index('class="sparkline"')


def test_nested_runs_and_those_of_other_orders_are_no_news_when_they_were_there_already(client):
    experiment = make.experiment()
    parent = make.run(experiment, start_time=1_000, metrics_={"acc": 0.9})
    make.run(experiment, start_time=2_000, tags={"mlflow.parentRunId": parent.pk})
    for query in ("", "?flat=1", "?sort=-metrics.acc"):
        content = page(client, f"/experiments/{experiment.pk}{query}")
        assert 'name="seen" value="2000"' in content


def test_unfolding_asks_a_number_of_queries_that_does_not_grow(client):
    experiment = make.experiment()

    def family() -> None:
        parent = make.run(experiment)
        for _ in range(3):
            child = make.run(experiment, tags={"mlflow.parentRunId": parent.pk})
            make.run(experiment, tags={"mlflow.parentRunId": child.pk})

    family()
    address = f"/experiments/{experiment.pk}?open=all"
    few = queries(client, address)
    for _ in range(5):
        family()
    content = page(client, address)
    assert content.count("depth-2") == 18
    assert queries(client, address) == few <= 26


def test_runs_that_are_each_others_parents_are_shown(client):
    experiment = make.experiment()
    one = make.run(experiment, run_name="one")
    two = make.run(experiment, run_name="two", tags={"mlflow.parentRunId": one.pk})
    runs.set_run_tag(actor=SYSTEM, run_id=one.pk, key="mlflow.parentRunId", value=two.pk)
    for query in ("", "?open=all"):
        content = page(client, f"/experiments/{experiment.pk}{query}")
        assert content.count(">one</a>") >= 1
        assert content.count(">two</a>") >= 1


def test_child_of_a_deleted_parent_stands_for_itself(client):
    experiment = make.experiment()
    parent = make.run(experiment, run_name="parent")
    make.run(experiment, run_name="child", tags={"mlflow.parentRunId": parent.pk})
    runs.delete_run(actor=SYSTEM, run_id=parent.pk)
    assert ">child</a>" in page(client, f"/experiments/{experiment.pk}")


def test_a_full_page_stays_light(client):
    experiment = make.experiment()
    for number in range(lists.PAGE_SIZE):
        make.run(
            experiment,
            metrics_={f"metric_{key:02}": number / (key + 3) for key in range(40)},
            params={f"param_{key:02}": str(number * key) for key in range(30)},
        )
    for query, kilobytes in (("", 25), ("?group=params.param_01", 25), ("?sort=-metrics.metric_07&open=all", 25)):
        content = page(client, f"/experiments/{experiment.pk}{query}")
        assert len(gzip.compress(content.encode())) < kilobytes * 1_000, query


def test_long_values_are_shown_in_part(client):
    run = make.run(params={"text": "x" * 5_000})
    content = page(client, f"/experiments/{run.experiment_id}?cols=params.text")
    assert f"{'x' * 300}…</td>" in content
    assert "x" * 301 not in content
    assert b"x" * 5_000 in client.get(f"/experiments/{run.experiment_id}/runs.csv?cols=params.text").getvalue()
