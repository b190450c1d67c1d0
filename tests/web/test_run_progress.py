"""What is said of a run that is running: how far it has come, how fast, and when it fell silent."""

import pytest
from django.test import Client

from models_app import clock
from models_app.actors import SYSTEM
from models_app.services import metrics, runs
from models_app.services.metrics import Point
from models_app.web.run_progress import progress_of
from tests import make
from tests.web.pages import page

pytestmark = pytest.mark.django_db
NOW = 1_700_000_000_000
SECOND, MINUTE = 1_000, 60_000


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)


def going(step: int = 200, ago: int = 10 * SECOND, started: int = 110 * SECOND, key: str = "loss", value: float = 1):
    run = make.run(start_time=NOW - started)
    log(run, key, value, step, ago)
    return run


def page_of(run) -> str:
    return page(Client(), f"/runs/{run.pk}")


def log(run, key: str, value: float, step: int, ago: int = 10 * SECOND) -> None:
    point = Point(key=key, value=value, step=step, timestamp=NOW - ago)
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=point)


def test_steps_of_a_known_total_tell_what_is_left():
    found = progress_of(going(), {"max_steps": "1000"}, {})
    assert (found.percent, found.rate, found.remaining_ms) == (20, 2.0, 400 * SECOND)
    assert (found.unit, found.reason, found.silent_ms) == ("step", "params.max_steps", None)


def test_epochs_are_counted_by_their_metric_not_by_steps_of_batches():
    run = going(step=12_000)
    assert progress_of(run, {"epochs": "10"}, {}).total is None, "12,000 steps are no epochs"
    log(run, "epoch", 2.5, 12_000)
    found = progress_of(run, {"epochs": "10"}, {})
    assert (found.percent, found.unit, found.done) == (25, "epoch", 2.5)


def test_a_tag_may_tell_the_total_too():
    assert progress_of(going(), {}, {"total_steps": "400"}).reason == "tags.total_steps"


@pytest.mark.parametrize("text", ["", "many", "-5", "0", "1e3", "9" * 400, "١٢"])
def test_a_total_that_is_no_number_is_none(text):
    assert progress_of(going(), {"max_steps": text}, {}).total is None


def test_the_machines_figures_are_no_progress():
    run = going(key="system/cpu", step=77)
    found = progress_of(run, {"max_steps": "100"}, {})
    assert (found.last_step, found.percent) == (None, 0)


def test_silence_is_said_and_nothing_is_promised():
    run = going(ago=30 * MINUTE, started=60 * MINUTE)
    found = progress_of(run, {"max_steps": "1000"}, {})
    assert (found.silent_ms, found.remaining_ms) == (30 * MINUTE, None)
    content = page_of(run)
    assert "Nothing was logged for 30 min" in content


@pytest.mark.parametrize("timestamp", [0, NOW * 1_000_000, 2**62])
def test_times_that_can_not_be_are_not_believed(timestamp):
    run = make.run(start_time=NOW - MINUTE)
    point = Point(key="loss", value=1, step=3, timestamp=timestamp)
    metrics.log_metric(actor=SYSTEM, run_id=run.pk, point=point)
    found = progress_of(run, {"max_steps": "10"}, {})
    assert (found.last_at, found.rate, found.percent) == (None, None, 30)


def test_run_without_start_or_figures_has_no_figures_of_progress():
    run = make.run(start_time=0)
    found = progress_of(run, {}, {})
    assert (found.elapsed_ms, found.last_step, found.rate, found.silent_ms) == (None, None, None, None)
    assert "no metrics yet" in page_of(run)


def test_page_shows_a_bar_while_running_and_none_afterwards():
    run = going()
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, params=[("max_steps", "1000")])
    content = page_of(run)
    assert '<progress max="1000" value="200"' in content
    assert "step 200 of 1,000" in content
    assert "params.max_steps" in content
    runs.update_run(actor=SYSTEM, run_id=run.pk, status="FINISHED", end_time=NOW)
    assert "<progress" not in page_of(run)
