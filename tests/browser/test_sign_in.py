"""A server with login: what becomes of the page, and of what is typed in it, when the session ends."""

import base64
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import live
from tests.browser.axe import Axe
from tests.browser.conftest import PHONE
from tests.browser.registry import Registry

NAME, PASSWORD = "mia", "a word to pass by"


@pytest.fixture(scope="module")
def laurel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LiveLaurel]:
    folder = tmp_path_factory.mktemp("login")
    env = live.environment(LAUREL_LOGIN="on", LAUREL_DATA_DIR=str(folder / "data"))
    with live.serving(folder, env=env) as server:
        command = [sys.executable, str(live.ROOT / "manage.py"), "createsuperuser", "--noinput"]
        named = ["--username", NAME, "--email", "mia@example.org"]
        subprocess.run([*command, *named], env={**env, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}, check=True)
        yield server


@pytest.fixture(scope="module")
def registry(laurel: live.LiveLaurel) -> Registry:
    token = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    return Registry(laurel.url, {"Authorization": f"Basic {token}"})


def sign_in(page: Any) -> None:
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def end_session(page: Any) -> None:
    page.context.clear_cookies(name="laurel_session")


def test_a_session_that_ended_loses_neither_the_page_nor_the_text(page: Any, registry: Registry) -> None:
    name = registry.model("left open")
    page.goto(f"/models/{name}?before=3")
    sign_in(page)
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("e")
    page.get_by_role("textbox", name="Description").fill("Written for an hour.")
    end_session(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Sign in to Laurel")).to_be_visible()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    assert page.locator("#description").count() == 0

    sign_in(page)
    page.wait_for_url(f"**/models/{name.replace(' ', '%20')}?before=3")
    page.wait_for_load_state()
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="Description")).to_have_value("Written for an hour.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#description .prose")).to_have_text("Written for an hour.")


def test_a_dialog_of_a_session_that_ended_leads_to_sign_in(page: Any, registry: Registry) -> None:
    page.goto("/models")
    sign_in(page)
    end_session(page)
    page.get_by_role("link", name="New model").click()
    expect(page.get_by_role("heading", name="Sign in to Laurel")).to_be_visible()
    assert page.get_by_role("dialog").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_fine_for_everybody(scheme: str, open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(color_scheme=scheme)
    page.goto("/models")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe.violations(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
