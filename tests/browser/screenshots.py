"""Makes the README's pictures from the example data: `.venv/bin/python -m tests.browser.screenshots`."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tests import live
from tests.browser import chromium

FOLDER = live.ROOT / "static" / "img" / "screenshots"
SIZE = {"width": 1280, "height": 860}


@dataclass(frozen=True)
class Picture:
    name: str
    address: str
    scheme: str = "light"
    button: str = ""  # pressed before the picture is taken: it opens a dialog


PICTURES = (
    Picture("models", "/models"),
    Picture("model", "/models/breast-tumour-classifier"),
    Picture("version", "/models/breast-tumour-classifier/@challenger"),
    Picture("register", "/experiments", button="Register Model"),
    Picture("run-dark", "/experiments", scheme="dark"),
    Picture("runs", "/experiments/3"),
    Picture("charts", "/experiments/3/charts?smooth=0.6&outliers=ignore"),
)
RUN = "mlp-8"  # of the experiment on iris flowers: curves, a model that nobody registered yet


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        executable = chromium.find_browser(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=executable, args=list(chromium.ARGUMENTS))
        environment = live.environment(LAUREL_LOCAL_USER="mia")
        with live.serving(Path(folder), "--demo", env=environment) as server:
            for picture in PICTURES:
                take(browser, server.url, picture)
        browser.close()


def take(browser: Any, url: str, picture: Picture) -> None:
    page = browser.new_page(viewport=SIZE, color_scheme=picture.scheme, reduced_motion="reduce")
    page.goto(url + picture.address)
    if picture.address == "/experiments":
        page.get_by_role("link", name="iris-species").first.click()
        page.get_by_role("link", name=RUN).first.click()
        page.wait_for_url("**/runs/*")
    if picture.button:
        page.get_by_role("link", name=picture.button).first.click()
        page.get_by_role("dialog").wait_for()
    page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(page.screenshot()))
    # Pages have few colours: a palette keeps them and makes the files a third as large.
    shot.quantize(colors=200, dither=Image.Dither.NONE).save(FOLDER / f"{picture.name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()
