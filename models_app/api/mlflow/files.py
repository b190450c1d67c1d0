"""Files on their way in and out: streamed bodies, listings and downloads below the folder of a run or model."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from django.http import HttpRequest, HttpResponseBase

from models_app.actors import Actor
from models_app.api.errors import ProtocolError
from models_app.api.mlflow import serializers
from models_app.downloads import serve_file
from models_app.errors import InvalidValue, RegistryError
from models_app.models import LoggedModel, ModelVersion, Run
from models_app.services import artifacts
from models_app.storage import get_store
from models_app.storage.interface import BLOCK_SIZE
from models_app.storage.paths import client_path, join

MLFLOW_CLIENT = "mlflow-python-client/"
LARGEST_REFUSED = 1024 * BLOCK_SIZE
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")


def root_of(owner: Run | LoggedModel | ModelVersion) -> str:
    root = artifacts.files_root(owner)
    if root is None:
        raise InvalidValue(f"The artifacts of {owner} are outside this server's artifact store.", field="path")
    return root


def listing(actor: Actor, owner: Run | LoggedModel, path: str) -> dict[str, Any]:
    """MLflow: here, other than in the proxy, paths count from the root of the run or model."""
    root = artifacts.check_readable(actor, root_of(owner))
    files = [serializers.file_info(info, info.path) for info in artifacts.list_files(root, client_path(path))]
    return {"root_uri": owner.artifact_uri, **serializers.some(files=files)}


def body_of(request: HttpRequest, *, largest: int | None = None) -> tuple[BinaryIO, int | None]:
    """The request's body as a stream, never whole in memory, and its size if the client announced it.

    Above `largest` bytes it is refused: at once when its size is announced, else where it grows too large.
    """
    stream, size = _whole_body_of(request)
    if largest is None:
        return stream, size
    if size is not None and size > largest:
        raise _too_large(str(size), largest)
    return cast(BinaryIO, LimitedStream(stream, largest)), size


def _too_large(size: str, largest: int) -> InvalidValue:
    return InvalidValue(f"Artifact size is too large: {size} of at most {largest} bytes. Use the artifact proxy.")


class LimitedStream:
    """A body that fails when it turns out larger than it may be, so that nothing is stored."""

    def __init__(self, stream: BinaryIO, largest: int) -> None:
        self._stream = stream
        self._largest = largest
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._read += len(block)
        if self._read > self._largest:
            raise _too_large("more", self._largest)
        return block


def _whole_body_of(request: HttpRequest) -> tuple[BinaryIO, int | None]:
    digest = _announced_digest(request)
    if not _is_chunked(request):
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        stream = cast(BinaryIO, request)
        return (cast(BinaryIO, VerifiedStream(stream, digest)) if digest else stream), size
    # Django ends a body where Content-Length says; a chunked one has none and would be empty.
    source: BinaryIO = request.META["wsgi.input"]
    if digest:
        return cast(BinaryIO, VerifiedStream(source, digest)), None
    # MLflow: the client sends an empty file chunked, and only that. The server can't tell a chunked body that was cut
    # off, be it before its first byte, from one that ended; so any other has to say what it should hold.
    if MLFLOW_CLIENT not in request.headers.get("User-Agent", "") or source.read(1):
        raise ProtocolError(
            "BAD_REQUEST",
            "A chunked upload needs a Content-Digest header with sha-256; otherwise send Content-Length.",
            status=411,
        )
    return source, 0


@contextmanager
def heard_out(request: HttpRequest) -> Iterator[None]:
    """A refusal reaches only a client that could finish sending: a connection closed on it looks like a broken one.

    MLflow: its client would repeat the upload for minutes and never learn why it was refused.
    """
    try:
        yield
    except RegistryError:
        source = request.META["wsgi.input"] if _is_chunked(request) else request
        left = LARGEST_REFUSED
        while left > 0 and (block := source.read(BLOCK_SIZE)):
            left -= len(block)
        raise


def _is_chunked(request: HttpRequest) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def _announced_digest(request: HttpRequest) -> bytes | None:
    """RFC 9530, the one algorithm everybody has: `Content-Digest: sha-256=:<base64>:`."""
    found = _DIGEST.search(request.META.get("HTTP_CONTENT_DIGEST", ""))
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise InvalidValue("The Content-Digest header is not readable.", field="Content-Digest") from None


class VerifiedStream:
    """A body that fails at its end when it was not what the client announced, so that nothing is stored."""

    def __init__(self, stream: BinaryIO, digest: bytes) -> None:
        self._stream = stream
        self._digest = digest
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        if block:
            self._hash.update(block)
        elif self._hash.digest() != self._digest:
            raise InvalidValue("The upload does not match its Content-Digest; nothing was stored.")
        return block


def serve(actor: Actor, request: HttpRequest, owner: Run | LoggedModel | ModelVersion, path: str) -> HttpResponseBase:
    location = artifacts.check_readable(actor, join(root_of(owner), client_path(path)))
    return serve_file(request, get_store(), location, inline=False)
