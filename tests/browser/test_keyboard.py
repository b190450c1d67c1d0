"""The first hour by keys alone: no pointer is used in this file."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry


def tab_to(page: Any, target: Any, *, at_most: int = 60) -> None:
    for _ in range(at_most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} was not reached by {at_most} times Tab")


def test_a_model_is_found_described_and_its_alias_moved(page: Any, registry: Registry) -> None:
    name = registry.model("by-keys-alone", versions=2, aliases={"champion": 1})
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("by-keys")
    expect(page.locator("#models tbody tr")).to_have_count(1)
    tab_to(page, page.locator("#models [data-row-link]"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()

    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Description")).to_be_focused()
    page.keyboard.type("Written by keys.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("link", name="Edit description")).to_be_focused()

    tab_to(page, page.locator("#alias-menu-champion"))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Version 2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#aliases").get_by_role("link", name="version 2")).to_be_visible()
    assert registry.aliases_of(name) == {"champion": "2"}
    assert registry.description_of(name) == "Written by keys."


def test_a_run_is_registered(page: Any, registry: Registry) -> None:
    name = registry.model("registered-by-keys", versions=1)
    run = registry.run("has a model")
    page.goto(f"/runs/{run.run_id}/files/model")
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Register Model")
    expect(dialog.get_by_role("combobox", name="Model")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(name)
    expect(dialog.get_by_role("option")).to_have_count(2)  # it, and Create New Model
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Becomes version 2")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert registry.version_of(name, 2)["run_id"] == run.run_id
    expect(page.get_by_role("link", name="Register Model").first).to_be_focused()


def test_rows_are_walked_and_pages_jumped_to(page: Any) -> None:
    page.goto("/models")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-row] [data-row-link]").first
    expect(first).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="Experiments", level=1)).to_be_visible()
    page.wait_for_load_state()  # keys are heard once the scripts are there
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Activity", level=1)).to_be_visible()


def test_the_sheet_of_keys_opens_and_closes(page: Any) -> None:
    page.goto("/models")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_the_sheet_of_keys_gives_the_focus_back(page: Any) -> None:
    page.goto("/models")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-row-link]").first).to_be_focused()

    menu = page.locator(".user-menu summary")
    menu.focus()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Keyboard shortcuts"))
    page.keyboard.press("Enter")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()


def test_the_first_tab_skips_to_the_content(page: Any) -> None:
    page.goto("/models")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_params_are_paged_and_a_menu_is_walked_upwards(page: Any, registry: Registry) -> None:
    run_id = registry.run("of many params").run_id
    for start in (0, 100, 200):
        params = [{"key": f"param{number:03}", "value": "1"} for number in range(start, start + 100)]
        registry.call("POST", "runs/log-batch", run_id=run_id, params=params)
    page.goto(f"/runs/{run_id}")
    menu = page.get_by_title("More actions").first
    tab_to(page, menu)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="Delete")).to_be_focused()
    page.keyboard.press("Escape")

    further = page.get_by_role("navigation", name="Pages of params").get_by_role("link", name="Next")
    tab_to(page, further)
    for after in ("param098", "param198"):
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"params_after={after}"))
        page.wait_for_function("!document.querySelector('.htmx-request')")
