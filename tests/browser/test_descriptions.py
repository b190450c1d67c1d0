"""Writing a description: preview, drafts that survive, and two people at once."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.watch import Watch


def edit(page: Any, address: str) -> Any:
    page.goto(address)
    page.keyboard.press("e")
    area = page.get_by_role("textbox", name="Description")
    expect(area).to_be_focused()
    return area


def test_one_key_opens_the_editor_and_two_save(page: Any, registry: Registry) -> None:
    name = registry.model("described", description="Old.")
    area = edit(page, f"/models/{name}")
    expect(area).to_have_value("Old.")
    area.fill("# Card\n\nWith a [link](https://example.org) and\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Description saved.")).to_be_visible()
    section = page.locator("#description")
    expect(section.get_by_role("heading", name="Card")).to_be_visible()
    expect(section.get_by_role("cell", name="2")).to_be_visible()
    assert "nofollow" in (section.get_by_role("link", name="link", exact=True).get_attribute("rel") or "")
    assert registry.description_of(name).startswith("# Card")


def test_the_preview_is_what_will_be_shown(page: Any, registry: Registry) -> None:
    name = registry.model("previewed")
    text = "**bold** and `code`\n\n- [x] done"
    edit(page, f"/models/{name}").fill(text)
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.locator("strong")).to_have_text("bold")
    previewed = preview.locator(".prose").inner_html()
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("textbox", name="Description")).to_have_value(text)
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#description .prose strong")).to_have_text("bold")
    assert page.locator("#description .prose").inner_html().strip() == previewed.strip()


def test_hostile_text_does_nothing(page: Any, watch: Watch, registry: Registry) -> None:
    watch.allow(404)  # the picture that is not there
    text = (
        "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">\n\n"
        "[click](javascript:document.title='taken') <div hx-get='/models' hx-trigger='load'>x</div>\n\n"
        "<form action='/models/hostile/delete' method='post'><button>Free gift</button></form>"
    )
    name = registry.model("hostile", description=text)
    page.goto(f"/models/{name}")
    page.wait_for_load_state("networkidle")
    assert "taken" not in page.title()
    prose = page.locator("#description .prose")
    assert prose.locator("script, form, button, [onerror], [hx-get], a[href^='javascript']").count() == 0


def test_a_draft_comes_back_after_the_page_was_left(page: Any, registry: Registry) -> None:
    name = registry.model("drafted", description="Saved text.")
    edit(page, f"/models/{name}").fill("Not saved yet.")
    page.once("dialog", lambda question: question.accept())
    page.goto("/models")
    area = edit(page, f"/models/{name}")
    expect(area).to_have_value("Not saved yet.")
    page.get_by_role("button", name="Discard it").click()
    expect(area).to_have_value("Saved text.")


def test_whoever_saves_second_sees_both_texts(page: Any, registry: Registry) -> None:
    name = registry.model("disputed", description="First.")
    area = edit(page, f"/models/{name}")
    registry.call("PATCH", "registered-models/update", name=name, description="Theirs.")
    area.fill("Mine.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was overwritten")
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Mine.")
    assert registry.description_of(name) == "Theirs."
    page.get_by_role("button", name="Save yours over it").click()
    expect(page.get_by_text("Description saved.")).to_be_visible()
    assert registry.description_of(name) == "Mine."


def test_escape_leaves_the_editor_and_the_text_as_it_was(page: Any, registry: Registry) -> None:
    name = registry.model("left-alone", description="As it was.")
    edit(page, f"/models/{name}")
    page.keyboard.press("Escape")
    expect(page.locator("#description").get_by_text("As it was.")).to_be_visible()
    expect(page.get_by_role("link", name="Edit description")).to_be_focused()


def test_a_version_has_a_description_of_its_own(page: Any, registry: Registry) -> None:
    name = registry.model("noted", versions=1)
    edit(page, f"/models/{name}/versions/1").fill("Trained on *more* data.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#description em")).to_have_text("more")
    assert registry.version_of(name, 1)["description"] == "Trained on *more* data."
