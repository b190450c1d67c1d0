"""Previews of files in a bucket are those of files in a folder, for as few requests."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO
from uuid import uuid4

import pytest

from models_app.previews import Ask, preview
from models_app.storage.s3 import S3Store
from tests.buckets import BUCKET, S3Server
from tests.conftest import once
from tests.previews.conftest import CountingStore
from tests.previews.test_archives import zipped
from tests.previews.test_parquet import written

pytestmark = once
FILES = {
    "a.log": "".join(f"line {n}\n" for n in range(1, 100_001)).encode(),
    "a.csv": ("n,text\n" + "".join(f"{n},x\n" for n in range(80_000))).encode(),
    "a.parquet": written(30_000),
    "a.zip": zipped({f"{n}.txt": b"x" * 400 for n in range(2_000)}),
    "a.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(8),
}
WISHES = [
    Ask(),
    Ask(at=20_000, number=5),
    Ask(before=300_000),
    Ask(to="90%"),
    Ask(view="bytes", at=10**9),
    Ask(to="3000"),
]


class CountingBucket(S3Store):
    opened = 0

    def open(self, path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        assert length is not None
        self.opened += 1
        return super().open(path, start, length, validator)


def test_a_bucket_shows_what_a_folder_shows(
    nanio_server: S3Server, monkeypatch: pytest.MonkeyPatch, store: CountingStore, show: Callable[..., Any]
) -> None:
    nanio_server.use(monkeypatch)
    bucket = CountingBucket(f"s3://{BUCKET}/{uuid4().hex}")
    for name, content in FILES.items():
        bucket.put(name, io.BytesIO(content), len(content))
        store.put(name, io.BytesIO(content))
        for ask in WISHES:
            store.forget()
            bucket.opened = 0
            there, here = preview(bucket, name, ask=ask), preview(store, name, ask=ask)
            assert there == here
            assert bucket.opened == store.opened <= (8 if name == "a.parquet" else 4), (name, ask)
