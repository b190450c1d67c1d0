"""Signed addresses of a bucket, so that clients move large files without this server between."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.utils.http import content_disposition_header

from models_app.storage import s3_client
from models_app.storage.s3 import S3Store

# As long as `collect_garbage` leaves an unfinished upload alone. One of its addresses only gives a part of that upload.
PART_SECONDS = 24 * 60 * 60


class SignedAccess:
    """`endpoint` is where clients reach the bucket; "" is where the server reaches it."""

    def __init__(self, store: S3Store, endpoint: str = "") -> None:
        self._store = store
        self._endpoint = endpoint

    @cached_property
    def _signer(self) -> Any:
        return s3_client.connect(self._endpoint) if self._endpoint else self._store.client

    def download_url(self, path: str, seconds: int) -> str:
        # Whatever the file holds, a browser that follows the link saves it.
        disposition = content_disposition_header(True, path.rpartition("/")[2]) or "attachment"
        return self._signed("get_object", path, seconds, ResponseContentDisposition=disposition)

    def upload_url(self, path: str, seconds: int) -> str:
        self._store.refuse_occupied(path)
        return self._signed("put_object", path, seconds)

    def begin_upload(self, path: str) -> str:
        self._store.refuse_occupied(path)
        return self._store.begin(path)

    def part_urls(self, path: str, upload_id: str, count: int) -> list[str]:
        numbers = range(1, count + 1)
        return [
            self._signed("upload_part", path, PART_SECONDS, UploadId=upload_id, PartNumber=number) for number in numbers
        ]

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        named = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(parts)]
        self._store.complete(path, upload_id, named)

    def abort_upload(self, path: str, upload_id: str) -> None:
        self._store.abort(self._store.key_of(path), upload_id)

    def _signed(self, operation: str, path: str, seconds: int, **given: Any) -> str:
        with s3_client.in_words(self._store.bucket):
            target = {"Bucket": self._store.bucket, "Key": self._store.key_of(path), **given}
            address: str = self._signer.generate_presigned_url(operation, Params=target, ExpiresIn=seconds)
        return address
