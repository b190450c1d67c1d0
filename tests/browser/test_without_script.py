"""The first hour with JavaScript off: every link leads somewhere, every form is sent, errors stand at their fields."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu


@pytest.fixture
def page(page_without_script: Any) -> Any:
    return page_without_script


def test_a_run_is_browsed_down_to_a_file(page: Any, registry: Registry) -> None:
    registry.run("found without script", experiment=registry.experiment("without script"))
    page.goto("/")
    page.get_by_role("link", name="Experiments").click()
    page.get_by_role("link", name="without script", exact=True).click()
    page.get_by_role("link", name="found without script", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("found without script")
    expect(page.get_by_role("row", name=re.compile("accuracy")).first).to_contain_text("0.9")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("link", name=re.compile("^model")).first.click()
    page.get_by_role("link", name=re.compile("^requirements.txt")).first.click()
    expect(page.get_by_role("row", name="scikit-learn ==1.7.0")).to_be_visible()
    page.get_by_role("link", name="Source", exact=True).click()
    expect(page.get_by_role("region", name="Content of requirements.txt")).to_contain_text("scikit-learn==1.7.0")


def test_runs_are_filtered_arranged_and_deleted_together(page: Any, registry: Registry) -> None:
    experiment = registry.experiment()
    for number in (1, 2, 3):
        registry.run(f"number {number}", experiment=experiment, accuracy=number / 10)
    page.goto(f"/experiments/{experiment}")
    page.get_by_label("Filter runs").fill("metrics.accuracy > 0.15")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator("[data-row]")).to_have_count(2)
    open_menu(page.locator("#runs"), "Columns")
    page.get_by_role("button", name="Move Duration further left").click()
    expect(page).to_have_url(re.compile("q=metrics.accuracy.*cols=duration&cols=start_time"))
    page.get_by_role("checkbox", name="Select number 2").check()
    page.get_by_role("checkbox", name="Select number 3").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 2 runs?")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 runs deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-row]")).to_have_count(3)


def test_it_is_registered_into_a_new_model(page: Any, registry: Registry) -> None:
    run = registry.run("registered without script")
    page.goto(f"/runs/{run.run_id}/files/model")
    page.locator("#register-folder").click()
    page.get_by_role("combobox", name="Model").select_option("Create New Model")
    page.get_by_label(re.compile("^Name")).fill("digit-reader")
    page.get_by_role("button", name="Register", exact=True).last.click()
    expect(page.locator(".field-error").first).to_contain_text("There is a model “digit-reader” already")
    page.get_by_label(re.compile("^Name")).fill("made-without-script")
    page.get_by_role("textbox", name="Description").fill("By hand.")
    page.get_by_role("combobox", name="Aliases").fill("champion, shadow")
    page.get_by_role("button", name="Register", exact=True).last.click()
    expect(page).to_have_url(re.compile("/models/made-without-script/versions/1$"))
    expect(page.get_by_text("By hand.")).to_be_visible()
    assert registry.aliases_of("made-without-script") == {"champion": "1", "shadow": "1"}


def test_it_is_registered_into_an_existing_model(page: Any, registry: Registry) -> None:
    name = registry.model("grows-without-script", versions=1)
    run = registry.run("the next one")
    page.goto(f"/runs/{run.run_id}/files/model")
    page.locator("#register-folder").click()
    page.get_by_role("combobox", name="Model").select_option(name)
    page.get_by_role("button", name="Register", exact=True).last.click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/2$"))


def test_a_description_is_previewed_and_saved(page: Any, registry: Registry) -> None:
    name = registry.model("described-without-script")
    page.goto(f"/models/{name}")
    page.get_by_role("link", name="Edit description").click()
    page.get_by_role("textbox", name="Description").fill("Some **bold** words.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="Preview").locator("strong")).to_have_text("bold")
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Some **bold** words.")
    page.get_by_role("button", name="Save").last.click()
    expect(page).to_have_url(re.compile(f"/models/{name}$"))
    expect(page.locator("#description strong")).to_have_text("bold")
    assert registry.description_of(name) == "Some **bold** words."


def test_the_second_to_save_is_told(page: Any, registry: Registry) -> None:
    name = registry.model("disputed-without-script", description="First.")
    page.goto(f"/models/{name}/description")
    registry.call("PATCH", "registered-models/update", name=name, description="Theirs.")
    page.get_by_role("textbox", name="Description").fill("Mine.")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was overwritten")
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Mine.")
    assert registry.description_of(name) == "Theirs."


def test_tags_are_added_changed_and_removed(page: Any, registry: Registry) -> None:
    name = registry.model("tagged-without-script")
    page.goto(f"/models/{name}")
    page.get_by_role("link", name="Edit tags").click()
    page.get_by_label("Key", exact=True).fill("task")
    page.get_by_label("Value", exact=True).fill("ranking")
    page.get_by_role("button", name="Add").click()
    page.get_by_label(re.compile("^task")).fill("sorting")
    page.get_by_role("button", name="Save task").click()
    assert registry.tags_of(name) == {"task": "sorting"}
    page.get_by_role("button", name="Remove task").click()
    assert registry.tags_of(name) == {}


def test_aliases_are_set_moved_and_removed(page: Any, registry: Registry) -> None:
    name = registry.model("aliased-without-script", versions=2)
    page.goto(f"/models/{name}/versions/1")
    page.get_by_role("link", name="Edit aliases").click()
    page.get_by_role("combobox", name="Aliases").fill("champion")
    page.get_by_role("button", name="Save aliases").click()
    expect(page).to_have_url(re.compile(f"/models/{name}/versions/1$"))
    assert registry.aliases_of(name) == {"champion": "1"}
    page.goto(f"/models/{name}")
    open_menu(page.locator("#aliases"), "Move or remove @champion")
    page.get_by_role("button", name="Version 2").click()
    assert registry.aliases_of(name) == {"champion": "2"}
    page.get_by_role("button", name="Undo").first.click()
    assert registry.aliases_of(name) == {"champion": "1"}
    page.goto(f"/models/{name}")
    open_menu(page.locator("#aliases"), "Move or remove @champion")
    page.get_by_role("button", name="Remove @champion").click()
    assert registry.aliases_of(name) == {}


def test_models_are_searched_created_renamed_and_deleted(page: Any, registry: Registry) -> None:
    page.goto("/models")
    page.get_by_role("link", name="New model").click()
    page.get_by_label("Name").fill("short-lived")
    page.get_by_role("button", name="Create model").click()
    expect(page).to_have_url(re.compile("/models/short-lived$"))
    open_menu(page.locator("main"), "More about this model")
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("textbox").last.fill("shorter-lived")
    page.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(re.compile("/models/shorter-lived$"))
    page.goto("/models")
    page.locator("#models-q").fill("shorter")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#models tbody tr")).to_have_count(1)
    page.get_by_role("link", name="shorter-lived", exact=True).click()
    open_menu(page.locator("main"), "More about this model")
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("Deleting")).to_be_visible()
    if page.get_by_label(re.compile("^Type")).count():
        page.get_by_label(re.compile("^Type")).fill("shorter-lived")
    page.get_by_role("button", name="Delete model").click()
    expect(page).to_have_url(re.compile("/models"))
    expect(page.get_by_role("link", name="shorter-lived", exact=True)).to_have_count(0)


def test_the_theme_is_chosen_and_kept(page: Any) -> None:
    page.goto("/models/digit-reader")
    open_menu(page.locator("header").first, "Menu of")
    page.get_by_role("button", name="Dark").click()
    expect(page).to_have_url(re.compile("/models/digit-reader$"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/models")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
