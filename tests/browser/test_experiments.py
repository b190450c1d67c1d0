"""From an experiment to a run and down to its files."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.steps import open_menu


def test_the_way_leads_from_the_experiment_to_a_file(page: Any) -> None:
    page.goto("/")
    page.get_by_role("link", name="Experiments").click()
    page.get_by_role("link", name="handwritten-digits").click()
    page.get_by_role("link", name="mlp-96-shifted", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("mlp-96-shifted")
    page.get_by_role("link", name="Files", exact=True).click()
    page.locator(".file-tree").get_by_role("link", name=re.compile("^figures")).click()
    page.locator(".file-tree").get_by_role("link", name=re.compile("^confusion_matrix.png")).click()
    picture = page.get_by_role("img", name="confusion_matrix.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    expect(page).to_have_url(re.compile("/files/figures/confusion_matrix.png$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/files/figures$"))


def test_runs_are_filtered_by_a_metric_while_one_types(page: Any) -> None:
    page.goto("/experiments/3")
    rows = page.locator("#runs tbody tr")
    everything = rows.count()
    page.locator("#runs-q").fill("metrics.shifted_accuracy > 0.9")
    expect(rows).to_have_count(3)
    assert everything > 3
    expect(page).to_have_url(re.compile("q=metrics.shifted_accuracy"))
    page.reload()
    expect(rows).to_have_count(3)


def test_a_mistaken_filter_is_explained(page: Any) -> None:
    page.goto("/experiments/3")
    page.locator("#runs-q").fill("metric.accuracy >")
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_failed_and_a_killed_run_are_told_apart(page: Any) -> None:
    page.goto("/experiments/4")
    expect(page.get_by_role("row", name=re.compile("logreg-with-gaps"))).to_contain_text(re.compile("failed", re.I))
    page.goto("/experiments/3")
    expect(page.get_by_role("row", name=re.compile("mlp-64-rate-8"))).to_contain_text(re.compile("killed", re.I))


def test_curves_are_drawn(page: Any) -> None:
    page.goto("/experiments/3")
    page.get_by_role("link", name="mlp-64", exact=True).click()
    page.get_by_role("link", name="Metrics", exact=True).first.click()
    expect(page.locator("canvas").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("classification_report.txt", "precision"),
        ("mistakes.json", "predicted"),
        ("model/MLmodel", "python_function"),
    ],
)
def test_a_file_is_shown_without_downloading_it(page: Any, path: str, shown: str) -> None:
    page.goto("/experiments/3")
    page.get_by_role("link", name="mlp-32", exact=True).click()
    if path.startswith("model/"):
        page.locator("main").get_by_role("link", name="model", exact=True).first.click()
        page.get_by_role("link", name="Files", exact=True).first.click()
    else:
        page.get_by_role("link", name="Files", exact=True).click()
    page.locator(".file-tree").get_by_role("link", name=re.compile(f"^{re.escape(path.rpartition('/')[2])}")).click()
    expect(page.locator("#preview")).to_contain_text(shown)


def test_a_run_is_deleted_and_restored(page: Any, registry: Registry) -> None:
    run = registry.run("deleted and restored")
    page.goto(f"/runs/{run.run_id}")
    open_menu(page.locator("main"), "More actions")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.wait_for_load_state()
    page.goto(f"/runs/{run.run_id}")
    page.get_by_role("button", name="Restore").click()
    expect(
        page.get_by_role("link", name="Register Model").or_(page.get_by_text("Register Model")).first
    ).to_be_visible()
