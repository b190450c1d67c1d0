import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from models_app import archives
from models_app.archives import serve_folder
from models_app.errors import DoesNotExist, InvalidValue
from models_app.storage.local import LocalStore
from tests.storage.contract import put


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def test_a_folder_comes_as_one_archive(store: LocalStore) -> None:
    put(store, "1/ab/model/MLmodel", b"flavors: {}")
    put(store, "1/ab/model/data/ünï weights.bin", bytes(3_000_000))
    put(store, "1/ab/other", b"x")
    response = serve_folder(store, "1/ab/model", name="iris v3")
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="iris v3.zip"'
    assert response["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(b"".join(response))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["MLmodel", "data/ünï weights.bin"]
        assert archive.read("MLmodel") == b"flavors: {}"
        assert archive.getinfo("data/ünï weights.bin").file_size == 3_000_000


def test_the_whole_store_can_be_archived(store: LocalStore) -> None:
    put(store, "a/b", b"x")
    with zipfile.ZipFile(io.BytesIO(b"".join(serve_folder(store, "", name="all")))) as archive:
        assert archive.namelist() == ["a/b"]


def test_an_archive_takes_little_memory(store: LocalStore) -> None:
    for number in range(3):
        store.put(f"a/{number}", io.BytesIO(bytes(12 * 1024 * 1024)))
    response = serve_folder(store, "a", name="a")
    tracemalloc.start()
    size = 0
    for block in response:
        size += len(block)
        del block
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 36 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


def test_an_archive_nobody_reads_to_the_end_closes_its_file(store: LocalStore, monkeypatch) -> None:
    store.put("a/b", io.BytesIO(bytes(4 * 1024 * 1024)))
    opened = []
    open_file = store.open
    monkeypatch.setattr(store, "open", lambda path: opened.append(open_file(path)) or opened[-1])
    response = serve_folder(store, "a", name="a")
    next(iter(response))
    response.close()
    assert opened[0].closed


def test_nothing_and_too_much_are_refused(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DoesNotExist):
        serve_folder(store, "nowhere", name="x")
    put(store, "a/1")
    put(store, "a/2")
    monkeypatch.setattr(archives, "MAX_FILES", 1)
    with pytest.raises(InvalidValue, match="More than 1 files"):
        serve_folder(store, "a", name="x")
