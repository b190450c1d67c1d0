"""An empty registry says what to do first."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import live
from tests.browser.axe import Axe
from tests.browser.conftest import PHONE
from tests.browser.watch import Watch


@pytest.fixture
def watch(empty_laurel: live.LiveLaurel) -> Iterator[Watch]:
    made = Watch(empty_laurel.url)
    yield made
    assert not made.faults, "\n".join(made.faults)


@pytest.fixture
def laurel(empty_laurel: live.LiveLaurel) -> live.LiveLaurel:
    return empty_laurel


def test_the_first_page_shows_lines_to_copy(page: Any, laurel: live.LiveLaurel) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=laurel.url)
    page.goto("/")
    page.get_by_role("heading", name="Register the first model").wait_for()
    page.get_by_role("button", name="Copy", exact=False).first.click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f'set_tracking_uri("{laurel.url}")' in copied
    assert "registered_model_name=" in copied
    compile(copied, "first steps", "exec")


@pytest.mark.parametrize("address", ["/", "/activity", "/experiments", "/new/model"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_pages_are_fine_for_everybody(address: str, scheme: str, open_page: Any, axe: Axe) -> None:
    page = open_page(color_scheme=scheme)
    page.goto(address)
    assert axe.violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_phone_shows_no_search_where_there_is_nothing_to_find(open_page: Any) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    page.goto("/")
    page.get_by_role("heading", name="Register the first model").wait_for()
    assert page.get_by_role("searchbox").count() == 0
    title, button = page.get_by_role("heading", level=1), page.get_by_role("link", name="New model")
    assert title.bounding_box()["y"] <= button.bounding_box()["y"] < title.bounding_box()["y"] + 40
    code = page.locator(".snippet pre")
    assert code.evaluate("pre => pre.scrollWidth - pre.clientWidth") == 0


def test_the_way_to_the_experiments_is_offered(page: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="look at the experiments").click()
    page.get_by_role("heading", name="Experiments", level=1).wait_for()
