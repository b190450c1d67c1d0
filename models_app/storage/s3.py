"""Artifacts as objects of a bucket that speaks S3, under the keys that MLflow gives them."""

import base64
import hashlib
import io
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, BinaryIO, cast

from botocore.exceptions import ClientError

from models_app.errors import DoesNotExist, InvalidValue, RegistryError
from models_app.storage import s3_client
from models_app.storage.incoming import Incoming
from models_app.storage.interface import ArtifactInfo, DirectAccess, IsFolder, Outgoing, Overwritten, StoreUnavailable
from models_app.storage.paths import UPLOAD_PREFIX, clean_path, is_clean

MEGABYTE = 1024 * 1024
PART_BYTES = 8 * MEGABYTE  # in memory while it is sent
PARTS = 10_000  # of one object, as S3 allows
KEY_BYTES = 1024
AT_ONCE = 1_000  # keys of one listing, and of one deletion
FOLDERS_KNOWN, SECONDS_KNOWN = 10_000, 600
_NO_XML = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


class S3Store:
    def __init__(self, location: str, public_endpoint: str = "") -> None:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self._public_endpoint = public_endpoint
        self._folders = _KnownFolders()
        self._connecting = threading.RLock()

    @cached_property
    def client(self) -> Any:
        with self._connecting:
            return s3_client.connect()

    @cached_property
    def patient_client(self) -> Any:
        with self._connecting:
            return s3_client.connect(is_patient=True)

    @cached_property
    def direct(self) -> DirectAccess | None:
        from models_app.storage.s3_direct import SignedAccess

        return None if self._public_endpoint == "off" else SignedAccess(self, self._public_endpoint)

    def stat(self, path: str) -> ArtifactInfo | None:
        path = clean_path(path)
        folder = ArtifactInfo(path, is_dir=True, size=None, modified_at=0)
        if not path:
            return folder
        return self._head(path) or (folder if self._has_below(path) else None)

    def is_file(self, path: str) -> bool:
        path = clean_path(path)
        return bool(path) and self._head(path) is not None

    def list(self, path: str) -> list[ArtifactInfo]:
        path = clean_path(path)
        found: dict[str, ArtifactInfo] = {}
        for page in self._pages(self._below(path), Delimiter="/"):
            for shared in page.get("CommonPrefixes", []):
                folder = shared["Prefix"][len(self.prefix) :].removesuffix("/")
                if is_clean(folder):
                    found[f"{folder}/"] = ArtifactInfo(folder, is_dir=True, size=None, modified_at=0)
            for entry in page.get("Contents", []):
                if info := self._info(entry):
                    found[info.path] = info
        return sorted(found.values(), key=lambda info: info.name)

    def walk(self, path: str) -> Iterator[ArtifactInfo]:
        path = clean_path(path)
        is_folder = False
        for page in self._pages(self._below(path)):
            for entry in page.get("Contents", []):
                is_folder = True
                if info := self._info(entry):
                    yield info
        if path and not is_folder and (info := self._head(path)):
            yield info

    def open(self, path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        path = clean_path(path)
        if not path:
            raise IsFolder(path)
        wanted: dict[str, str] = {"IfMatch": f'"{validator}"'} if validator else {}
        if start or length is not None:
            if length is not None and length <= 0:
                return self._clamped(path, start, 0, validator)
            wanted["Range"] = f"bytes={start}-{'' if length is None else start + length - 1}"
        with self._in_words():
            try:
                answer = self.client.get_object(Bucket=self.bucket, Key=self.key_of(path), **wanted)
            except ClientError as error:
                code = s3_client.code_of(error)
                if code in s3_client.MISSING:
                    raise _missing(path) from None
                if code in {"PreconditionFailed", "412"}:
                    raise _overwritten(path) from None
                if code in {"InvalidRange", "InvalidArgument", "416"} and "Range" in wanted:
                    # Begins after the end, or, for stores that are strict with it, goes beyond the end.
                    return self._clamped(path, start, length, validator)
                raise
        if validator and _validator(answer) != validator:  # not every store knows IfMatch
            answer["Body"].close()
            raise _overwritten(path)
        return cast(BinaryIO, _Reading(answer["Body"], self._in_words))

    def put(self, path: str, stream: BinaryIO, expected_size: int | None = None) -> ArtifactInfo:
        path = clean_path(path)
        if not path:
            raise InvalidValue(f"{path!r} can't be written: it is not a file in the artifact store.", field="path")
        self.refuse_occupied(path)
        incoming = Incoming(stream, expected_size)
        first = incoming.fill(_part_size(1, expected_size))
        if len(first) < _part_size(1, expected_size):
            with self._in_words():
                answer = self.client.put_object(
                    Bucket=self.bucket, Key=self.key_of(path), Body=first, ContentMD5=_md5(first)
                )
        else:
            answer = self._put_in_parts(path, first, incoming, expected_size)
        self._folders.add(path)
        return ArtifactInfo(path, False, incoming.size, int(time.time() * 1000), _validator(answer))

    def delete(self, path: str) -> bool:
        path = clean_path(path)
        if not path:
            raise InvalidValue("The whole artifact store can't be deleted.", field="path")
        self._folders.forget(path)
        doomed = [self.key_of(path)] if self._head(path) else []
        is_found = bool(doomed)
        for page in self._pages(self._below(path)):
            doomed += [entry["Key"] for entry in page.get("Contents", [])]
            is_found = is_found or bool(doomed)
            while len(doomed) >= AT_ONCE:
                self._delete_keys(doomed[:AT_ONCE])
                doomed = doomed[AT_ONCE:]
        self._delete_keys(doomed)
        return is_found

    def remove_leftovers(self, before: int) -> int:
        """Of uploads in parts only: nothing else is ever unfinished in a bucket."""
        aborted = 0
        with self._in_words():
            pages = self.client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                for upload in page.get("Uploads", []):
                    if upload["Key"].startswith(self.prefix) and _ms(upload["Initiated"]) < before:
                        self.abort(upload["Key"], upload["UploadId"])
                        aborted += 1
        return aborted

    def check(self) -> None:
        """Begins and ends an upload: that shows the right to write and stores nothing."""
        with self._in_words():
            self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
        path = f"{UPLOAD_PREFIX}{secrets.token_hex(8)}"
        # S3 calls a missing file forbidden when the right to list is bound to a prefix; then no path would be free.
        self._head(path)
        self.abort(self.key_of(path), self.begin(path))

    def key_of(self, path: str) -> str:
        key = self.prefix + path
        if len(key.encode()) > KEY_BYTES:
            raise InvalidValue(f"The path is too long for the artifact store: {path[:100]!r}…", field="path")
        return key

    def refuse_occupied(self, path: str) -> None:
        """A file neither replaces a folder nor lies below a file, though a bucket would take it.

        Costs one listing of one key, and a look at each folder on the way that was not seen in the last ten minutes.
        """
        if self._has_below(path):
            raise IsFolder(path, "; a file can't take its place")
        for folder in _folders_of(path):
            if folder not in self._folders and self._head(folder):
                raise InvalidValue(f"{path!r} can't be stored: a part of its path is a file.", field="path")

    def abort(self, key: str, upload_id: str) -> None:
        with self._in_words():
            try:
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
            except ClientError as error:
                if s3_client.code_of(error) != "NoSuchUpload":
                    raise

    def _in_words(self) -> AbstractContextManager[None]:
        return s3_client.in_words(self.bucket, self.client.meta.endpoint_url)

    def _below(self, path: str) -> str:
        return f"{self.key_of(path)}/" if path else self.prefix

    def _pages(self, prefix: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        with self._in_words():
            pages = self.client.get_paginator("list_objects_v2")
            yield from pages.paginate(
                Bucket=self.bucket, Prefix=prefix, PaginationConfig={"PageSize": AT_ONCE}, **arguments
            )

    def _info(self, entry: dict[str, Any]) -> ArtifactInfo | None:
        """None for keys that can't be asked for, such as the folders that consoles make: empty, with a / at the end."""
        path = entry["Key"][len(self.prefix) :]
        if not is_clean(path):
            return None
        return ArtifactInfo(path, False, entry["Size"], _ms(entry["LastModified"]), _validator(entry))

    def _head(self, path: str) -> ArtifactInfo | None:
        with self._in_words():
            try:
                answer = self.client.head_object(Bucket=self.bucket, Key=self.key_of(path))
            except ClientError as error:
                if s3_client.code_of(error) in s3_client.MISSING:
                    return None
                raise
        return ArtifactInfo(path, False, answer["ContentLength"], _ms(answer["LastModified"]), _validator(answer))

    def _has_below(self, path: str) -> bool:
        with self._in_words():
            answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self._below(path), MaxKeys=1)
        return bool(answer.get("Contents"))

    def _clamped(self, path: str, start: int, length: int | None, validator: str) -> BinaryIO:
        """For a part that a bucket can't be asked for: looks at the file's size first."""
        info = self._head(path)
        if info is None or info.size is None:
            raise _missing(path)
        if validator and info.validator != validator:
            raise _overwritten(path)
        left = max(0, info.size - start)
        wanted = left if length is None else min(left, length)
        if wanted <= 0:
            return io.BytesIO(b"")
        if wanted == length:
            raise StoreUnavailable(f"the store refuses a part of {path!r} that is there")
        return self.open(path, start, wanted, info.validator)

    def _put_in_parts(self, path: str, first: bytearray, incoming: Incoming, expected: int | None) -> dict[str, Any]:
        target = {"Bucket": self.bucket, "Key": self.key_of(path)}
        upload_id = self.begin(path)
        try:
            parts: list[dict[str, Any]] = []
            block = first
            while block:
                number = len(parts) + 1
                if number > PARTS:
                    raise InvalidValue("The upload is larger than its sender may leave unannounced: send its length.")
                with self._in_words():
                    answer = self.patient_client.upload_part(
                        **target, UploadId=upload_id, PartNumber=number, Body=block, ContentMD5=_md5(block)
                    )
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
                block = incoming.fill(_part_size(number + 1, expected))
            return self.complete(path, upload_id, parts)
        except BaseException:
            self._abort_quietly(target["Key"], upload_id)
            raise

    def begin(self, path: str) -> str:
        with self._in_words():
            return str(self.client.create_multipart_upload(Bucket=self.bucket, Key=self.key_of(path))["UploadId"])

    def complete(self, path: str, upload_id: str, parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
        with self._in_words():
            answer: dict[str, Any] = self.patient_client.complete_multipart_upload(
                Bucket=self.bucket, Key=self.key_of(path), UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        return answer

    def _abort_quietly(self, key: str, upload_id: str) -> None:
        try:
            self.abort(key, upload_id)
        except RegistryError as error:  # the failure that led here says more
            s3_client.logger.warning("An unfinished upload of %r stays until garbage is collected: %s", key, error)

    def _delete_keys(self, keys: Sequence[str]) -> None:
        plain = [key for key in keys if not _NO_XML.search(key)]
        with self._in_words():
            for key in set(keys).difference(plain):  # S3 refuses a whole list for one name that its XML can't hold
                self.client.delete_object(Bucket=self.bucket, Key=key)
            if not plain:
                return
            answer = self.client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in plain], "Quiet": True}
            )
        if failed := answer.get("Errors"):
            raise StoreUnavailable(f"{len(failed)} files could not be deleted ({failed[0].get('Code', 'unknown')})")


class _KnownFolders:
    """Folders that held a file a short while ago, so that not every upload asks whether they are files."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, folder: str) -> bool:
        return self._known.get(folder, 0) > time.monotonic()

    def add(self, path: str) -> None:
        """The folders of a file that was just stored."""
        with self._lock:
            self._known.pop(path, None)
            for folder in _folders_of(path):
                self._known[folder] = time.monotonic() + SECONDS_KNOWN
                self._known.move_to_end(folder)
            while len(self._known) > FOLDERS_KNOWN:
                self._known.popitem(last=False)

    def forget(self, path: str) -> None:
        """What is deleted, and the folders around it, which may go with it."""
        with self._lock:
            for folder in [known for known in self._known if known == path or known.startswith(f"{path}/")]:
                del self._known[folder]
            for folder in _folders_of(path):
                self._known.pop(folder, None)


class _Reading(Outgoing):
    """An object's bytes as they arrive."""

    def __init__(self, body: Any, in_words: Any) -> None:
        self._body = body
        self._in_words = in_words

    def read(self, size: int = -1) -> bytes:
        with self._in_words():
            block: bytes = self._body.read(None if size < 0 else size)
        return block

    def close(self) -> None:
        self._body.close()
        super().close()


def _part_size(number: int, expected_size: int | None) -> int:
    """Small enough for memory, large enough that the parts S3 allows suffice; of unknown size, they grow on the way."""
    if expected_size is None:
        return PART_BYTES * (1 + (number - 1) // 1_000)
    least = -(-expected_size // PARTS)
    return max(PART_BYTES, -(-least // MEGABYTE) * MEGABYTE)


def _folders_of(path: str) -> list[str]:
    segments = path.split("/")
    return ["/".join(segments[:count]) for count in range(1, len(segments))]


def _validator(answer: dict[str, Any]) -> str:
    return str(answer.get("ETag", "")).removeprefix("W/").strip('"')


def _ms(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


def _md5(block: bytearray) -> str:
    return base64.b64encode(hashlib.md5(block, usedforsecurity=False).digest()).decode()


def _missing(path: str) -> DoesNotExist:
    return DoesNotExist(f"There is no artifact {path!r}.", field="path")


def _overwritten(path: str) -> Overwritten:
    return Overwritten(f"{path!r} was overwritten meanwhile.", field="path")
