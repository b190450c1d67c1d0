"""A Chromium, pages that are watched, and servers to look at: one with the example data, one that is empty."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.browser import chromium
from tests.browser.axe import Axe
from tests.browser.registry import Registry
from tests.browser.watch import Watch

# Playwright's loop runs in this thread, and Django takes that for a mistake in what tests do beside the browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
PATIENCE_MS = 10_000
HAS_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        executable = chromium.find_browser(playwright.chromium.executable_path)
        if executable is None:
            reason = "No Chromium was found: install one, or name it in LAUREL_BROWSER."
            pytest.fail(reason) if chromium.is_required() else pytest.skip(reason)
        started = playwright.chromium.launch(executable_path=executable, args=list(chromium.ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def laurel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LiveLaurel]:
    """With the example data: pages to look at, and models of their own for tests that change something."""
    with live.serving(tmp_path_factory.mktemp("browser"), "--demo") as server:
        yield server


@pytest.fixture(scope="session")
def empty_laurel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LiveLaurel]:
    """Nothing in it, and nobody puts anything in."""
    with live.serving(tmp_path_factory.mktemp("empty")) as server:
        yield server


@pytest.fixture(scope="session")
def registry(laurel: live.LiveLaurel) -> Registry:
    return Registry(laurel.url)


@pytest.fixture
def watch(laurel: live.LiveLaurel) -> Iterator[Watch]:
    made = Watch(laurel.url)
    yield made
    assert not made.faults, "\n".join(made.faults)


@pytest.fixture
def open_page(
    browser: Any, laurel: live.LiveLaurel, watch: Watch, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Makes pages that share nothing; `open_page(java_script_enabled=False)` and other options of a context."""
    contexts = []

    def make(**options: Any) -> Any:
        context = browser.new_context(**{"base_url": laurel.url, "viewport": DESK, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        watch.follow(context)
        return context.new_page()

    yield make
    for context in contexts:
        if request.node.stash.get(HAS_FAILED, False):
            for number, seen in enumerate(context.pages):
                seen.screenshot(path=tmp_path / f"{number}.png")
                print(f"How {seen.url} looked when it failed: {tmp_path / f'{number}.png'}")
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


@pytest.fixture
def page_without_script(open_page: Callable[..., Any]) -> Any:
    return open_page(java_script_enabled=False)


@pytest.fixture(scope="session")
def axe() -> Axe:
    return Axe()
