"""Artifacts as HTTP answers, for both faces: streamed, in ranges, cached by validator, and never run in our origin."""

import mimetypes
import posixpath
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, parse_http_date_safe

from models_app.errors import Conflict, DoesNotExist, InvalidValue
from models_app.storage.interface import BLOCK_SIZE, ArtifactInfo, ArtifactStore, IsFolder, Overwritten

_ATTEMPTS = 3
AT_ONCE = 256 * 1024  # a small file needs no stream

# Whatever a file holds: no script, no request, no form, and an origin of its own.
CONFINED = "sandbox; default-src 'none'"
# What a report in a frame may add: its own styles and embedded pictures. Still no script.
CONFINED_PAGE = f"{CONFINED}; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"
# A PDF is shown in a frame; Chromium's viewer starts in a sandbox too.
CONFINED_PDF = f"{CONFINED}; frame-ancestors 'self'"

# fmt: off
_COMPRESSED = {
    ".gz": "application/gzip", ".bz2": "application/x-bzip2", ".xz": "application/x-xz", ".zst": "application/zstd",
}
_KNOWN = {
    ".avif": "image/avif", ".webp": "image/webp", ".flac": "audio/flac", ".opus": "audio/ogg", ".ogg": "audio/ogg",
    ".m4a": "audio/mp4", ".ogv": "video/ogg", ".csv": "text/csv", ".tsv": "text/tab-separated-values",
    ".md": "text/markdown", ".log": "text/plain", ".yaml": "application/yaml", ".yml": "application/yaml",
    ".toml": "application/toml", ".jsonl": "application/jsonl", ".ipynb": "application/x-ipynb+json",
    ".parquet": "application/vnd.apache.parquet", ".geojson": "application/geo+json",
}
_TYPES = mimetypes.MimeTypes().types_map[True] | _COMPRESSED | _KNOWN  # the same on every machine
_TEXT_TYPES = {
    "application/json", "application/yaml", "application/toml", "application/jsonl", "application/x-ipynb+json",
    "application/geo+json",
}
# fmt: on
_TEXT_NAMES = {"MLmodel", "Dockerfile", "Makefile", "LICENSE", "README", "NOTICE"}
_SHOWN = re.compile(r"image/(png|jpeg|gif|webp|avif|bmp)|application/pdf|(audio|video)/[\w.+-]+")
_ACTIVE = re.compile(r"text/html|application/xhtml\+xml|image/svg\+xml|(text|application)/(xml|xsl|javascript|css)")
_LOADED = re.compile(r"(text|application)/javascript|text/css")
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE)


def content_type_of(name: str) -> str:
    return _TYPES.get(posixpath.splitext(name)[1].lower(), "application/octet-stream")


def is_text(name: str) -> bool:
    """By its name: a file that can be shown as plain text."""
    kind = content_type_of(name)
    if _ACTIVE.fullmatch(kind):
        return False
    return kind.startswith("text/") or kind in _TEXT_TYPES or name in _TEXT_NAMES


def is_shown(name: str) -> bool:
    """By its name: a picture, sound, film or PDF that browsers show from its own address."""
    return bool(_SHOWN.fullmatch(content_type_of(name)))


def serve_file(request: HttpRequest, store: ArtifactStore, path: str, *, inline: bool) -> HttpResponseBase:
    """The file, or the part of it that was asked for. `inline` shows what is harmless to show; the rest downloads."""
    name = posixpath.basename(path)
    kind = content_type_of(name)
    policy = CONFINED
    if inline and is_text(name):
        kind = "text/plain; charset=utf-8"
    elif inline and is_shown(name):
        policy = CONFINED_PDF if kind == "application/pdf" else CONFINED
    else:
        inline = False
        if _LOADED.fullmatch(kind):
            # Our pages may load scripts and styles of our own origin: no file gets a type that browsers take for one.
            kind = "application/octet-stream"
    return _serve(request, store, path, kind=kind, inline=inline, policy=policy)


def serve_page(request: HttpRequest, store: ArtifactStore, path: str) -> HttpResponseBase:
    """An HTML or SVG file for a sandboxed frame: drawn, but without scripts and outside our origin."""
    kind = content_type_of(posixpath.basename(path))
    if kind not in {"text/html", "application/xhtml+xml", "image/svg+xml"}:
        raise InvalidValue(f"{posixpath.basename(path)!r} is not a page.", field="path")
    return _serve(request, store, path, kind=kind, inline=True, policy=CONFINED_PAGE)


def serve_made(data: bytes, kind: str) -> HttpResponse:
    """A picture or page out of a file, under the same rules as a file of its own."""
    is_page = bool(_ACTIVE.fullmatch(kind))
    response = HttpResponse(data, content_type=f"{kind}; charset=utf-8" if is_page else kind)
    response["Content-Security-Policy"] = CONFINED_PAGE if is_page else CONFINED
    if is_page:
        response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache, no-transform"
    return response


def _serve(
    request: HttpRequest, store: ArtifactStore, path: str, *, kind: str, inline: bool, policy: str
) -> HttpResponseBase:
    for _ in range(_ATTEMPTS):
        info = _file(store, path)
        etag = f'"{info.validator}"'
        response: HttpResponseBase | None = get_conditional_response(
            request, etag=etag, last_modified=info.modified_at // 1000
        )
        if response := response or _body(request, store, info, etag, kind):
            break
    else:
        raise Conflict(f"{path!r} is being overwritten; ask again in a moment.", field="path")
    response["Content-Disposition"] = content_disposition_header(not inline, info.name) or "attachment"
    response["Content-Security-Policy"] = policy
    if "frame-ancestors 'self'" in policy:
        response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-Content-Type-Options"] = "nosniff"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(info.modified_at // 1000)
    # Validated each time, because a file may be overwritten; never compressed on the way, ranges count plain bytes.
    response["Cache-Control"] = "private, no-cache, no-transform"
    return response


def _file(store: ArtifactStore, path: str) -> ArtifactInfo:
    info = store.stat(path)
    if info is None:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    if info.is_dir or info.size is None:
        raise IsFolder(path)
    return info


def _body(
    request: HttpRequest, store: ArtifactStore, info: ArtifactInfo, etag: str, kind: str
) -> HttpResponseBase | None:
    """None when the file was overwritten since `info` was read: its size and validator belong to another file."""
    assert info.size is not None  # noqa: S101 - `_file` saw to it
    start, length, status = 0, info.size, 200
    wanted = _wanted_range(request, info, etag)
    if wanted is not None:
        (start, length), status = wanted, 206
        if length <= 0:
            return HttpResponse(status=416, content_type=kind, headers={"Content-Range": f"bytes */{info.size}"})
    response = _filled(request, store, info, start, length, status, kind)
    if response is None:
        return None
    response["Content-Length"] = str(length)
    if status == 206:
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{info.size}"
    return response


def _filled(
    request: HttpRequest, store: ArtifactStore, info: ArtifactInfo, start: int, length: int, status: int, kind: str
) -> HttpResponseBase | None:
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=kind)
    try:
        stream = store.open(info.path, start, length, info.validator)
    except Overwritten:
        return None
    if length <= AT_ONCE:
        with stream:
            return HttpResponse(stream.read(), status=status, content_type=kind)
    return StreamingHttpResponse(_Blocks(stream), status=status, content_type=kind)


def _wanted_range(request: HttpRequest, info: ArtifactInfo, etag: str) -> tuple[int, int] | None:
    """Start and length; None for the whole file, which is also the answer to ranges we needn't understand."""
    header = request.headers.get("Range", "")
    found = _RANGE.fullmatch(header)
    if not found or not (found[1] or found[2]) or not _is_still(request, info, etag):
        return None
    size = info.size or 0
    if not found[1]:  # the last n bytes
        length = min(int(found[2]), size)
        return size - length, length
    start = int(found[1])
    end = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < start:
        return None
    return start, end - start + 1


def _is_still(request: HttpRequest, info: ArtifactInfo, etag: str) -> bool:
    """If-Range: a part is only good for a client whose other parts come from the same file."""
    condition = request.headers.get("If-Range", "")
    if not condition:
        return True
    if condition.startswith('"'):
        return condition == etag
    return parse_http_date_safe(condition) == info.modified_at // 1000


class _Blocks:
    """The stream in large blocks: Django's own of 4 kB cost four fifths of the throughput."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        while block := self._stream.read(BLOCK_SIZE):
            yield block

    def close(self) -> None:
        self._stream.close()
