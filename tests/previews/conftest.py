"""A store that counts what is read of it, and previews of files made on the spot."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs

import pytest

from models_app.previews import Ask, Preview, preview
from models_app.storage.local import LocalStore
from tests.conftest import once


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files know of no database: they are shown in the first pass only."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(once)


class CountingStore(LocalStore):
    """Says how often it was opened and how many bytes it was asked for."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened = 0
        self.read = 0

    def open(self, path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        assert length is not None, "a preview never asks for a whole file"
        self.opened += 1
        self.read += length
        return super().open(path, start, length, validator)

    def forget(self) -> None:
        self.opened = self.read = 0


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


@pytest.fixture
def show(store: CountingStore) -> Callable[..., Preview]:
    def show(name: str, content: bytes | str, **wishes: Any) -> Preview:
        store.put(name, io.BytesIO(content.encode() if isinstance(content, str) else content))
        store.forget()
        return preview(store, name, ask=Ask(**wishes))

    return show


@pytest.fixture
def follow(store: CountingStore) -> Callable[[Preview, str], Preview]:
    """The page that a link of a preview leads to."""

    def follow(shown: Preview, query: str) -> Preview:
        store.forget()
        return preview(store, shown.path, ask=ask_of(query))

    return follow


def ask_of(query: str) -> Ask:
    given = {key: values[0] for key, values in parse_qs(query.removeprefix("?")).items()}
    numbers = {key: int(given[key]) for key in ("at", "before", "n", "from", "line") if key in given}
    return Ask(
        view=given.get("view", ""),
        at=numbers.get("at"),
        before=numbers.get("before"),
        number=numbers.get("n"),
        start=numbers.get("from", 0),
        node=given.get("node", ""),
        line=numbers.get("line"),
        to=given.get("to", ""),
        wraps="wrap" in given,
    )
