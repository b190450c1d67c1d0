"""The table of an experiment's runs: its rows, nesting, marks, what can be registered from a row, what it costs."""

import gzip
import json
import re

import pytest

from models_app.actors import SYSTEM
from models_app.models import Experiment
from models_app.services import metrics, runs
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord
from models_app.web import lists
from tests import make
from tests.web.pages import page, queries
from tests.web.sweeps import many_runs

pytestmark = pytest.mark.django_db


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
    content = page(client, f"/experiments/{experiment.pk}?state=deleted")
    assert ">gone</a>" in content
    assert ">running</span>" not in content


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
    many_runs(
        lists.PAGE_SIZE,
        experiment,
        metrics_=lambda number: {f"metric_{key:02}": number / (key + 3) for key in range(40)},
        params=lambda number: {f"param_{key:02}": str(number * key) for key in range(30)},
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
