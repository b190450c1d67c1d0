"""A folder as a ZIP archive that is made while it is sent: neither memory nor disk ever holds it whole."""

import time
import zipfile
from collections.abc import Iterator, Sequence

from models_app.errors import Conflict
from models_app.storage.interface import BLOCK_SIZE, ArtifactInfo, ArtifactStore

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the format knows no time before

# The fixed parts of the format: before and after each file's bytes, in its entry of the list at the end, and there.
_BEFORE, _AFTER, _LISTED, _END, _END_64 = 30 + 20, 24, 46, 22, 56 + 20


class Outlet:
    """Where zipfile writes to; what it wrote is taken out after each block."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """zipfile calls it; there is nothing to flush."""

    def take(self) -> bytes:
        taken = b"".join(self._blocks)
        self._blocks.clear()
        return taken


class FolderZip:
    """Every file below `folder`, in a folder called `name`. Not deflated: weights hardly shrink, and it costs time.

    Its size is known beforehand: a server can only tell a client that an answer broke off if it announced more.
    """

    def __init__(self, store: ArtifactStore, folder: str, name: str) -> None:
        self._store = store
        self._files = [(f"{name}/{info.path[len(folder) :].lstrip('/')}", info) for info in store.walk(folder)]

    @property
    def size(self) -> int:
        return _size_of([(name, info.size or 0) for name, info in self._files])

    def __iter__(self) -> Iterator[bytes]:
        outlet = Outlet()
        with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # it only writes
            for name, info in self._files:
                yield from _add(archive, outlet, self._store, info, name)
        yield outlet.take()


def _size_of(files: Sequence[tuple[str, int]]) -> int:
    start = listed = 0
    for name, size in files:
        length = len(name.encode())
        # Sizes and starts of 2 GiB and more are written once more, with room for them.
        large = (16 if size > zipfile.ZIP64_LIMIT else 0) + (8 if start > zipfile.ZIP64_LIMIT else 0)
        listed += _LISTED + length + (4 + large if large else 0)
        start += _BEFORE + length + size + _AFTER
    is_large = len(files) > zipfile.ZIP_FILECOUNT_LIMIT or max(start, listed) > zipfile.ZIP64_LIMIT
    return start + listed + _END + (_END_64 if is_large else 0)


def _add(
    archive: zipfile.ZipFile, outlet: Outlet, store: ArtifactStore, info: ArtifactInfo, name: str
) -> Iterator[bytes]:
    entry = zipfile.ZipInfo(name, max(EARLIEST, time.gmtime(info.modified_at / 1000)[:6]))
    entry.external_attr = 0o644 << 16
    left = info.size or 0
    source = store.open(info.path, 0, info.size, info.validator)
    with source, archive.open(entry, "w", force_zip64=True) as target:
        while block := source.read(BLOCK_SIZE):
            left -= len(block)
            target.write(block)
            yield outlet.take()
    if left:
        raise Conflict(f"{info.path!r} was cut short meanwhile.", field="path")
    yield outlet.take()
