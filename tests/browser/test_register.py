"""Register Model, the registry's main deed: from a run's folder into a new model, and into one there is."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect

from tests.browser.axe import Axe
from tests.browser.registry import LoggedRun, Registry


def open_dialog(page: Any, run: LoggedRun) -> Any:
    page.goto(f"/runs/{run.run_id}/files/model")
    page.locator("#register-folder").click()
    dialog = page.get_by_role("dialog", name="Register Model")
    expect(dialog.get_by_role("combobox", name="Model")).to_be_focused()
    return dialog


def look_for(dialog: Any, text: str) -> None:
    """Types into the Model field and waits for the list and the target that belong to what was typed."""
    box = dialog.get_by_role("combobox", name="Model")
    with dialog.page.expect_response(is_about("models", text)), dialog.page.expect_response(is_about("target", text)):
        box.fill(text)


def is_about(what: str, text: str) -> Callable[[Any], bool]:
    wanted = ("model_text", text)
    return lambda answer: f"/register/{what}" in answer.url and wanted in parse_qsl(urlsplit(answer.url).query, True)


def choose(dialog: Any, option: str) -> None:
    with dialog.page.expect_response(re.compile("/register/target")):
        dialog.get_by_role("option", name=option).first.click()


def test_a_folder_becomes_the_first_version_of_a_new_model(page: Any, registry: Registry, axe: Axe) -> None:
    dialog = open_dialog(page, registry.run("into a new model"))
    look_for(dialog, "")
    choose(dialog, "Create New Model")
    name = dialog.get_by_label("Name of the new model")
    name.fill("a/b")
    expect(dialog.locator("#register-name-check .field-error")).to_be_visible()
    name.fill("registered-in-browser")
    expect(dialog.get_by_text("This name is free.")).to_be_visible()
    assert axe.violations(page) == []
    dialog.get_by_role("textbox", name="Description").fill("The **first** one.")
    dialog.get_by_role("combobox", name="Aliases").fill("champion")
    dialog.get_by_label("Key of a tag").fill("stage")
    dialog.get_by_label("Value of the tag").fill("trial")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#toasts").get_by_role("link").click()
    expect(page).to_have_url(re.compile("/models/registered-in-browser/versions/1$"))
    expect(page.locator("#description strong")).to_have_text("first")
    expect(page.locator("#aliases").get_by_text("@champion")).to_be_visible()
    assert registry.aliases_of("registered-in-browser") == {"champion": "1"}
    version = registry.version_of("registered-in-browser", 1)
    assert version["tags"] == [{"key": "stage", "value": "trial"}]


def test_what_is_typed_at_once_into_a_new_field_is_heard(page: Any, registry: Registry) -> None:
    """Here in the very turn that brings the field; people who type on while it comes are nearly as quick."""
    dialog = open_dialog(page, registry.run("typed at once"))
    look_for(dialog, "")
    page.evaluate("""() => document.addEventListener("htmx:afterSwap", (event) => queueMicrotask(() => {
        if (event.target.id !== "register-target") return;
        const name = document.getElementById("register-name");
        name.value = "a/b";
        name.dispatchEvent(new Event("input", {bubbles: true}));
    }))""")
    choose(dialog, "Create New Model")
    expect(dialog.locator("#register-name-check .field-error")).to_be_visible()


def test_a_folder_becomes_the_next_version_of_a_model_found_by_typing(page: Any, registry: Registry) -> None:
    name = registry.model("found-by-typing", versions=1, aliases={"champion": 1})
    dialog = open_dialog(page, registry.run("into an existing model"))
    look_for(dialog, "by-typ")
    expect(dialog.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    while dialog.get_by_role("option", selected=True).get_attribute("data-value") != name:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Becomes version 2")).to_be_visible()
    dialog.get_by_role("combobox", name="Aliases").fill("champion,")
    expect(dialog.get_by_text("@champion is taken from version 1.")).to_be_visible()
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#toasts").get_by_role("link")).to_be_visible()
    assert registry.aliases_of(name) == {"champion": "2"}


def test_enter_after_a_typed_name_closes_the_list_over_what_comes_of_it(page: Any, registry: Registry) -> None:
    name = registry.model("typed-to-the-end", versions=1)
    dialog = open_dialog(page, registry.run("typed to the end"))
    look_for(dialog, name)
    expect(dialog.get_by_role("option", name=name)).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("option")).to_have_count(0)
    expect(dialog.get_by_role("combobox", name="Model")).to_have_attribute("aria-expanded", "false")
    expect(dialog.get_by_text("Becomes version 2")).to_be_visible()
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert registry.version_of(name, 2)["version"] == "2"


def test_the_page_shows_what_was_registered_from_it(page: Any, registry: Registry) -> None:
    name = registry.model("shown-on-the-run", versions=0)
    run = registry.run("shows its version")
    dialog = open_dialog(page, run)
    look_for(dialog, name)
    choose(dialog, name)
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("main").get_by_role("link", name=re.compile(name)).first).to_be_visible()


def test_a_name_that_is_taken_is_refused_at_its_field(page: Any, registry: Registry) -> None:
    dialog = open_dialog(page, registry.run("taken name"))
    look_for(dialog, "")
    choose(dialog, "Create New Model")
    dialog.get_by_label("Name of the new model").fill("digit-reader")
    dialog.get_by_role("textbox", name="Description").fill("Kept while the name is corrected.")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(dialog.get_by_label("Name of the new model")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Name of the new model")).to_be_focused()
    expect(dialog.get_by_role("textbox", name="Description")).to_have_value("Kept while the name is corrected.")


def test_enter_in_the_model_field_registers_nothing(page: Any, registry: Registry) -> None:
    name = registry.model("entered-by-name")
    dialog = open_dialog(page, registry.run("not yet"))
    look_for(dialog, name)
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Becomes version 1")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    expect(dialog).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert registry.version_of(name, 1)["name"] == name


def test_enter_in_the_source_field_looks_the_source_up(page: Any, registry: Registry) -> None:
    run = registry.run("typed by its address")
    page.goto("/register")
    source = page.get_by_role("combobox", name="What to register")
    source.fill(f"runs:/{run.run_id}/model")
    source.press("Enter")
    expect(page.locator("#register-origin").get_by_role("link", name=run.name)).to_be_visible()
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)


def test_what_was_typed_is_there_again_after_closing(page: Any, registry: Registry) -> None:
    dialog = open_dialog(page, registry.run("closed by mistake"))
    dialog.get_by_role("textbox", name="Description").fill("Half a note.")
    dialog.get_by_role("combobox", name="Aliases").fill("shadow, canary,")
    dialog.get_by_label("Key of a tag").fill("team")
    dialog.get_by_label("Value of the tag").fill("growth")
    dialog.get_by_role("button", name="Add tag").click()
    dialog.get_by_label("Key of a tag").last.fill("stage")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.locator("#register-folder").click()
    dialog = page.get_by_role("dialog", name="Register Model")
    expect(dialog.get_by_role("combobox", name="Model")).to_be_focused()
    expect(dialog.get_by_role("textbox", name="Description")).to_have_value("Half a note.")
    assert dialog.locator("[name=tag_key]").evaluate_all("all => all.map((input) => input.value)") == ["team", "stage"]
    expect(dialog.get_by_label("Value of the tag").first).to_have_value("growth")
    expect(dialog.locator(".chip.alias[data-chip]")).to_have_text(["@shadowRemove shadow", "@canaryRemove canary"])

    dialog.get_by_role("button", name="Discard it").click()
    expect(dialog.get_by_role("textbox", name="Description")).to_have_value("")
    expect(dialog.get_by_label("Key of a tag").first).to_have_value("")
    expect(dialog.locator(".chip.alias[data-chip]")).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0


def test_tags_and_aliases_alone_come_back_until_they_are_registered(page: Any, registry: Registry) -> None:
    name = registry.model("registered-at-last")
    dialog = open_dialog(page, registry.run("closed and opened"))
    dialog.get_by_role("combobox", name="Aliases").fill("shadow,")
    dialog.get_by_label("Key of a tag").fill("team")
    dialog.get_by_role("button", name="Close").click()
    page.locator("#register-folder").click()
    dialog = page.get_by_role("dialog", name="Register Model")
    look_for(dialog, name)
    choose(dialog, name)
    expect(dialog.get_by_label("Key of a tag")).to_have_value("team")
    dialog.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert registry.aliases_of(name) == {"shadow": "1"}
    assert page.evaluate("localStorage.length") == 0


def test_the_run_page_offers_it_too(page: Any, registry: Registry) -> None:
    run = registry.run("offers it")
    page.goto(f"/runs/{run.run_id}")
    page.get_by_role("link", name="Register Model").first.click()
    expect(page.get_by_role("dialog", name="Register Model")).to_be_visible()


def test_a_model_logged_by_the_client_is_registered(page: Any) -> None:
    page.goto("/experiments")
    page.get_by_role("link", name="handwritten-digits").click()
    page.get_by_role("link", name="mlp-32", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("mlp-32")
    page.wait_for_load_state()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Register Model")
    look_for(dialog, "")
    choose(dialog, "Create New Model")
    dialog.get_by_label("Name of the new model").fill("small-digit-reader")
    dialog.get_by_role("button", name="Register", exact=True).click()
    page.locator("#toasts").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("small-digit-reader")
    expect(page.get_by_text("test_accuracy").first).to_be_visible()
