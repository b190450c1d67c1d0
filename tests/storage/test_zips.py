"""Folders as ZIP archives that are made while they are sent."""

import io
import tracemalloc
import zipfile

import pytest

from models_app.errors import RegistryError
from models_app.storage.interface import BLOCK_SIZE
from models_app.storage.local import LocalStore
from models_app.storage.zips import FolderZip
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
    assert unpacked(FolderZip(store, "1/run/artifacts/model", "model")) == {
        "model/MLmodel": b"flavors: {}",
        "model/data/näme ü.bin": b"\x00" * 10,
    }


def test_empty_file_and_missing_folder_make_valid_archives(store):
    put(store, "a/empty", b"")
    assert unpacked(FolderZip(store, "a", "a")) == {"a/empty": b""}
    assert unpacked(FolderZip(store, "missing", "missing")) == {}


def test_large_file_passes_through_in_blocks(store):
    content = bytes(range(256)) * (BLOCK_SIZE // 256) * 12
    put(store, "a/large", content)
    longest = total = 0
    tracemalloc.start()
    for block in FolderZip(store, "a", "a"):
        longest, total = max(longest, len(block)), total + len(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > len(content)
    assert longest <= BLOCK_SIZE + 1024
    assert peak < 8 * BLOCK_SIZE


@pytest.mark.parametrize("limit", ["none", "ZIP64_LIMIT", "ZIP_FILECOUNT_LIMIT"])
def test_its_size_is_known_before_it_is_made(store, monkeypatch, limit):
    if limit != "none":  # as if the files were larger than 2 GiB, or more than 65,535
        monkeypatch.setattr(zipfile, limit, {"ZIP64_LIMIT": 700, "ZIP_FILECOUNT_LIMIT": 3}[limit])
    assert FolderZip(store, "missing", "missing").size == len(b"".join(FolderZip(store, "missing", "missing")))
    for name, size in (("empty", 0), ("MLmodel", 10), ("data/näme ü.bin", 701), ("z" * 200, 350), ("数据", 5000)):
        put(store, f"a/{name}", bytes(size))
        archive = FolderZip(store, "a", "größe")
        blocks = b"".join(archive)
        assert archive.size == len(blocks)
        assert zipfile.ZipFile(io.BytesIO(blocks)).testzip() is None


def test_no_archive_is_made_of_files_that_changed_meanwhile(store):
    for change in (lambda: store.delete("a/file"), lambda: put(store, "a/file", b"another text")):
        put(store, "a/file", b"text")
        archive = FolderZip(store, "a", "a")
        change()
        with pytest.raises(RegistryError):
            list(archive)
