"""Looking at files: by keys, by pages, enlarged, step by step, and without script."""

import base64
import io
import json
import pickle
import re
import struct
import zipfile
import zlib
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import Axe
from tests.browser.conftest import PHONE
from tests.browser.registry import Registry


def png(width: int = 40, height: int = 30) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([90, 160, 90]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("a/b.txt", "x")
    return made.getvalue()


def picture(step: int) -> str:
    return f"images/val~loss+step+{step}+timestamp+1+0f0e0d0c-0000-4000-8000-{step:012}.png"


NOTEBOOK = {
    "nbformat": 4,
    "cells": [
        {"cell_type": "markdown", "source": "# Title\n\ntext"},
        {
            "cell_type": "code",
            "source": "x = 1",
            "execution_count": 1,
            "outputs": [
                {"output_type": "display_data", "data": {"image/png": base64.b64encode(png()).decode()}},
                {"output_type": "display_data", "data": {"text/plain": "t", "text/html": "<h1>t</h1>"}},
                {"output_type": "error", "traceback": ["E: v"]},
            ],
        },
    ],
}
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
FILES = {
    "train.log": "".join(f"line {n}\n" for n in range(1, 3_001)).encode(),
    "table.csv": ("n,text\n" + "".join(f"{n},a\n" for n in range(500))).encode(),
    "lines.jsonl": b'{"a": 1, "b": [1, 2]}\n{"a": 2}\n' * 300,
    "config.json": json.dumps({"a": {"b": [1, 2, {"c": "deep"}]}}).encode(),
    "notebook.ipynb": json.dumps(NOTEBOOK).encode(),
    "map.geojson": json.dumps({"type": "Feature", "properties": {"name": "x"}, "geometry": SQUARE}).encode(),
    "plain.pkl": pickle.dumps(eval),
    "weights.zip": archive(),
    "requirements.txt": b"numpy>=1\nmlflow==3.1\n",
    **{picture(step): png() for step in (0, 2, 10)},
}


@pytest.fixture(scope="module")
def files(registry: Registry) -> str:
    run = registry.run("files to look at")
    for name, content in FILES.items():
        registry.upload(run, name.replace("+", "%2B"), content)
    return f"/runs/{run.run_id}/files"


def test_every_kind_is_fit_for_all_and_for_phones(files: str, open_page: Any, axe: Axe) -> None:
    page = open_page(color_scheme="dark", viewport=PHONE)
    found = {}
    for name in (name for name in FILES if name not in {picture(2), picture(10)}):
        page.goto(f"{files}/{name}")
        page.wait_for_load_state("networkidle")
        found[name] = axe.violations(page)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[name].append("wider than the screen")
    assert {name: violations for name, violations in found.items() if violations} == {}


def test_the_tree_shows_what_is_selected(files: str, open_page: Any) -> None:
    page = open_page(viewport=PHONE)
    page.goto(f"{files}/weights.zip")
    expect(page.locator("[data-file-tree] [aria-current]")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_pages_of_a_log_and_back(files: str, page: Any) -> None:
    page.goto(f"{files}/train.log")
    page.get_by_role("link", name="Next").first.click()
    expect(page.locator("#L1001")).to_have_text("line 1001")
    expect(page).to_have_url(re.compile(r"\?at=\d+&n=1001$"))
    page.get_by_role("textbox", name="Go to a line").fill("2500")
    page.keyboard.press("Enter")
    expect(page.locator("#L2500")).to_be_in_viewport()
    page.go_back()
    expect(page.locator("#L1001")).to_have_text("line 1001")


def test_steps_are_walked_by_arrow_keys(files: str, page: Any) -> None:
    page.goto(f"{files}/{picture(0)}")
    slider = page.get_by_role("slider", name="Picture")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"step%2B2%2B"))
    expect(slider).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"step%2B10%2B"))
    expect(page.locator(".image-steps-now")).to_have_text("Step 10")


def test_a_picture_is_enlarged_by_buttons_and_keys(files: str, page: Any) -> None:
    page.goto(f"{files}/{picture(0)}")
    scale = page.locator("[data-zoom-scale]")
    expect(scale).to_have_text("100 %")
    page.get_by_role("button", name="Larger").click()
    expect(scale).to_have_text("200 %")
    page.locator("[data-zoom-pane]").focus()
    page.keyboard.press("+")
    expect(scale).to_have_text("400 %")
    assert page.locator("[data-zoom-pane] img").evaluate("img => img.getBoundingClientRect().width") == 160
    page.keyboard.press("0")
    expect(scale).to_have_text("100 %")


def test_files_are_complete_without_script(files: str, page_without_script: Any) -> None:
    page = page_without_script
    page.goto(f"{files}/train.log")
    page.get_by_role("link", name="End").first.click()
    expect(page.locator(".lines li").last).to_have_text("line 3000")
    page.goto(f"{files}/config.json")
    expect(page.get_by_text('"deep"')).to_be_hidden()
    page.locator("summary", has_text="b").last.click()
    page.locator("summary", has_text="1 key").last.click()
    expect(page.get_by_text('"deep"')).to_be_visible()
    page.goto(f"{files}/{picture(0)}")
    page.get_by_role("slider", name="Picture").fill("3")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"step%2B10%2B"))


def test_picture_that_can_not_be_drawn_says_so(registry: Registry, page: Any) -> None:
    run = registry.run("a broken picture")
    for name, content in (("good.png", png()), ("images/cut.png", b"\x89PNG cut"), ("images/cut2.png", png()[:20])):
        registry.upload(run, name, content)
    for place in ("", "/files/images"):
        page.goto(f"/runs/{run.run_id}{place}")
        expect(page.get_by_role("link", name="Can’t be drawn cut.png")).to_be_visible()
        expect(page.locator("img[src*='cut.png']")).to_be_hidden()
    page.goto(f"/runs/{run.run_id}/files/images/cut2.png")
    expect(page.get_by_text("it begins as a picture does")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("img[src*='good.png']")).to_be_visible()
