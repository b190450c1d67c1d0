"""What tests of several pages do alike."""

import time
from collections.abc import Callable
from typing import Any


def open_menu(place: Any, name: str) -> None:
    """`name` is what its button says, as a text or as the name of its icon."""
    by_text = place.locator("summary").filter(has_text=name)
    by_icon = place.locator("summary").filter(has=place.page.get_by_role("img", name=name))
    by_text.or_(by_icon).first.click()


def expect_soon(read: Callable[[], Any], wanted: Any, *, seconds: float = 5) -> None:
    """What the server holds once the browser's request has come through."""
    deadline = time.monotonic() + seconds
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} instead of {wanted!r}"
        time.sleep(0.05)
