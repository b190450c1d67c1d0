"""What users logged is never run in our origin, however it is opened."""

from typing import Any

import pytest

from tests.browser.registry import Registry
from tests.browser.watch import Watch

SCRIPT = """
window.top.document.title = "taken";
document.title = "taken";
fetch("/api/2.0/mlflow/registered-models/create", {
  method: "POST", headers: {"Content-Type": "application/json"}, body: '{"name": "stolen"}',
});
"""
HTML = f"<!doctype html><title>harmless</title><h1>Report</h1><script>{SCRIPT}</script><img src=x onerror='{SCRIPT}'>"
QUOTED = SCRIPT.replace('"', "&quot;")
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{QUOTED}"><script>{SCRIPT}</script></svg>'
MARKDOWN = f"# Notes\n\n<script>{SCRIPT}</script>\n\n<iframe src='/models'></iframe>\n\n![x](x onerror=alert(1))"
FILES = {"report.html": HTML, "figure.svg": SVG, "notes.md": MARKDOWN}


@pytest.fixture(scope="module")
def run_id(registry: Registry) -> str:
    run = registry.run("hostile files")
    for name, content in FILES.items():
        registry.upload(run, name, content.encode())
    return run.run_id


def stolen(registry: Registry) -> bool:
    return "stolen" in registry.model_names()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("suffix", ["", "?raw=1", "?page=1"])
def test_a_logged_page_runs_nothing(
    name: str, suffix: str, page: Any, watch: Watch, registry: Registry, run_id: str
) -> None:
    watch.expect_refusals()
    watch.allow(400, 404)
    address = f"/runs/{run_id}/files/{name}{suffix}"
    answer = page.request.get(address)
    if "attachment" not in answer.headers.get("content-disposition", ""):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert "taken" not in page.title()
    if suffix and not (suffix == "?page=1" and name == "notes.md"):  # Markdown has no page of its own
        policy = answer.headers["content-security-policy"]
        assert "sandbox" in policy
        assert "allow-scripts" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert not stolen(registry)


@pytest.mark.parametrize("name", FILES)
def test_the_protocol_hands_out_files_that_do_not_run(name: str, page: Any, registry: Registry, run_id: str) -> None:
    run = registry.run_of(run_id)
    answer = page.request.get(f"/api/2.0/mlflow-artifacts/artifacts/{run.folder}/{name}")
    assert answer.ok
    assert answer.text() == FILES[name]
    is_download = "attachment" in answer.headers.get("content-disposition", "")
    assert is_download or "sandbox" in answer.headers.get("content-security-policy", "")
