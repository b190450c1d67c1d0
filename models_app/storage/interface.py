"""What every artifact store can do; the rest of Laurel knows no other way to the bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from models_app.errors import RegistryError

BLOCK_SIZE = 1024 * 1024  # what one read or write moves; memory stays flat however large the file is


class StoreFull(RegistryError):
    """The store has no room: the same upload will fail again, so a client should not repeat it."""

    code = "RESOURCE_EXHAUSTED"


@dataclass(frozen=True, slots=True)
class ArtifactInfo:
    """`path` counts from the root of the store; a folder has no size."""

    path: str
    is_dir: bool
    size: int | None
    modified_at: int

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class ArtifactStore(Protocol):
    """Every path is cleaned on the way in (`paths.clean_path`); "" is the root."""

    def stat(self, path: str) -> ArtifactInfo | None: ...

    def list(self, path: str) -> list[ArtifactInfo]:
        """The direct children sorted by name; nothing for a missing path and for a file."""
        ...

    def walk(self, path: str) -> Iterator[ArtifactInfo]:
        """All files below a folder, or the one file `path` names."""
        ...

    def open(self, path: str, start: int = 0, length: int | None = None) -> BinaryIO: ...

    def put(self, path: str, stream: BinaryIO, expected_size: int | None = None) -> ArtifactInfo:
        """Stores all of the stream or nothing; readers see the old file until the new one is whole."""
        ...

    def delete(self, path: str) -> None:
        """Removes a file, or a folder with all it holds; a missing path is no error."""
        ...

    def remove_leftovers(self, before: int) -> int:
        """Clears what uploads and deletions that died before the moment `before` left behind; says how many."""
        ...

    def download_url(self, path: str) -> str | None: ...

    def upload_url(self, path: str) -> str | None: ...
