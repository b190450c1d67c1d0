"""Runs as they go on: live figures and curves, and files by keys alone."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu

ROUND_MS = 20_000  # pages ask again every few seconds, on a busy machine later


@pytest.fixture
def running(registry: Registry) -> str:
    experiment = registry.experiment()
    now = time.time_ns() // 1_000_000
    answer = registry.call("POST", "runs/create", experiment_id=experiment, run_name="going on", start_time=now)
    return answer["run"]["info"]["run_id"]


def log(registry: Registry, run_id: str, key: str, values: list[float], start: int = 0) -> None:
    now = time.time_ns() // 1_000_000
    points = [{"key": key, "value": v, "step": n, "timestamp": now + n} for n, v in enumerate(values, start)]
    registry.call("POST", "runs/log-batch", run_id=run_id, metrics=points)


def test_figures_follow_a_running_run_and_typing_is_not_disturbed(page: Any, registry: Registry, running: str) -> None:
    for number in range(12):
        log(registry, running, f"metric{number:02}", [number / 7])
    page.goto(f"/runs/{running}")
    search = page.get_by_label("Find a metric")
    search.fill("metric1")
    rows = page.locator("#metrics tbody tr")
    expect(rows).to_have_count(2)
    log(registry, running, "metric12", [0.5])
    expect(rows).to_have_count(3, timeout=ROUND_MS)
    expect(search).to_have_value("metric1")
    expect(search).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?metrics_q=metric1$"))
    registry.call("POST", "runs/update", run_id=running, status="FINISHED", end_time=time.time_ns() // 1_000_000)
    expect(page.locator("#run-head")).to_contain_text("Finished", timeout=ROUND_MS)
    assert page.locator("#run-live[hx-trigger]").count() == 0


def test_what_is_read_of_a_running_run_stays_as_it_is(page: Any, registry: Registry, running: str) -> None:
    registry.call("POST", "runs/log-parameter", run_id=running, key="config", value="x" * 500)
    log(registry, running, "loss", [1])
    page.goto(f"/runs/{running}")
    page.locator("#params summary").click()
    link = page.locator("#metrics").get_by_role("link", name="loss")
    link.focus()
    registry.call("POST", "runs/log-parameter", run_id=running, key="before", value="1")
    log(registry, running, "accuracy", [0.5])
    log(registry, running, "loss", [0.125], start=1)
    expect(page.locator("#metrics tbody tr")).to_have_count(2, timeout=ROUND_MS)
    expect(page.locator("#params tbody tr")).to_have_count(2)
    expect(page.locator("#metrics")).to_contain_text("0.125")
    expect(link).to_be_focused()
    assert page.locator("#params details[open]").count() == 1


def test_curve_grows_while_its_exact_values_are_read(page: Any, registry: Registry, running: str) -> None:
    log(registry, running, "loss", [1, 0.5, 0.25])
    page.goto(f"/runs/{running}/metrics")
    place = page.locator(".u-over").first
    place.hover()
    expect(page.locator(".chart-readout")).to_have_text("step 1: 0.5")
    log(registry, running, "loss", [0.125, 0.0625], start=3)
    expect(page.get_by_role("img", name=re.compile("Curve of loss: 5 points"))).to_be_visible(timeout=ROUND_MS)
    expect(page.locator(".uplot")).to_have_count(1)


def test_files_are_walked_by_arrow_keys_and_the_address_follows(page: Any, registry: Registry) -> None:
    run = registry.run("by keys")
    page.goto(f"/runs/{run.run_id}/files")
    page.locator(".file-tree").get_by_role("link", name="All files").focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("/files/model$"))
    expect(page.get_by_text("model is an MLflow model")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("/files/model/MLmodel$"))
    expect(page.locator("#preview")).to_contain_text("sklearn")
    expect(page).to_have_title(re.compile("model/MLmodel"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("/files/model$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/files/model/MLmodel$"))


def test_columns_are_chosen_and_stay_in_the_address(page: Any, registry: Registry) -> None:
    run = registry.run("with columns")
    page.goto(f"/experiments/{run.experiment_id}")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("More columns").fill("sta")
    choices = page.locator("#columns-choices")
    expect(choices.get_by_role("checkbox", name="Source")).to_have_count(0)
    choices.get_by_role("checkbox", name="Status").check()
    page.get_by_label("More columns").fill("")
    expect(choices.get_by_role("checkbox", name="Source")).to_be_visible()
    page.get_by_role("checkbox", name="loss").uncheck()
    page.get_by_role("button", name="Show these").click()
    expect(page).to_have_url(re.compile("cols=metrics.accuracy.*cols=status"))
    expect(page.get_by_role("columnheader", name="Status")).to_be_visible()
    expect(page.get_by_role("columnheader", name="accuracy")).to_be_visible()
    expect(page.get_by_role("columnheader", name="loss")).to_have_count(0)


def test_experiment_is_made_renamed_deleted_and_brought_back(page: Any) -> None:
    page.goto("/experiments")
    page.get_by_role("link", name="New experiment").click()
    page.get_by_role("dialog").get_by_label("Name").fill("made by hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("made by hand")
    open_menu(page.locator("main"), "More actions")
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("renamed by hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("renamed by hand")
    open_menu(page.locator("main"), "More actions")
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete experiment").click()
    expect(page).to_have_url(re.compile("/experiments$"))
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("renamed by hand")
