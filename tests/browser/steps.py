"""What tests of several pages do alike."""

from typing import Any


def open_menu(place: Any, name: str) -> None:
    """`name` is what its button says, as a text or as the name of its icon."""
    by_text = place.locator("summary").filter(has_text=name)
    by_icon = place.locator("summary").filter(has=place.page.get_by_role("img", name=name))
    by_text.or_(by_icon).first.click()
