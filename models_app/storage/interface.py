"""What every artifact store can do; the rest of Laurel knows no other way to the bytes."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from models_app.errors import Conflict, InvalidValue, RegistryError

BLOCK_SIZE = 1024 * 1024  # what one read or write moves; memory stays flat however large the file is


class StoreFull(RegistryError):
    """The store has no room: the same upload will fail again, so a client should not repeat it."""

    code = "RESOURCE_EXHAUSTED"


class StoreUnavailable(RegistryError):
    """The store does not answer, or not to us; `reason` is the part of a sentence that says why."""

    code = "TEMPORARILY_UNAVAILABLE"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The artifact store is not available: {reason}.")
        self.reason = reason


class IsFolder(InvalidValue):
    """A file was wanted, and the path is a folder's."""

    def __init__(self, path: str, remark: str = "") -> None:
        super().__init__(f"{path!r} is a folder{remark}.", field="path")


class Overwritten(Conflict):
    """The file is another one than the one whose validator was given."""


@dataclass(frozen=True, slots=True)
class ArtifactInfo:
    """`path` counts from the root of the store; a folder has no size.

    A file's `validator` changes whenever its content does: what an ETag says, without its quotes.
    """

    path: str
    is_dir: bool
    size: int | None
    modified_at: int
    validator: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Outgoing(io.RawIOBase):
    """What `open` hands out: whoever is one says what `read` gives."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.read(len(buffer)) or b""
        buffer[: len(block)] = block
        return len(block)


class DirectAccess(Protocol):
    """Signed addresses, good for some time, at which clients reach a store's files without this server between."""

    def download_url(self, path: str, seconds: int) -> str: ...

    def upload_url(self, path: str, seconds: int) -> str: ...

    def begin_upload(self, path: str) -> str:
        """The id of an upload in parts."""
        ...

    def part_urls(self, path: str, upload_id: str, count: int) -> list[str]:
        """Where the parts 1 to `count` are sent."""
        ...

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Makes the file of its parts, each a number and the ETag that the store answered it with."""
        ...

    def abort_upload(self, path: str, upload_id: str) -> None:
        """An upload that is not there any more is no error."""
        ...


class ArtifactStore(Protocol):
    """Every path is cleaned on the way in (`paths.clean_path`); "" is the root."""

    @property
    def direct(self) -> DirectAccess | None:
        """None when all bytes have to pass through this server."""
        ...

    def stat(self, path: str) -> ArtifactInfo | None: ...

    def is_file(self, path: str) -> bool:
        """Cheaper than `stat` where a folder is only known by what lies in it."""
        ...

    def list(self, path: str) -> list[ArtifactInfo]:
        """The direct children sorted by name; nothing for a missing path and for a file."""
        ...

    def walk(self, path: str) -> Iterator[ArtifactInfo]:
        """All files below a folder, or the one file `path` names."""
        ...

    def open(self, path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        """The bytes from `start` on, to be read forwards only; Overwritten when the file's validator is another."""
        ...

    def put(self, path: str, stream: BinaryIO, expected_size: int | None = None) -> ArtifactInfo:
        """Stores all of the stream or nothing; readers see the old file until the new one is whole."""
        ...

    def delete(self, path: str) -> bool:
        """Removes a file, or a folder with all it holds; False when there was nothing."""
        ...

    def remove_leftovers(self, before: int) -> int:
        """Clears what uploads and deletions that died before the moment `before` left behind; says how many."""
        ...

    def check(self) -> None:
        """Whether files can be listed and written; raises StoreUnavailable."""
        ...
