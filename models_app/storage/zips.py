"""A folder as a ZIP archive that is made while it is sent: neither memory nor disk ever holds it whole."""

import time
import zipfile
from collections.abc import Iterator

from models_app.storage.interface import BLOCK_SIZE, ArtifactInfo, ArtifactStore

EARLIEST = (1980, 1, 1, 0, 0, 0)  # the format knows no time before


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


def stream_zip(store: ArtifactStore, folder: str, name: str) -> Iterator[bytes]:
    """Every file below `folder`, in a folder called `name`. Not deflated: weights hardly shrink, and it costs time."""
    outlet = Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]  # it only writes
        for info in store.walk(folder):
            yield from _add(archive, outlet, store, info, f"{name}/{info.path[len(folder) :].lstrip('/')}")
    yield outlet.take()


def _add(
    archive: zipfile.ZipFile, outlet: Outlet, store: ArtifactStore, info: ArtifactInfo, name: str
) -> Iterator[bytes]:
    entry = zipfile.ZipInfo(name, max(EARLIEST, time.gmtime(info.modified_at / 1000)[:6]))
    entry.external_attr = 0o644 << 16
    with store.open(info.path) as source, archive.open(entry, "w", force_zip64=True) as target:
        while block := source.read(BLOCK_SIZE):
            target.write(block)
            yield outlet.take()
    yield outlet.take()
