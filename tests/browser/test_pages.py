"""Every page as people meet it: no fault in the console, none that axe finds, in both themes and at a phone's width."""

from typing import Any

import pytest

from tests.browser.axe import Axe
from tests.browser.conftest import PHONE

MODEL = "/models/breast-tumour-classifier"
PAGES = {
    "home": "/",
    "models": "/models",
    "models by tag": "/models?tag=task:regression",
    "no model matches": "/models?q=nothing-is-called-that",
    "a mistaken filter": "/models?q=tags.task+%3D",
    "model": MODEL,
    "model without a card": "/models/diabetes-progression-median",
    "model activity": f"{MODEL}/activity",
    "aliases": f"{MODEL}/aliases",
    "move an alias": f"{MODEL}/aliases/champion",
    "rename model": f"{MODEL}/rename",
    "delete model": f"{MODEL}/delete",
    "edit description": f"{MODEL}/description",
    "edit tags": f"{MODEL}/tags",
    "version": f"{MODEL}/versions/4",
    "version activity": f"{MODEL}/versions/4/activity",
    "version aliases": f"{MODEL}/versions/4/aliases",
    "delete version": f"{MODEL}/versions/1/delete",
    "activity": "/activity",
    "new model": "/new/model",
}


def visit(page: Any, address: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name: str, scheme: str, open_page: Any, axe: Axe) -> None:
    page = open_page(color_scheme=scheme)
    visit(page, PAGES[name])
    assert axe.violations(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_scrolls_in_one_direction(name: str, open_page: Any) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    visit(page, PAGES[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
