"""What every preview is made of: pieces of a file, the wishes an address holds, and what a page gets to show."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from models_app.downloads import content_type_of, is_shown, is_text
from models_app.storage.interface import ArtifactInfo, ArtifactStore

HEAD_BYTES = 512 * 1024
_TEMPLATES = {
    **dict.fromkeys(("text", "code", "json"), "lines"),
    **dict.fromkeys(("html", "svg", "pdf", "audio", "video"), "media"),
}


class File:
    """A stored file of which ranges are read: each read is one request to the store, the head is kept. Raises
    Overwritten when it is another file meanwhile: what was read before would not fit what is read now."""

    def __init__(self, store: ArtifactStore, info: ArtifactInfo) -> None:
        self._store = store
        self.path = info.path
        self.name = info.name
        self.size = info.size or 0
        self._validator = info.validator
        self.suffix = posixpath.splitext(info.name)[1].lower()
        self.content_type = content_type_of(info.name)

    @cached_property
    def head(self) -> bytes:
        return self._fetch(0, HEAD_BYTES)

    @property
    def is_whole(self) -> bool:
        """Whether the head is all there is."""
        return self.size <= len(self.head)

    def read(self, start: int, length: int) -> bytes:
        """As many bytes as there are; what the head holds, if it was read, is not fetched again."""
        start = max(0, start)
        length = min(length, self.size - start)
        if length <= 0:
            return b""
        if "head" in self.__dict__ and start + length <= len(self.head):
            return self.head[start : start + length]
        return self._fetch(start, length)

    def blocks(self, start: int, length: int, block: int) -> Iterable[bytes]:
        """One request for a long stretch of which only a block at a time is in memory."""
        length = min(length, self.size - start)  # some stores refuse a range that goes beyond the end
        if length <= 0:
            return
        with self._store.open(self.path, start, length, self._validator) as stream:
            while data := stream.read(block):
                yield data

    def _fetch(self, start: int, length: int) -> bytes:
        return b"".join(self.blocks(start, length, length))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What an address wishes to see; whatever makes no sense for a file is ignored."""

    view: str = ""
    at: int | None = None  # the byte (of a Parquet table the row) that a page begins with
    before: int | None = None  # the byte that a page ends before
    number: int | None = None  # of the line or row there; a negative one counts from the end
    to: str = ""  # a line or a percentage to jump to
    node: str = ""  # a JSON pointer
    line: int | None = None  # the byte at which the line starts that the pointer leads into
    start: int = 0  # the first column, member or entry to show
    wraps: bool = False

    def query(self, **changes: object) -> str:
        """An address relative to the file's own, in the same view."""
        line = "" if self.line is None else self.line
        lasting = {"view": self.view, "wrap": "1" if self.wraps else "", "line": line}
        given = {key: value for key, value in (lasting | changes).items() if value not in {None, ""}}
        return f"?{urlencode(given)}" if given else "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Addresses of other pages ("" where there is none), and where this one stands."""

    first: str = ""
    previous: str = ""
    next: str = ""
    last: str = ""
    label: str = ""
    jump: str = ""  # the hint of a field for jumps; "" for none

    def __bool__(self) -> bool:
        return any((self.first, self.previous, self.next, self.last))


@dataclass(frozen=True, slots=True)
class View:
    name: str
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`kind` names the template that shows `content`; empty content is shown by the browser from the file itself."""

    kind: str
    name: str
    path: str
    size: int
    content_type: str
    content: Any = None
    views: tuple[View, ...] = ()
    pager: Pager = field(default_factory=Pager)
    note: str = ""
    warning: str = ""
    is_truncated: bool = False  # more lies in the file than any page of this view shows

    @property
    def template(self) -> str:
        return f"artifacts/kinds/{_TEMPLATES.get(self.kind, self.kind)}.html"

    @property
    def has_raw(self) -> bool:
        """Whether a browser shows the file itself, and not as a download."""
        return is_text(self.name) or is_shown(self.name)

    @property
    def view_query(self) -> str:
        """The current view as addresses name it: "" for the first."""
        return next((view.name for view in self.views[1:] if view.is_current), "")


def blank(file: File, kind: str, **given: Any) -> Preview:
    return Preview(
        kind=kind, name=file.name, path=file.path, size=file.size, content_type=file.content_type, **given
    )  # fmt: skip


class NotShowable(Exception):
    """The file can't be shown in this view; the sentence says why, and `instead` or the plainest view is shown."""

    def __init__(self, reason: str = "", instead: str = "") -> None:
        super().__init__(reason)
        self.instead = instead


class OfOtherKind(NotShowable):
    """The file is not what its name promises, or not all that could be: the next view of it is tried without a word."""
