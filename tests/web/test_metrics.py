"""The curves of a run: what is drawn, thinned, said as a figure, and offered as a table."""

import html
import math
import re
from itertools import accumulate
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.models import Metric
from models_app.services import metrics, runs
from models_app.services.metrics import Point
from models_app.web.charts.panel import SHOWN as CHARTS_SHOWN
from models_app.web.charts.series import MOST_SMALL
from models_app.web.charts.thinning import thin
from models_app.web.views.metrics import POINTS_SHOWN, SINGLES_SHOWN
from tests import make
from tests.web.pages import fragment, page


def log(run, key: str, values: list[float], *, start: int = 0, with_steps: bool = True) -> None:
    points = [
        Point(key=key, value=value, timestamp=1_700_000_000_000 + n * 1000, step=n if with_steps else 0)
        for n, value in enumerate(values, start)
    ]
    for at in range(0, len(points), 1000):
        metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points[at : at + 1000])


def data_of(client, content: str) -> list[dict]:
    """What the script of the page would draw: each chart's curves, their x added up."""
    source = html.unescape(re.search(r'data-source="(.*?)"', content)[1])
    answers = []
    for key in re.findall(r'data-key="(.*?)"', content):
        answer = client.get(f"{source}&key={quote(html.unescape(key), safe='')}")
        assert answer.status_code == 200
        for curve in answer.json()["curves"]:
            answers.append({"x": list(accumulate(curve["x"])), "y": curve["y"]})
    return answers


# Thinning


def test_thinning_keeps_every_extreme_and_both_ends():
    samples = [(step, math.sin(step / 50)) for step in range(100_000)]
    samples[41_234] = (41_234, 99.0)
    samples[77_777] = (77_777, -99.0)
    kept = thin(samples, 200)
    assert len(kept) <= 2 * 200 + 2
    assert {(41_234, 99.0), (77_777, -99.0), samples[0], samples[-1]} <= set(kept)
    assert [step for step, _ in kept] == sorted(step for step, _ in kept)


def test_thinning_leaves_a_gap_where_all_is_nan():
    samples = [(step, None if 100 <= step < 200 else 1.0) for step in range(1000)]
    kept = thin(samples, 10)
    assert any(value is None for _, value in kept)


@pytest.mark.parametrize("steps", [[5], [-(2**62), 2**62], [7, 7, 7]])
def test_thinning_survives_odd_axes(steps):
    samples = [(step, 1.0) for step in steps]
    assert {step for step, _ in thin(samples, 3)} == set(steps)


def test_nothing_thins_to_nothing():
    assert thin([], 10) == []


# The page


@pytest.mark.django_db
class TestCurves:
    def test_every_curve_is_drawn_from_data_of_its_own(self, client):
        run = make.run()
        log(run, "loss", [3, 2, 1])
        content = page(client, f"/runs/{run.pk}/metrics")
        assert data_of(client, content) == [{"x": [0, 1, 2], "y": [3.0, 2.0, 1.0]}]
        figures = page(client, f"/runs/{run.pk}/metrics?as=table")
        row = figures.split('<th scope="row">')[1].split("</tr>")[0]
        assert re.findall(r'numeric">(?:<data[^>]*>)?([^<]*)<', row) == ["1", "1", "3", "3", "0", "2"]

    def test_nan_is_a_gap(self, client):
        run = make.run()
        log(run, "loss", [3, math.nan, 1])
        assert data_of(client, page(client, f"/runs/{run.pk}/metrics"))[0]["y"] == [3.0, None, 1.0]

    def test_time_is_an_axis_too(self, client):
        run = make.run()
        log(run, "loss", [3, 2])
        content = page(client, f"/runs/{run.pk}/metrics?x=time&scale=log")
        assert data_of(client, content)[0]["x"] == [1_700_000_000_000, 1_700_000_001_000]
        assert 'data-axis="time" data-scale="log"' in content

    def test_curve_without_steps_is_drawn_over_time(self, client):
        run = make.run()
        log(run, "loss", [3, 2, 1], with_steps=False)
        content = page(client, f"/runs/{run.pk}/metrics")
        assert 'data-axis="time"' in content
        assert "Logged without steps, so drawn by time." in content
        assert data_of(client, content)[0]["x"][0] == 1_700_000_000_000
        assert "Logged without steps" not in page(client, f"/runs/{run.pk}/metrics?x=time")

    def test_single_figures_are_said_not_drawn(self, client):
        run = make.run(metrics_={"accuracy": 0.93})
        log(run, "corrected", [0.5, 0.6], with_steps=False)
        content = page(client, f"/runs/{run.pk}/metrics")
        assert "<figure" not in content
        assert "accuracy" in content
        assert 'value="0.93"' in content
        assert 'value="0.6"' in content

    def test_long_history_is_thinned(self, client):
        run = make.run()
        log(run, "loss", [math.sin(n) for n in range(3_000)])
        data = data_of(client, page(client, f"/runs/{run.pk}/metrics"))[0]
        assert len(data["x"]) <= MOST_SMALL * 2 + 2
        assert max(data["y"]) == max(math.sin(n) for n in range(3_000))

    def test_charts_come_in_pages_and_are_found_by_words(self, client):
        run = make.run()
        for number in range(CHARTS_SHOWN + 3):
            log(run, f"train/m{number:02}", [1, 2])
        first = page(client, f"/runs/{run.pk}/metrics")
        assert first.count("<figure") == CHARTS_SHOWN
        assert f"?from={CHARTS_SHOWN}" in first
        assert page(client, f"/runs/{run.pk}/metrics?from={CHARTS_SHOWN}").count("<figure") == 3
        assert page(client, f"/runs/{run.pk}/metrics?q=M14 train").count("<figure") == 1
        assert "No metric of this run has these words" in page(client, f"/runs/{run.pk}/metrics?q=zebra")

    def test_system_metrics_come_last(self, client):
        run = make.run()
        for key in ("system/cpu", "train/loss", "accuracy"):
            log(run, key, [1, 2])
        content = page(client, f"/runs/{run.pk}/metrics")
        places = [content.index(f'aria-label="Curve of {key}"') for key in ("accuracy", "train/loss", "system/cpu")]
        assert places == sorted(places)

    def test_running_run_is_drawn_anew_a_finished_one_is_not(self, client):
        run = make.run()
        log(run, "loss", [1, 2])
        assert 'hx-trigger="every 6s"' in page(client, f"/runs/{run.pk}/metrics")
        log(run, "val", [1, 2])
        assert "show the new ones" in fragment(client, f"/runs/{run.pk}/metrics?seen=1", "charts-pulse")
        runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=1)
        ended = fragment(client, f"/runs/{run.pk}/metrics?seen=2", "charts-pulse").strip()
        pulse, _, rest = ended.partition("</span>")
        assert pulse == '<span class="toolbar-note" id="charts-pulse" role="status">2 metrics'
        assert "every" not in rest

    def test_figure_beside_a_curve_and_the_state_follow_a_running_run(self, client):
        run = make.run()
        log(run, "loss", [1, 0.5])
        address = f"/runs/{run.pk}/metrics"
        readout = re.search(r'<output class="chart-readout" id="([^"]+)">', page(client, address))
        log(run, "loss", [1, 0.5, 0.25])
        going = fragment(client, address, "charts-pulse")
        assert f'id="{readout[1]}" hx-swap-oob="true">' in going
        assert 'value="0.25"' in going
        assert 'id="run-head"' not in going  # a menu that is open stays open
        runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=1)
        head = fragment(client, address, "charts-pulse").partition('id="run-head" hx-swap-oob="true"')[2]
        assert "Finished" in head

    def test_run_without_metrics_teaches(self, client):
        run = make.run()
        assert f"with mlflow.start_run(&quot;{run.pk}&quot;):" in page(client, f"/runs/{run.pk}/metrics")

    def test_number_of_queries_does_not_grow_with_the_charts(self, client):
        def count(curves: int) -> int:
            run = make.run()
            for number in range(curves):
                log(run, f"m{number}", [1, 2])
            client.get(f"/runs/{run.pk}/metrics")
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/runs/{run.pk}/metrics")
            return len(captured)

        assert count(3) == count(CHARTS_SHOWN * 3) <= 12


@pytest.mark.django_db
class TestOneMetric:
    def test_it_is_drawn_large_with_its_figures_and_points(self, client):
        run = make.run()
        log(run, "val/loss: best", [3, 2.5, 1])
        content = page(client, f"/runs/{run.pk}/metrics?key=val/loss: best")
        assert 'data-size="large"' in content
        assert ">2.5</td>" in content
        assert "2023-11-14 22:13:21 UTC" in content

    def test_points_are_paged(self, client):
        run = make.run()
        log(run, "loss", [float(n) for n in range(POINTS_SHOWN + 5)])
        first = page(client, f"/runs/{run.pk}/metrics?key=loss")
        assert f"1–{POINTS_SHOWN} of {POINTS_SHOWN + 5}" in first
        headers = {"HX-Request": "true", "HX-Target": "points"}
        second = page(client, f"/runs/{run.pk}/metrics?key=loss&from={POINTS_SHOWN}", **headers)
        assert second.strip().startswith('<section class="section" id="points"')
        assert f">{POINTS_SHOWN + 4}</td>" in second

    def test_single_figure_has_a_page_too(self, client):
        run = make.run(metrics_={"accuracy": 0.93})
        content = page(client, f"/runs/{run.pk}/metrics?key=accuracy")
        assert "data-chart" not in content.split("<figure")[1]
        assert ">0.93</td>" in content

    def test_unknown_metric_is_named_in_the_404(self, client):
        run = make.run(run_name="first")
        response = client.get(f"/runs/{run.pk}/metrics?key=nothing")
        assert response.status_code == 404
        assert "The run first logged no metric nothing." in response.content.decode()


@pytest.mark.django_db
def test_extents_say_how_far_curves_reach():
    run = make.run()
    log(run, "loss", [3, math.nan, 1], start=5)
    log(run, "nan", [math.nan])
    extents = Metric.objects.extents(run.pk)
    loss = extents["loss"]
    assert (loss.count, loss.low, loss.high, loss.first_step, loss.last_step) == (3, 1.0, 3.0, 5, 7)
    assert extents["nan"].low is None


@pytest.mark.django_db
def test_all_metrics_are_counted_curves_and_single_figures(client):
    run = make.run(metrics_={"accuracy": 0.9, "f1": 0.8})
    log(run, "loss", [3.0, 2.0, 1.0])
    assert "3 metrics: 1 curve, 2 single figures" in page(client, f"/runs/{run.pk}/metrics")
    assert ">1 metric, live<" in page(client, f"/runs/{curve_alone().pk}/metrics")


def curve_alone():
    run = make.run()
    log(run, "loss", [3.0, 2.0, 1.0])
    return run


@pytest.mark.django_db
def test_single_figures_by_the_thousand_are_shown_in_part(client):
    run = make.run(metrics_={f"class{number:05}": 0.5 for number in range(SINGLES_SHOWN + 50)})
    content = page(client, f"/runs/{run.pk}/metrics")
    assert "250 metrics: 250 single figures" in content
    assert content.count('value="0.5"') == SINGLES_SHOWN
    assert f"{SINGLES_SHOWN} of 250." in content
    assert "Smoothing" not in content, "there is nothing to draw"
    assert "class00249" in page(client, f"/runs/{run.pk}/metrics?q=00249")
