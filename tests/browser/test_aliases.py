"""Aliases: set, moved with a word on whom they are taken from, undone, removed."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu


def aliases_field(dialog: Any) -> Any:
    return dialog.get_by_label("Aliases", exact=True)


def test_an_alias_moves_in_two_clicks_and_can_be_undone(page: Any, registry: Registry) -> None:
    name = registry.model("moved-in-two", versions=3, aliases={"champion": 2})
    page.goto(f"/models/{name}")
    rail = page.locator("#aliases")
    open_menu(rail, "Move or remove @champion")
    rail.get_by_role("button", name="Version 3").click()
    expect(rail.get_by_role("link", name="version 3")).to_be_visible()
    assert registry.aliases_of(name) == {"champion": "3"}
    page.get_by_role("button", name="Undo").click()
    expect(rail.get_by_role("link", name="version 2")).to_be_visible()
    assert registry.aliases_of(name) == {"champion": "2"}


def test_the_notice_says_whom_an_alias_is_taken_from(page: Any, registry: Registry) -> None:
    name = registry.model("taken-from", versions=2, aliases={"champion": 1})
    page.goto(f"/models/{name}/versions/2")
    page.get_by_role("link", name="Edit aliases").click()
    dialog = page.get_by_role("dialog")
    expect(aliases_field(dialog)).to_be_focused()
    page.keyboard.type("champion,")
    expect(dialog.get_by_text("@champion is taken from version 1.")).to_be_visible()
    page.keyboard.type("candidate")
    page.keyboard.press("Enter")
    dialog.get_by_label("Reason").fill("Better on every figure.")
    dialog.get_by_role("button", name="Save aliases").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#aliases").get_by_text("@candidate")).to_be_visible()
    assert registry.aliases_of(name) == {"candidate": "2", "champion": "2"}
    page.goto(f"/models/{name}/activity")
    expect(page.get_by_text("Better on every figure.").first).to_be_visible()


def test_a_name_that_no_alias_may_have_is_refused(page: Any, registry: Registry) -> None:
    name = registry.model("refused-alias", versions=1)
    page.goto(f"/models/{name}/versions/1")
    page.get_by_role("link", name="Edit aliases").click()
    dialog = page.get_by_role("dialog")
    expect(aliases_field(dialog)).to_be_focused()
    page.keyboard.type("latest,")
    expect(dialog.locator(".field-error")).to_be_visible()
    dialog.get_by_role("button", name="Save aliases").click()
    expect(dialog.locator(".field-error").first).to_be_visible()
    assert registry.aliases_of(name) == {}


def test_an_alias_is_removed_and_undone(page: Any, registry: Registry) -> None:
    name = registry.model("removed-alias", versions=1, aliases={"shadow": 1})
    page.goto(f"/models/{name}")
    rail = page.locator("#aliases")
    open_menu(rail, "Move or remove @shadow")
    rail.get_by_role("button", name="Remove @shadow").click()
    expect(rail.get_by_text("@shadow")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(rail.get_by_text("@shadow").first).to_be_visible()
    assert registry.aliases_of(name) == {"shadow": "1"}


def test_the_versions_table_follows_without_a_reload(page: Any, registry: Registry) -> None:
    name = registry.model("followed", versions=2, aliases={"champion": 1})
    page.goto(f"/models/{name}")
    open_menu(page.locator("#aliases"), "Move or remove @champion")
    page.locator("#aliases").get_by_role("button", name="Version 2").click()
    second = page.get_by_role("region", name="Versions").locator("tbody tr").first
    expect(second.get_by_text("@champion")).to_be_visible()
