"""Charts of several runs: exact values, a legend for keys alone, zoom, settings in the address, no script at all."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.registry import Registry

ROUND_MS = 20_000  # pages ask again every few seconds, on a busy machine later


@pytest.fixture(scope="module")
def pair(registry: Registry) -> dict[str, str]:
    """Two runs of a thousand steps each, one of them going on; their ids by name."""
    experiment = registry.experiment()
    now = time.time_ns() // 1_000_000
    ids = {}
    for name, slope in (("steep", 0.5), ("flat", 0.125)):
        answer = registry.call("POST", "runs/create", experiment_id=experiment, run_name=name, start_time=now)
        ids[name] = answer["run"]["info"]["run_id"]
        points = [{"key": "loss", "value": n * slope, "step": n, "timestamp": now + n} for n in range(1_000)]
        registry.call("POST", "runs/log-batch", run_id=ids[name], metrics=points)
    registry.call("POST", "runs/update", run_id=ids["steep"], status="FINISHED", end_time=now + 1_000)
    return {"experiment": experiment, **ids}


def address(pair: dict[str, str]) -> str:
    return f"/runs/compare?view=charts&ids={pair['steep']},{pair['flat']}"


def test_every_run_says_its_exact_value_until_it_is_hidden(page: Any, pair: dict[str, str]) -> None:
    page.goto(address(pair))
    place = page.locator(".u-over")
    place.hover()
    tip = page.locator(".chart-tip")
    expect(tip).to_be_visible()
    step = int(re.search(r"step (\d+)", tip.locator("p").inner_text())[1])
    values = [float(text) for text in tip.locator("b").all_inner_texts()]
    assert values == [pytest.approx(step * 0.5, abs=2), pytest.approx(step * 0.125, abs=1)]
    legend = page.get_by_role("complementary", name="Runs")
    legend.get_by_role("button", name="steep").focus()
    page.keyboard.press("Enter")
    expect(legend.get_by_role("button", name="steep")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("img", name=re.compile("Curves of loss")).focus()
    page.keyboard.press("ArrowRight")
    expect(tip.locator("li")).to_have_count(1)
    expect(tip).to_contain_text("flat")
    with page.expect_response(re.compile(r"/charts/series.*low=")):
        page.keyboard.press("+")


def test_zoom_brings_the_points_between_and_outlives_news_of_a_run(
    page: Any, registry: Registry, pair: dict[str, str]
) -> None:
    page.goto(address(pair))
    place = page.locator(".u-over")
    box = place.bounding_box()
    with page.expect_response(re.compile(r"/charts/series.*low=")) as zoomed:
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=4)
        page.mouse.up()
    assert all(95 <= len(curve["x"]) <= 110 for curve in zoomed.value.json()["curves"]), "a tenth, and all of it"
    with page.expect_response(re.compile(r"/charts/series.*low="), timeout=ROUND_MS):
        now = time.time_ns() // 1_000_000
        point = {"key": "loss", "value": 7, "step": 1_000, "timestamp": now}
        registry.call("POST", "runs/log-batch", run_id=pair["flat"], metrics=[point])
    with page.expect_response(re.compile(r"/charts/series(?!.*low=)")):
        place.dblclick()


def test_settings_are_in_the_address_and_keep_the_focus(page: Any, pair: dict[str, str]) -> None:
    page.goto(address(pair))
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("smooth=0.99"))
    expect(slider).to_be_focused()
    page.get_by_role("link", name="Scatter").press("Enter")
    expect(page).to_have_url(re.compile("kind=scatter"))
    expect(page.get_by_role("link", name="Scatter")).to_be_focused()
    page.go_back()
    expect(page.locator("[data-drawn]")).to_have_count(1)


def test_clock_below_a_curve_is_the_one_of_the_page_wherever_one_reads_it(page: Any, pair: dict[str, str]) -> None:
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    page.goto(f"{address(pair)}&x=time")
    expect(page.locator("[data-drawn]")).to_have_count(1)
    page.locator(".u-over").hover()
    minute = page.locator(".chart-tip p").inner_text()[:16]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", minute)
    labels = page.evaluate("document.querySelector('.chart-plot').chart.plot.axes[0]._values")
    assert minute in "".join(filter(None, labels))


def test_without_a_script_there_are_figures_and_pictures(page_without_script: Any, pair: dict[str, str]) -> None:
    page = page_without_script
    page.goto(f"/experiments/{pair['experiment']}/charts")
    page.get_by_role("link", name="Figures").click()
    expect(page.get_by_role("row", name=re.compile("steep"))).to_contain_text("499.5")
    page.get_by_role("link", name="Bars").click()
    page.get_by_text("Highest").click()
    page.get_by_role("button", name="Draw").click()
    expect(page).to_have_url(re.compile("kind=bars.*of=highest|of=highest.*kind=bars"))
    expect(page.locator("svg.bars a")).to_have_count(2)


def test_an_axis_is_narrowed_by_keys(page: Any, pair: dict[str, str]) -> None:
    page.goto(f"{address(pair)}&kind=parallel&axes=metrics.loss&axes=tags.mlflow.runName")
    axis = page.locator("[data-axis-x]").first
    gone = page.locator("svg [data-run].brushed-out")
    axis.focus()
    page.keyboard.press("-")
    expect(gone).to_have_count(2)  # one at each end
    page.keyboard.press("ArrowUp")
    expect(gone).to_have_count(1)
    expect(gone).to_have_attribute("href", f"/runs/{pair['flat']}")
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    expect(gone).to_have_attribute("href", f"/runs/{pair['flat']}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(gone).to_have_attribute("href", f"/runs/{pair['steep']}")
    page.keyboard.press("Escape")
    expect(gone).to_have_count(0)
