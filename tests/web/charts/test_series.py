"""What the script of the charts gets: every run's points, thinned and smoothed, and so many readers at once."""

import math
import threading
from itertools import accumulate

import pytest

from models_app.web.charts.thinning import Trend
from models_app.web.views import charts
from tests import make
from tests.web.sweeps import START, history, log, series

pytestmark = pytest.mark.django_db


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
