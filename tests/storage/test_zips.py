"""Folders as ZIP archives that are made while they are sent."""

import io
import tracemalloc
import zipfile

import pytest

from models_app.storage.interface import BLOCK_SIZE
from models_app.storage.local import LocalStore
from models_app.storage.zips import stream_zip
from tests.conftest import once

pytestmark = once


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


def put(store, path: str, content: bytes) -> None:
    store.put(path, io.BytesIO(content), len(content))


def unpacked(blocks) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(blocks)))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_archive_holds_every_file_in_a_folder_of_its_name(store):
    put(store, "1/run/artifacts/model/MLmodel", b"flavors: {}")
    put(store, "1/run/artifacts/model/data/näme ü.bin", b"\x00" * 10)
    put(store, "1/run/artifacts/other.txt", b"not this one")
    assert unpacked(stream_zip(store, "1/run/artifacts/model", "model")) == {
        "model/MLmodel": b"flavors: {}",
        "model/data/näme ü.bin": b"\x00" * 10,
    }


def test_empty_file_and_missing_folder_make_valid_archives(store):
    put(store, "a/empty", b"")
    assert unpacked(stream_zip(store, "a", "a")) == {"a/empty": b""}
    assert unpacked(stream_zip(store, "missing", "missing")) == {}


def test_large_file_passes_through_in_blocks(store):
    content = bytes(range(256)) * (BLOCK_SIZE // 256) * 12
    put(store, "a/large", content)
    longest = total = 0
    tracemalloc.start()
    for block in stream_zip(store, "a", "a"):
        longest, total = max(longest, len(block)), total + len(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > len(content)
    assert longest <= BLOCK_SIZE + 1024
    assert peak < 8 * BLOCK_SIZE
