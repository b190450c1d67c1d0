"""Register Model on a slow server: an answer that comes late must not take away what was typed meanwhile."""

import time
from typing import Any

from playwright.sync_api import expect

from tests.browser.registry import Registry
from tests.browser.test_register import choose, open_dialog


def test_a_name_typed_while_the_target_is_on_its_way_stays(page: Any, registry: Registry) -> None:
    dialog = open_dialog(page, registry.run("typed while waiting"))
    dialog.get_by_role("combobox", name="Model").fill("")
    choose(dialog, "Create New Model")
    name = dialog.get_by_label("Name of the new model")
    expect(name).to_be_visible()
    page.wait_for_load_state("networkidle")

    def answer_late(route: Any) -> None:
        time.sleep(0.6)
        route.continue_()

    page.route("**/register/target**", answer_late)
    with page.expect_response("**/register/target**"):
        dialog.get_by_role("combobox", name="Model").press("End")
        choose_again(dialog)
        name.fill("typed-meanwhile")
    page.wait_for_load_state("networkidle")
    expect(name).to_have_value("typed-meanwhile")
    expect(dialog.get_by_text("This name is free.")).to_be_visible()


def choose_again(dialog: Any) -> None:
    dialog.get_by_role("combobox", name="Model").click()
    choose(dialog, "Create New Model")
