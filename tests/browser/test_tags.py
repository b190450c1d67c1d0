"""Tags: added, changed and removed where they stand."""

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import expect_soon


def open_editor(page: Any, name: str) -> Any:
    page.goto(f"/models/{name}")
    page.get_by_role("link", name="Edit tags").click()
    tags = page.locator("#tags")
    expect(tags.get_by_label("Key").or_(tags.get_by_label("New key"))).to_be_visible()
    return tags


def test_a_tag_is_added_changed_and_removed(page: Any, registry: Registry) -> None:
    name = registry.model("tagged")
    tags = open_editor(page, name)
    tags.get_by_label("Key", exact=True).fill("task")
    tags.get_by_label("Value", exact=True).fill("question answering")
    page.keyboard.press("Enter")
    expect(tags.get_by_label(re.compile("^task"))).to_have_value("question answering")
    tags.get_by_label(re.compile("^task")).fill("summarising")
    tags.get_by_role("button", name="Save task").click()
    expect_soon(lambda: registry.tags_of(name), {"task": "summarising"})
    tags.get_by_role("button", name="Remove task").click()
    expect(tags.get_by_label(re.compile("^task"))).to_have_count(0)
    assert registry.tags_of(name) == {}


def test_a_removed_tag_comes_back_by_undo(page: Any, registry: Registry) -> None:
    name = registry.model("tag removed by mistake")
    registry.call("POST", "registered-models/set-tag", name=name, key="task", value="ranking")
    tags = open_editor(page, name)
    tags.get_by_role("button", name="Remove task").click()
    expect(tags.get_by_label(re.compile("^task"))).to_have_count(0)
    tags.get_by_label("Key", exact=True).fill("half-typed")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(tags.get_by_label(re.compile("^task"))).to_have_value("ranking")
    expect(tags.get_by_label("New key")).to_have_value("half-typed")
    tags.get_by_role("button", name="Remove task").click()
    expect(tags.get_by_label(re.compile("^task"))).to_have_count(0)
    tags.get_by_role("link", name="Done").click()
    expect(tags.get_by_text("No tags.")).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(tags.get_by_text("ranking")).to_be_visible()


def test_a_key_that_is_taken_is_refused_at_the_field(page: Any, registry: Registry) -> None:
    name = registry.model("tagged-twice")
    registry.call("POST", "registered-models/set-tag", name=name, key="task", value="ranking")
    tags = open_editor(page, name)
    tags.get_by_label("New key").fill("task")
    tags.get_by_label("Value", exact=True).fill("other")
    tags.get_by_role("button", name="Add").click()
    expect(tags.get_by_label("New key")).to_have_attribute("aria-invalid", "true")
    assert registry.tags_of(name) == {"task": "ranking"}


def test_values_others_use_are_suggested(page: Any, registry: Registry) -> None:
    name = registry.model("suggested")
    tags = open_editor(page, name)
    keys = tags.locator("#tag-keys option")
    assert "task" in [option.get_attribute("value") for option in keys.all()]
    tags.get_by_label("Key", exact=True).fill("task")
    tags.get_by_label("Value", exact=True).focus()
    expect(tags.locator("#tag-values option[value=regression]")).to_have_count(1)


def test_done_shows_the_tags_again(page: Any, registry: Registry) -> None:
    name = registry.model("tagged-and-done")
    registry.call("POST", "registered-models/set-tag", name=name, key="task", value="ranking")
    tags = open_editor(page, name)
    tags.get_by_role("link", name="Done").click()
    expect(page.locator("#tags").get_by_text("ranking")).to_be_visible()
    expect(page.get_by_role("link", name="Edit tags")).to_be_focused()
