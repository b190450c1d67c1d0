"""Charts over several runs: which runs and metrics, what the script gets, pictures, files, and what it all costs."""

import gzip
import math
import random
import re
import threading
from itertools import accumulate
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest

from models_app.actors import SYSTEM
from models_app.models import LatestMetric, Metric
from models_app.services import metrics, runs
from models_app.services.metrics import Point
from models_app.web import addresses
from models_app.web.charts import scales
from models_app.web.charts.panel import SHOWN
from models_app.web.charts.thinning import Trend
from models_app.web.views import charts
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
START = 1_700_000_000_000


def log(run, key: str, values: list[float], *, first_step: int = 0, first_at: int = START) -> None:
    points = [Point(key=key, value=v, timestamp=first_at + n * 1000, step=first_step + n) for n, v in enumerate(values)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)


def history(run, key: str, values: list[float]) -> None:
    """Beside the protocol's batches, which take long for thousands of points."""
    points = [Metric(run=run, key=key, value=value, step=n, timestamp=START + n) for n, value in enumerate(values)]
    Metric.objects.bulk_create(points)
    LatestMetric.objects.create(
        run=run, experiment_id=run.experiment_id, key=key, value=values[-1], step=len(values) - 1, timestamp=START
    )


def series(client, key: str, *of, **state) -> dict:
    query = urlencode([*(("ids", run.pk) for run in of), ("key", key), *state.items()])
    response = client.get(f"/charts/series?{query}")
    assert response.status_code == 200
    return response.json()


def sweep(count: int, experiment=None):
    experiment = experiment or make.experiment()
    return [
        make.run(
            experiment,
            run_name=f"run {n:03}",
            start_time=START + n,
            metrics_={"accuracy": 0.5 + n / 1000, "f1": 0.4 + (n * 7 % 13) / 100},
            params={"lr": f"{0.001 * (n + 1):g}", "optimizer": ("adam", "sgd", "lion")[n % 3], "depth": f"{n % 5}"},
        )
        for n in range(count)
    ]


# Which runs and metrics


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


def test_single_figures_become_bars_with_links(client):
    made = sweep(3)
    content = page(client, f"/experiments/{made[0].experiment_id}/charts")
    assert content.count('<svg class="bars"') == 2
    assert f'href="/runs/{made[0].pk}" data-run="{made[0].pk}"' in content
    assert "<title>run 002: 0.502</title>" in content


def test_charts_come_in_pages_and_are_found_by_words(client):
    run = make.run(metrics_={f"m{n:02}": 1 for n in range(SHOWN + 3)})
    other = make.run(run.experiment, metrics_={"m00": 2})
    address = addresses.compare([run.pk, other.pk], view="charts")
    assert f"1–{SHOWN} of {SHOWN + 3}" in page(client, address)
    assert page(client, f"{address}&from={SHOWN}").count("<figure") == 3
    assert page(client, f"{address}&find=M14").count("<figure") == 1


# What the script gets


def test_series_hold_every_run_with_its_exact_values(client):
    first, second = make.run(), make.run()
    log(first, "loss", [0.1 + 0.2, 1e-9, math.nan])
    log(second, "loss", [math.inf], first_step=7)
    found = series(client, "loss", first, second)
    assert [curve["run"] for curve in found["curves"]] == [first.pk, second.pk]
    assert found["curves"][0]["y"] == [0.1 + 0.2, 1e-9, None]
    assert list(accumulate(found["curves"][1]["x"])) == [7]
    assert found["axis"] == "step"
    assert not found["thinned"]


def test_time_since_start_is_each_runs_own(client):
    early, late = make.run(start_time=START - 5_000), make.run(start_time=START + 99_000)
    for run in (early, late):
        log(run, "loss", [3, 2])
    found = series(client, "loss", early, late, x="since")["curves"]
    assert [list(accumulate(curve["x"])) for curve in found] == [[5_000, 6_000], [0, 1_000]]


def test_zoomed_stretch_is_read_anew_with_its_points(client):
    run = make.run()
    history(run, "loss", [math.sin(n) for n in range(5_000)])
    whole = series(client, "loss", run)
    assert whole["thinned"]
    near = series(client, "loss", run, low=100, high=149)["curves"][0]
    assert list(accumulate(near["x"])) == list(range(100, 150))
    assert near["y"] == [math.sin(n) for n in range(100, 150)]


def test_smoothing_is_debiased_and_goes_over_every_point():
    trend = Trend(0.9, 100)
    trend.add([("", n, 3.0, 0) for n in range(5)])
    assert [round(value, 9) for _, value in trend.kept()] == [3.0] * 5
    run = Trend(0.5, 100)
    run.add([("", 0, 1.0, 0), ("", 1, 0.0, 1), ("", 2, 4.0, 0)])
    assert run.kept() == [(0, 1.0), (2, 3.0)]


def test_smoothed_curve_keeps_its_last_point_and_few_of_very_many():
    trend = Trend(0.99, 50)
    trend.add([("", n, float(n % 2), 0) for n in range(100_000)])
    kept = trend.kept()
    assert len(kept) <= 102
    assert kept[-1][0] == 99_999


def test_only_so_many_series_are_read_at_once(client, monkeypatch):
    run = make.run(metrics_={"loss": 1.0})
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(charts, "_readers", places)
    monkeypatch.setattr(charts, "PATIENCE", 0.01)
    places.acquire()
    refused = client.get(f"/charts/series?ids={run.pk}&key=loss")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    places.release()
    for _ in range(2):
        assert client.get(f"/charts/series?ids={run.pk}&key=loss").status_code == 200


def test_foreign_and_unknown_runs_have_no_series(client):
    assert series(client, "loss", make.run())["curves"] == []
    assert client.get("/charts/series?ids=nobody&key=loss").json()["curves"] == []


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


# Pictures drawn by the server


def test_scatter_says_every_run_and_who_can_not_be_placed(client):
    made = sweep(5)
    lonely = make.run(made[0].experiment, run_name="lonely", start_time=START + 99)
    query = urlencode({"kind": "scatter", "across": "params.lr", "up": "metrics.f1", "color": "params.optimizer"})
    content = page(client, f"/experiments/{made[0].experiment_id}/charts?{query}")
    assert content.count('<path class="dot"') == 5
    assert "1 run can&#x27;t be placed" in content or "1 run can't be placed" in content
    assert f"<title>run 003\nlr: 0.004\nf1: {0.4 + 8 / 100}\noptimizer: adam</title>" in content
    assert f'href="/runs/{lonely.pk}">lonely</a></th>' in content, "in the table of figures it is"


def test_parallel_coordinates_take_what_tells_the_runs_apart(client):
    made = sweep(6)
    content = page(client, f"/experiments/{made[0].experiment_id}/charts?kind=parallel")
    axes = re.findall(r'name="axes" value="([^"]+)" checked', content)
    assert set(axes) == {"params.lr", "params.depth", "params.optimizer", "metrics.f1", "metrics.accuracy"}
    assert content.count('class="strand"') == 6


def test_boxes_show_quartiles_computed_here(client):
    experiment = make.experiment()
    for value in (1, 2, 3, 4, 5, 100):
        make.run(experiment, metrics_={"loss": value}, params={"optimizer": "adam"})
    make.run(experiment, metrics_={"loss": 9}, params={"optimizer": "sgd"})
    query = urlencode({"kind": "boxes", "up": "metrics.loss", "group": "params.optimizer"})
    content = page(client, f"/experiments/{experiment.pk}/charts?{query}")
    said = "adam, 6 runs\nlowest: 1\nquarter: 2.25\nmedian: 3.5\nthree quarters: 4.75\nhighest: 100"
    assert f"<title>{said}</title>" in content
    assert content.count('class="box"') == 1, "of a single value there is no box"
    assert content.count('class="dot"') == 2, "the outlier, and the single one"


@pytest.mark.parametrize(
    ("low", "high"), [(0.7, 0.81), (-3, 900), (1e-300, 1e300), (-1.7e308, 1.7e308), (5, 5), (0, 5e-324)]
)
def test_ticks_lie_within_their_axis(low, high):
    scale = scales.scale_over([low, high], 0, 100)
    assert 1 <= len(scale.ticks()) <= 2 * scales.TICKS
    assert all(0 <= tick.at <= 100 for tick in scale.ticks())
    logarithmic = scales.scale_over([abs(low) or 1e-9, abs(high)], 0, 100, is_log=True)
    assert all(0 <= tick.at <= 100 for tick in logarithmic.ticks())


def test_columns_are_found_among_very_many(client):
    run = make.run(metrics_={f"layer{n}/norm": 1 for n in range(210)}, params={"layers": "210"})
    content = page(client, f"{addresses.compare([run.pk, make.run(run.experiment).pk], view='charts')}&kind=scatter")
    asked = re.search(r'id="pick-across"[^>]* hx-get="([^"]+)"', content)[1].replace("&amp;", "&")
    found = re.findall(r'value="([^"]+)"', page(client, f"{asked}&across=layer209"))
    assert found == ["metrics.layer209/norm"]
    assert re.findall(r'value="([^"]+)"', page(client, f"{asked}&axes=&axes=LAYERS")) == ["params.layers"]


# Files


def test_points_come_whole_as_csv(client):
    run = make.run(run_name="=cmd()")
    history(run, "loss", [0.5] * 4_000)
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


def test_picture_is_complete_by_itself(client):
    made = sweep(3)
    query = urlencode([*(("ids", run.pk) for run in made), ("kind", "bars"), ("key", "f1")])
    response = client.get(f"/charts/picture.svg?{query}")
    drawn = response.content.decode()
    assert response["Content-Type"] == "image/svg+xml"
    assert "class=" not in drawn
    assert drawn.count('fill="currentColor"') == 3
    assert ElementTree.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


def test_picture_says_what_its_colours_mean(client):
    made = sweep(3)
    query = urlencode([*(("ids", run.pk) for run in made), ("kind", "scatter"), ("color", "params.optimizer")])
    drawn = client.get(f"/charts/picture.svg?{query}").content.decode()
    texts = [part.text for part in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - our own
    assert texts[-4:] == ["optimizer", "adam", "lion", "sgd"]


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
    for run in made:
        history(run, "loss", [rng.random() for _ in range(300)])
    address = addresses.compare([run.pk for run in made], view="charts")
    assert len(gzip.compress(page(client, address).encode(), 6)) < 60_000
    response = client.get(
        address.replace("/runs/compare", "/charts/series") + "&key=loss", headers={"Accept-Encoding": "gzip"}
    )
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 70_000
    assert all(len(curve["x"]) <= 62 for curve in series(client, "loss", *made)["curves"])
    for kind in ("scatter", "parallel", "boxes", "bars"):
        assert len(gzip.compress(page(client, f"{address}&kind={kind}").encode(), 6)) < 60_000, kind
