"""A folder of artifacts as one ZIP file, made while it is sent: constant memory, nothing on disk."""

import io
import time
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from models_app.downloads import CONFINED
from models_app.errors import DoesNotExist, InvalidValue
from models_app.storage.interface import BLOCK_SIZE, ArtifactInfo, ArtifactStore

MAX_FILES = 10_000
_FIRST_YEAR = 1980  # the format knows none before


def serve_folder(store: ArtifactStore, path: str, *, name: str) -> StreamingHttpResponse:
    """All files below `path` as `<name>.zip`; paths in the archive count from `path`."""
    files = list(islice(store.walk(path), MAX_FILES + 1))
    if not files:
        raise DoesNotExist(f"There are no files below {path!r}.", field="path")
    if len(files) > MAX_FILES:
        raise InvalidValue(f"More than {MAX_FILES} files are too many for one archive.", field="path")
    response = StreamingHttpResponse(_zipped(store, path, files), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.zip") or "attachment"
    response["Content-Security-Policy"] = CONFINED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store, no-transform"
    return response


def _zipped(store: ArtifactStore, path: str, files: list[ArtifactInfo]) -> Iterator[bytes]:
    outlet = _Outlet()
    # Stored, not compressed: weights hardly shrink, and the disk is faster than the compressor.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for info in files:
            entry = zipfile.ZipInfo(info.path[len(path) :].lstrip("/") or info.name, _moment(info))
            entry.external_attr = 0o644 << 16
            with store.open(info.path) as source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(BLOCK_SIZE):
                    target.write(block)
                    yield outlet.take()
    yield outlet.take()


def _moment(info: ArtifactInfo) -> tuple[int, int, int, int, int, int]:
    year, month, day, hour, minute, second, *_ = time.gmtime(info.modified_at / 1000)
    return max(year, _FIRST_YEAR), month, day, hour, minute, second


class _Outlet(io.RawIOBase):
    """What the archive wrote since it was last asked."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._blocks)
        self._blocks.clear()
        return data
