"""The runs table under the hand: ticks and what follows from them, widths, nested runs, completion, views, news."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu

ROUND_MS = 20_000  # the page asks for news every ten seconds


@pytest.fixture
def experiment(registry: Registry) -> str:
    experiment = registry.experiment()
    for name in ("first", "second", "third"):
        registry.run(name, experiment=experiment)
    return experiment


def row(page: Any, name: str) -> Any:
    return page.locator("[data-row]").filter(has=page.get_by_role("link", name=name, exact=True))


def test_ticked_runs_are_tagged_deleted_and_brought_back(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}")
    bar = page.locator("[data-selection]")
    expect(bar).to_be_hidden()
    row(page, "first").get_by_role("checkbox").check()
    page.get_by_role("checkbox", name="Select third").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    expect(bar.get_by_role("button", name="Rename")).to_be_disabled()
    row(page, "second").get_by_role("checkbox").uncheck()
    bar.get_by_role("button", name="Tag").click()
    page.get_by_role("dialog").get_by_label("Key of a tag").first.fill("team")
    page.get_by_role("dialog").get_by_label("Value of the tag").first.fill("red")
    page.get_by_role("button", name="Save tags").click()
    expect(page.get_by_text("2 runs tagged.")).to_be_visible()
    expect(bar).to_be_hidden()
    page.get_by_role("checkbox", name="Select all runs shown").check()
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Delete 3 runs?")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect(page.locator("#runs")).to_be_focused()  # the button that was pressed is gone
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row]")).to_have_count(3)


def test_rows_are_ticked_and_compared_by_keys(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selection]")).to_contain_text("2 selected")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/runs/compare\?ids=\w{32}&ids=\w{32}$"))


def test_a_column_gets_another_width_by_keys_and_by_hand_and_keeps_it(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}")
    head = page.locator('th[data-column="params.depth"]')
    before = head.bounding_box()["width"]
    head.get_by_role("separator").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("w=params.depth"))
    assert head.bounding_box()["width"] == pytest.approx(before + 96, abs=8)
    expect(head.get_by_role("separator")).to_be_focused()
    page.goto(f"/experiments/{experiment}")
    assert head.bounding_box()["width"] == pytest.approx(before + 96, abs=8)
    box = head.bounding_box()
    page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"], steps=3)
    with page.expect_response(re.compile("w=params.depth")):
        page.mouse.up()
    expect(head.get_by_role("separator")).to_have_attribute("aria-valuenow", re.compile(r"\d\d"))
    assert head.bounding_box()["width"] == pytest.approx(before + 36, abs=8)


def test_nested_runs_unfold_and_the_focus_stays(page: Any, registry: Registry) -> None:
    parent = registry.run("the parent")
    tags = [{"key": "mlflow.parentRunId", "value": parent.run_id}]
    registry.call("POST", "runs/create", experiment_id=parent.experiment_id, run_name="the child", tags=tags)
    page.goto(f"/experiments/{parent.experiment_id}")
    expect(row(page, "the child")).to_have_count(0)
    unfold = page.get_by_role("button", name="Unfold")
    unfold.focus()
    page.keyboard.press("Enter")
    expect(row(page, "the child")).to_be_visible()
    expect(page.get_by_role("button", name="Fold")).to_be_focused()
    expect(page).to_have_url(re.compile(f"open={parent.run_id}"))


def test_the_filter_box_completes_keys_and_values(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}")
    box = page.get_by_role("combobox", name="Filter runs")
    box.press_sequentially("metrics.acc")
    expect(page.get_by_role("option").first).to_have_text("metrics.accuracy")
    expect(page).not_to_have_url(re.compile("/words"))  # the address stays one that can be reloaded and shared
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("metrics.accuracy ")
    box.press_sequentially("> 0.95")
    expect(page.get_by_text("No run matches")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/experiments/{experiment}[?]q="))


def test_a_half_typed_filter_is_told_without_moving_the_table(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}")
    box, problem, first = (
        page.get_by_role("combobox", name="Filter runs"),
        page.get_by_role("alert"),
        row(page, "first"),
    )
    top = first.bounding_box()["y"]
    box.press_sequentially("metrics.accuracy > x")
    expect(problem).to_contain_text("put quotes around x")
    assert first.bounding_box()["y"] == top
    page.get_by_role("heading", level=1).click()
    expect(problem).to_be_hidden()
    assert first.bounding_box()["y"] == top
    box.fill("metrics.")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(problem).to_be_hidden()


def test_a_view_is_saved_and_opened(page: Any, experiment: str) -> None:
    page.goto(f"/experiments/{experiment}?sort=-metrics.accuracy&q=second")
    open_menu(page.locator("#runs"), "Views")
    page.get_by_role("link", name="Save this view").click()
    page.get_by_role("dialog").get_by_label("Name").fill("The second")
    page.keyboard.press("Enter")
    expect(page.locator("#views")).to_have_text(re.compile("The second"))
    page.goto(f"/experiments/{experiment}")
    open_menu(page.locator("#runs"), "Views")
    page.get_by_role("link", name="The second").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Filter runs")).to_have_value("second")


def test_news_come_without_moving_what_one_reads(page: Any, registry: Registry, experiment: str) -> None:
    now = time.time_ns() // 1_000_000
    answer = registry.call("POST", "runs/create", experiment_id=experiment, run_name="going on", start_time=now)
    run_id = answer["run"]["info"]["run_id"]
    page.goto(f"/experiments/{experiment}")
    row(page, "first").get_by_role("checkbox").check()
    place = row(page, "first").bounding_box()
    registry.call("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=now + 5_000)
    registry.call("POST", "runs/create", experiment_id=experiment, run_name="brand new", start_time=now + 10_000)
    expect(page.get_by_role("link", name="1 new run")).to_be_visible(timeout=ROUND_MS)
    expect(row(page, "going on")).to_contain_text("5.0 s")
    expect(row(page, "brand new")).to_have_count(0)
    assert row(page, "first").bounding_box() == place
    expect(row(page, "first").get_by_role("checkbox")).to_be_checked()
    page.get_by_role("link", name="1 new run").click()
    expect(row(page, "brand new")).to_be_visible()
