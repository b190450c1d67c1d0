"""Every page as people meet it: no fault in the console, none that axe finds, in both themes and at a phone's width."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Axe
from tests.browser.conftest import PHONE
from tests.browser.registry import Registry
from tests.browser.watch import Watch

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
    "register": "/register",
    "experiments": "/experiments",
    "new experiment": "/new/experiment",
    "experiment": "/experiments/3",
    "experiment in groups": "/experiments/3?group=params.hidden_layer_sizes",
    "chosen columns": "/experiments/3?cols=status&cols=metrics.train_loss&cols=params.alpha&cols=run_id&w=run_id:90",
    "save a view": "/experiments/3/views/new?query=q%3Dmlp",
    "delete runs": "/runs/delete?ids={run_id}",
    "tag runs": "/runs/tag?ids={run_id}",
    "a mistaken run filter": "/experiments/3?q=metric.accuracy+%3E",
    "experiment charts": "/experiments/3/charts?smooth=0.6",
    "parallel coordinates": "/experiments/3/charts?kind=parallel",
    "compare runs": "/runs/compare?ids={runs}&show=all",
    "compare charts": "/runs/compare?ids={runs}&view=charts",
    "experiment models": "/experiments/3/models",
    "logged model": "/logged-models/{model_id}",
    "dataset": "/datasets/f30dec72",
    "run": "{run}",
    "run metrics": "{run}/metrics",
    "run models": "{run}/models",
    "run files": "{run}/files",
    "run figure": "{run}/files/figures/confusion_matrix.png",
    "run text": "{run}/files/classification_report.txt",
    "run table": "{run}/files/mistakes.json",
    "delete run": "{run}/delete",
    "register a run": "/register?{register}",
    "version files": f"{MODEL}/versions/4/files",
    "MLmodel": f"{MODEL}/versions/4/files/MLmodel",
    "not found": "/models/there-is-no-such-model",
    "a version that never was": f"{MODEL}/versions/99",
}

# In the width that they find: elsewhere the style sheets say it all.
DRAWN_BY_SCRIPT = ("experiment", "experiment charts", "compare charts", "run", "run metrics", "run table", "MLmodel")


@pytest.fixture(scope="session")
def parts(registry: Registry) -> dict[str, str]:
    """The run of a version, by the addresses that name it."""
    version = registry.version_of("digit-reader", 8)
    others = [registry.version_of("digit-reader", number)["run_id"] for number in (6, 7)]
    return {
        "run_id": version["run_id"],
        "run": f"/runs/{version['run_id']}",
        "runs": ",".join([version["run_id"], *others]),
        "model_id": version["model_id"],
        "register": f"model_id={version['model_id']}",
    }


def visit(page: Any, watch: Watch, name: str, parts: dict[str, str]) -> None:
    if name in {"not found", "a version that never was"}:
        watch.allow(404)
    page.goto(PAGES[name].format(**parts))
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_a_phone_scrolls_in_one_direction(
    name: str, open_page: Any, watch: Watch, parts: dict[str, str], axe: Axe
) -> None:
    page = open_page(color_scheme="light")
    visit(page, watch, name, parts)
    assert axe.violations(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_css("color-scheme", "light dark")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert axe.violations(page, of_colours=True) == []
    page.set_viewport_size(PHONE)
    page.wait_for_function("width => innerWidth === width", arg=PHONE["width"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", DRAWN_BY_SCRIPT)
def test_what_a_script_draws_on_a_phone_is_no_wider(
    name: str, open_page: Any, watch: Watch, parts: dict[str, str]
) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    visit(page, watch, name, parts)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("address", ["/models", MODEL, f"{MODEL}/versions/4"])
def test_paper_is_light_and_has_nothing_to_press(address: str, open_page: Any) -> None:
    page = open_page(color_scheme="dark", viewport={"width": 720, "height": 1000})
    page.goto(address)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".button:visible, .masthead:visible, .menu:visible, .tabs:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
