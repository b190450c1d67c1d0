"""Pages of charts over several runs: which runs and metrics, hostile data, files, and what it all costs."""

import gzip
import json
import math
import random
import re
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest

from models_app.actors import SYSTEM
from models_app.models import LatestMetric, Metric
from models_app.services import runs
from models_app.web import addresses
from models_app.web.charts.panel import SHOWN
from tests import make
from tests.web.pages import fragment, page, queries
from tests.web.sweeps import START, histories, log, series, sweep

pytestmark = pytest.mark.django_db


def test_first_runs_of_the_question_are_drawn_in_its_order(client):
    experiment = make.experiment()
    sweep(12, experiment)
    content = page(client, f"/experiments/{experiment.pk}/charts?sort=metrics.accuracy&q=params.optimizer = 'sgd'")
    names = re.findall(r'<span class="truncate">(run \d+)</span>', content)
    assert names == ["run 001", "run 004", "run 007", "run 010"]
    assert len(re.findall(r"data-legend=", page(client, f"/experiments/{experiment.pk}/charts"))) == 10


def test_tab_stands_beside_the_runs(client):
    run = make.run(metrics_={"loss": 1})
    content = page(client, f"/experiments/{run.experiment_id}")
    assert f'href="/experiments/{run.experiment_id}/charts"' in content


def test_mistaken_filter_is_told_and_leaves_the_charts(client):
    run = make.run(metrics_={"loss": 1})
    address = f"/experiments/{run.experiment_id}/charts?q=metrics.loss >"
    assert client.get(address).status_code == 422
    response = client.get(address, headers={"HX-Request": "true", "HX-Target": "charts"})
    assert (response.status_code, response["HX-Retarget"]) == (422, "#charts-problem")


def test_metrics_of_most_runs_come_first_and_those_of_the_machine_last(client):
    experiment = make.experiment()
    for n in range(3):
        run = make.run(experiment)
        log(run, "system/cpu", [1, 2])
        log(run, "loss", [2, 1])
        if n == 0:
            log(run, "accuracy", [0.1, 0.2])
    content = page(client, f"/experiments/{experiment.pk}/charts")
    assert re.findall(r'data-key="(.*?)"', content) == ["loss", "accuracy", "system/cpu"]
    assert content.index("System metrics") < content.index('data-key="system/cpu"')
    assert "1 run<" in content


def test_charts_come_in_pages_and_are_found_by_words(client):
    run = make.run(metrics_={f"m{n:02}": 1 for n in range(SHOWN + 3)})
    other = make.run(run.experiment, metrics_={"m00": 2})
    address = addresses.compare([run.pk, other.pk], view="charts")
    assert f"1–{SHOWN} of {SHOWN + 3}" in page(client, address)
    assert page(client, f"{address}&from={SHOWN}").count("<figure") == 3
    assert page(client, f"{address}&find=M14").count("<figure") == 1


# Hostile data


HOSTILE = "a<b>\"'&/\u202e: x"


@pytest.fixture
def odd():
    """Numbers and steps as far as they go, one point only, all the same, and keys that a protocol would refuse."""
    made = sweep(3)
    experiment = made[0].experiment
    for run, values in zip(made, ([1e308, -1e308], [-1e308, 1e308, 5.0], [math.nan, math.inf, -math.inf]), strict=True):
        log(run, "wide", values, first_step=-(2**62))
    log(made[0], "same", [7.0] * 5, first_at=0)
    log(made[1], "far", [1.0, 2.0], first_step=2**62, first_at=START * 1_000_000)
    for run in made[:2]:
        for step in (0, 1):
            Metric.objects.create(run=run, key=HOSTILE, value=step, step=step, timestamp=START)
        LatestMetric.objects.create(run=run, experiment=experiment, key=HOSTILE, value=1, step=1, timestamp=START)
    return made


def test_hostile_figures_are_drawn_and_stay_text(client, odd):
    address = addresses.compare([run.pk for run in odd], view="charts")
    content = page(client, address)
    assert "<b>" not in content.split('id="charts"')[1]
    for key in ("wide", "same", "far", HOSTILE):
        for axis in ("step", "since", "time"):
            assert series(client, key, *odd, x=axis, smooth="0.9")["curves"]
            assert page(client, f"{address}&x={axis}&key={quote(key, safe='')}")
    for kind in ("bars", "scatter", "parallel", "boxes"):
        names = {"up": "metrics.wide", "across": f"metrics.{HOSTILE}", "color": "metrics.far", "group": "params.lr"}
        for extra in (
            {},
            names,
            {**names, "scale": "log", "xscale": "log"},
            {"up": "params.optimizer", "of": "lowest"},
        ):
            query = urlencode({"kind": kind, **extra})
            assert page(client, f"{address}&{query}&axes=metrics.wide&axes=metrics.{quote(HOSTILE, safe='')}")
            picture = client.get(f"{address.replace('/runs/compare', '/charts/picture.svg')}&{query}")
            ElementTree.fromstring(picture.content)  # noqa: S314 - our own
            assert b"nan" not in picture.content.lower().replace(b"nan</t", b"")
            assert b"inf" not in picture.content.lower().replace(b"infinity", b"")


@pytest.mark.parametrize(
    "query",
    [
        "kind=zebra&x=&smooth=nan",
        "smooth=1e999&from=-5",
        "kind=scatter&across=%22&up=...&color=params.",
        "kind=boxes&up=x",
        "kind=parallel&axes=&axes=a&axes=b",
        "n=1e9&key=nothing",
        "as=table&key=%27",
        "sort=metrics.&page=x",
        "find=%ff",
        "low=&high=--3&kind=bars&of=sum",
        "seen=x",
        "kind=parallel&axes=params.lr",
    ],
)
def test_absurd_addresses_are_answered(client, query):
    made = sweep(2)
    assert page(client, f"/experiments/{made[0].experiment_id}/charts?{query}")
    assert page(client, f"{addresses.compare([run.pk for run in made], view='charts')}&{query}")
    assert client.get(f"/runs/{made[0].pk}/metrics?{query}").status_code in {200, 404}
    assert client.get(f"/charts/series?ids={made[0].pk}&{query}").status_code == 200


# Files


def test_points_come_whole_as_csv(client):
    run = make.run(run_name="=cmd()")
    histories("loss", {run: [0.5] * 4_000})
    response = client.get(f"/charts/points.csv?ids={run.pk}&key=loss")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert len(lines) == 4_001
    assert lines[1] == f"{run.pk},'=cmd(),loss,0,{START},0.5"


def test_figures_of_a_picture_come_as_csv(client):
    made = sweep(2)
    query = urlencode([("columns", "metrics.f1"), ("columns", "params.optimizer"), ("columns", "nothing.x")])
    response = client.get(f"/charts/figures.csv?ids={made[0].pk},{made[1].pk}&{query}")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines == [
        "run_id,run,metrics.f1,params.optimizer",
        f"{made[0].pk},run 000,0.4,adam",
        f"{made[1].pk},run 001,0.47000000000000003,sgd",
    ]


# Live


def test_charts_follow_as_long_as_one_run_goes_on(client):
    made = [make.run(make.experiment(), metrics_={"loss": 1}) for _ in range(2)]
    address = addresses.compare([run.pk for run in made], view="charts")
    runs.update_run(actor=SYSTEM, run_id=made[0].pk, status="FINISHED", end_time=1)
    assert "every 6s" in fragment(client, address, "charts-pulse")
    runs.update_run(actor=SYSTEM, run_id=made[1].pk, status="FAILED", end_time=1)
    assert "hx-trigger" not in fragment(client, address, "charts-pulse")


# What it costs


@pytest.mark.parametrize(
    "kind", ["curves", "bars", "bars&of=lowest", "scatter", "parallel", "boxes", "curves&as=table"]
)
def test_queries_do_not_grow_with_runs(client, kind):
    few, many = sweep(2), sweep(40)
    for made in (few, many):
        for run in made:
            log(run, "loss", [2, 1])
    counts = [
        queries(client, f"{addresses.compare([run.pk for run in made], view='charts')}&kind={kind}")
        for made in (few, many)
    ]
    assert counts[0] == counts[1] <= 12
    key = "&key=loss"
    data = [
        queries(client, addresses.compare([run.pk for run in made]).replace("/runs/compare", "/charts/series") + key)
        for made in (few, many)
    ]
    assert data[0] == data[1] <= 4


def test_a_hundred_curves_stay_light(client):
    made = sweep(100)
    rng = random.Random(4)
    histories("loss", {run: [rng.random() for _ in range(300)] for run in made})
    address = addresses.compare([run.pk for run in made], view="charts")
    assert len(gzip.compress(page(client, address).encode(), 6)) < 60_000
    response = client.get(
        address.replace("/runs/compare", "/charts/series") + "&key=loss", headers={"Accept-Encoding": "gzip"}
    )
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 70_000
    assert all(len(curve["x"]) <= 62 for curve in json.loads(gzip.decompress(response.content))["curves"])
    for kind in ("scatter", "parallel", "boxes", "bars"):
        assert len(gzip.compress(page(client, f"{address}&kind={kind}").encode(), 6)) < 60_000, kind
