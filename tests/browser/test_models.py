"""Finding, creating, renaming and deleting models."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu


def rows(page: Any) -> Any:
    return page.get_by_role("region", name="Models", exact=True).locator("tbody tr")


def test_the_list_narrows_while_one_types(page: Any) -> None:
    page.goto("/models")
    everything = rows(page).count()
    page.keyboard.press("/")
    page.keyboard.type("diabetes")
    expect(page).to_have_url(re.compile(r"\?q=diabetes"))
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_role("searchbox", name="Search models").last).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(everything)


def test_the_way_back_leads_through_the_searches(page: Any) -> None:
    page.goto("/models")
    everything = rows(page).count()
    page.get_by_role("navigation", name="Narrow the list").get_by_role("link", name="regression").click()
    expect(rows(page)).to_have_count(3)
    page.go_back()
    expect(rows(page)).to_have_count(everything)
    page.go_forward()
    expect(rows(page)).to_have_count(3)


def test_a_facet_and_a_word_go_together(page: Any) -> None:
    page.goto("/models")
    page.get_by_role("navigation", name="Narrow the list").get_by_role("link", name="regression").click()
    expect(rows(page)).to_have_count(3)
    page.locator("#models-q").fill("median")
    expect(rows(page)).to_have_count(1)


def test_a_mistaken_filter_says_what_is_wrong(page: Any) -> None:
    page.goto("/models")
    page.locator("#models-q").fill("tags.task ==")
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_model_tells_the_story_at_a_glance(page: Any) -> None:
    page.goto("/models/breast-tumour-classifier")
    rail = page.get_by_role("complementary", name="About breast-tumour-classifier")
    expect(rail.get_by_text("@champion").first).to_be_visible()
    expect(page.get_by_role("heading", name="What counts")).to_be_visible()
    page.get_by_role("link", name="Activity", exact=True).last.click()
    expect(page.get_by_text("Version 4 misses more malignant tumours than version 1")).to_be_visible()


def test_a_model_is_created_in_a_dialog(page: Any, registry: Registry) -> None:
    page.goto("/models")
    page.get_by_role("link", name="New model").click()
    dialog = page.get_by_role("dialog", name="New model")
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("digit-reader")
    dialog.get_by_role("button", name="Create model").click()
    expect(dialog.get_by_text("There is a model “digit-reader” already").first).to_be_visible()
    dialog.get_by_label("Name").fill("created in a dialog")
    dialog.get_by_label("Description").fill("Empty so far.")
    dialog.get_by_role("button", name="Create model").click()
    expect(page.get_by_role("heading", name="created in a dialog", level=1)).to_be_visible()
    expect(page.get_by_text("Empty so far.")).to_be_visible()
    assert registry.description_of("created%20in%20a%20dialog") == "Empty so far."


def test_escape_closes_a_dialog_and_gives_the_focus_back(page: Any) -> None:
    page.goto("/models")
    page.get_by_role("link", name="New model").click()
    expect(page.get_by_role("dialog", name="New model").get_by_label("Name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="New model")).to_be_focused()


def test_a_model_is_renamed(page: Any, registry: Registry) -> None:
    name = registry.model("to be renamed")
    page.goto(f"/models/{name}")
    open_menu(page.locator("main"), "More about this model")
    page.get_by_role("link", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("renamed")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="renamed", level=1, exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/models/renamed$"))


def test_deleting_a_model_names_what_goes_with_it(page: Any, registry: Registry) -> None:
    name = registry.model("to-be-deleted", versions=2, aliases={"champion": 2})
    page.goto(f"/models/{name}")
    open_menu(page.locator("main"), "More about this model")
    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete model?")
    consequences = dialog.get_by_role("list").inner_text()
    assert "2 versions" in consequences
    assert "champion" in consequences
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("button", name="Delete model").click()
    expect(page).to_have_url(re.compile("/models$"))
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)


def test_deleting_a_version_names_the_aliases_it_takes(page: Any, registry: Registry) -> None:
    name = registry.model("loses-a-version", versions=2, aliases={"champion": 2})
    page.goto(f"/models/{name}/versions/2")
    open_menu(page.locator("main"), "More about this version")
    page.get_by_role("link", name="Delete version").click()
    dialog = page.get_by_role("dialog")
    assert "champion" in dialog.get_by_role("list").inner_text()
    if dialog.get_by_role("textbox").count():
        dialog.get_by_role("textbox").fill(name)
    dialog.get_by_role("button", name="Delete version").click()
    expect(page).to_have_url(re.compile(f"/models/{name}$"))
    assert registry.aliases_of(name) == {}
    expect(page.get_by_role("region", name="Versions").locator("tbody tr")).to_have_count(1)


def test_long_names_and_tags_leave_every_column_in_sight(open_page: Any, registry: Registry) -> None:
    name = registry.model("-".join(["a-long-name"] * 18), versions=1, aliases={"an-alias-that-goes-on-and-on": 1})
    for key, value in (
        ("a_long_key_" * 8, "a_long_value" * 10),
        ("team", "people who work on growth and the rest of them"),
    ):
        registry.call("POST", "registered-models/set-tag", name=name, key=key, value=value)
    page = open_page(viewport={"width": 1024, "height": 800})
    page.goto("/models?q=a-long-name")
    table = page.get_by_role("region", name="Models")
    assert table.evaluate("region => region.scrollWidth - region.clientWidth") == 0
    for chip in table.locator(".chip.tag").all():
        assert chip.locator(".key").bounding_box()["width"] > 20
        assert chip.locator(".value").bounding_box()["width"] > 20


def test_the_name_of_a_new_model_is_checked_while_it_is_typed(page: Any) -> None:
    page.goto("/models")
    page.get_by_role("link", name="New model").click()
    dialog = page.get_by_role("dialog", name="New model")
    name = dialog.get_by_label("Name")
    name.fill("digit-reader")
    expect(dialog.get_by_role("link", name="open that one")).to_have_attribute("href", "/models/digit-reader")
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("digit-reader-2")
    expect(dialog.get_by_text("This name is free.")).to_be_visible()
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_links_the_client_prints_lead_to_our_pages(page: Any, registry: Registry) -> None:
    run = registry.run("linked")
    prompt_tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}
    registry.call("POST", "registered-models/create", name="linked prompt", tags=[prompt_tag])
    for printed, heading, address in (
        ("/#/models/digit-reader", "digit-reader", "/models/digit-reader"),
        ("/#/models/digit-reader/versions/8", "version 8", "/models/digit-reader/versions/8"),
        ("/#/prompts/linked%20prompt", "linked prompt", "/models/linked%20prompt"),
        ("/#/experiments/1", "iris-species", "/experiments/1"),
        (f"/#/experiments/{run.experiment_id}/runs/{run.run_id}", "linked", f"/runs/{run.run_id}"),
    ):
        page.goto("about:blank")
        page.goto(printed)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert page.url.endswith(address)


def test_a_link_pasted_into_the_open_front_page_is_followed(page: Any) -> None:
    page.goto("/")
    page.evaluate("window.location.hash = '#/models/digit-reader'")
    page.wait_for_url("**/models/digit-reader", timeout=10_000)
    page.get_by_role("heading", name="digit-reader", exact=True).wait_for()
