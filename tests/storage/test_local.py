import errno
import io
import os
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from models_app.errors import Conflict, DoesNotExist, InvalidValue, RegistryError
from models_app.storage import ArtifactStore, StoreFull, local
from models_app.storage.local import LocalStore
from tests.conftest import once
from tests.storage.contract import StoreContract, everything, put, read

pytestmark = once


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "artifacts")


class TestLocalStore(StoreContract):
    pass


class Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        taken = min(size, self._left)
        self._left -= taken
        return bytes(taken)


def on_disk(store: LocalStore) -> list[str]:
    return sorted(str(path.relative_to(store.root)) for path in Path(store.root).rglob("*") if path.is_file())


def test_files_lie_where_mlflow_lays_them(store: LocalStore) -> None:
    put(store, "0/ab12/artifacts/model/MLmodel", b"text")
    assert (Path(store.root) / "0/ab12/artifacts/model/MLmodel").read_bytes() == b"text"


def test_an_empty_store_needs_no_folder(store: LocalStore) -> None:
    assert store.list("") == []
    assert store.stat("").is_dir
    assert list(store.walk("")) == []
    store.delete("a/b")
    assert store.remove_leftovers(before=0) == 0


def test_a_large_upload_takes_little_memory(store: LocalStore) -> None:
    tracemalloc.start()
    store.put("a/large", Zeros(48 * 1024 * 1024))
    with store.open("a/large", start=1024) as stream:
        while stream.read(1024 * 1024):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert store.stat("a/large").size == 48 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


def test_readers_see_the_old_file_until_the_new_one_is_whole(store: LocalStore) -> None:
    put(store, "a/file", b"old")
    seen = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.append((read(store, "a/file"), everything(store)))
            return super().read(size)

    store.put("a/file", Watched(b"new"))
    assert set(map(str, seen)) == {str((b"old", ["a/file"]))}
    assert read(store, "a/file") == b"new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    put(store, "a/file", b"old")
    monkeypatch.setattr(local.os, "fsync", full)
    with pytest.raises(StoreFull, match="no room left"):
        put(store, "a/file", b"new")
    assert on_disk(store) == ["a/file"]
    assert read(store, "a/file") == b"old"


def test_a_full_disk_while_folders_are_made_is_said(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(local.os, "mkdir", full)
    with pytest.raises(StoreFull):
        put(store, "a/file")


def test_a_store_that_can_not_be_written_is_said(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(descriptor: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(local.os, "fsync", read_only)
    with pytest.raises(RegistryError, match="Read-only file system"):
        put(store, "a/file")
    assert on_disk(store) == []


def test_a_folder_deleted_during_an_upload_refuses_the_upload(store: LocalStore) -> None:
    class DeletesMeanwhile(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            store.delete("a")
            return super().read(size)

    with pytest.raises(Conflict, match="deleted meanwhile"):
        store.put("a/b/file", DeletesMeanwhile(b"text"))
    assert on_disk(store) == []


def test_a_folder_that_became_a_file_during_an_upload_refuses_the_upload(store: LocalStore) -> None:
    class ReplacesTheFolder(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            store.delete("a")
            put(store, "a")
            return b""

    with pytest.raises(InvalidValue, match="a part of its path is a file"):
        store.put("a/b/file", ReplacesTheFolder())
    assert on_disk(store) == ["a"]


def test_uploads_and_deletions_in_one_folder_do_not_trip_over_each_other(store: LocalStore) -> None:
    failures: list[Exception] = []

    def repeat(name: str) -> None:
        try:
            for _ in range(60):
                put(store, f"a/b/{name}")
                store.delete(f"a/b/{name}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=repeat, args=(f"file-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert everything(store) == []


def test_unfinished_uploads_are_hidden_and_cleared_when_old(store: LocalStore) -> None:
    put(store, "a/file")
    folder = Path(store.root) / "a"
    (folder / ".laurel-upload-dead").write_text("half")
    (folder / ".laurel-upload-tree").mkdir()
    (folder / ".laurel-upload-tree" / "file").write_text("half")
    (folder / ".artifact.uploading.1").write_text("half")
    assert everything(store) == ["a/file"]
    now = time.time_ns() // 1_000_000
    assert store.remove_leftovers(before=now - 60_000) == 0
    assert store.remove_leftovers(before=now + 60_000) == 2
    assert sorted(os.listdir(folder)) == [".artifact.uploading.1", "file"]


def test_a_link_out_of_the_store_is_treated_as_missing(store: LocalStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    put(store, "a/file")
    (Path(store.root) / "a" / "folder").symlink_to(outside)
    (Path(store.root) / "a" / "secret").symlink_to(outside / "secret")
    (Path(store.root) / "a" / "dangling").symlink_to(outside / "new")
    assert [info.name for info in store.list("a")] == ["file"]
    assert everything(store) == ["a/file"]
    for path in ("a/secret", "a/folder/secret", "a/dangling"):
        assert store.stat(path) is None
        with pytest.raises(DoesNotExist):
            store.open(path)
        with pytest.raises(InvalidValue):
            put(store, path)
    assert store.list("a/folder") == []
    store.delete("a/folder/secret")
    store.delete("a/folder")
    assert sorted(os.listdir(outside)) == ["secret"]


def test_a_link_inside_the_store_works_and_can_not_run_in_circles(store: LocalStore) -> None:
    put(store, "a/file", b"text")
    (Path(store.root) / "a" / "circle").symlink_to(Path(store.root) / "a")
    (Path(store.root) / "a" / "link").symlink_to("file")
    assert read(store, "a/link") == b"text"
    assert read(store, "a/circle/file") == b"text"
    assert everything(store) == ["a/file", "a/link"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_the_store_is_treated_as_missing(store: LocalStore) -> None:
    put(store, "a/file")
    os.mkfifo(Path(store.root) / "a" / "pipe")
    assert store.stat("a/pipe") is None
    assert everything(store) == ["a/file"]
    with pytest.raises(DoesNotExist):
        store.open("a/pipe")


@pytest.mark.skipif(os.name == "nt", reason="such names can't exist there")
def test_names_nobody_could_ask_for_are_not_listed(store: LocalStore) -> None:
    put(store, "a/file")
    for name in (b"back\\slash", b"hash#", b"new\nline", b"\xff\xfe", b"%2e%2e"):
        with open(os.path.join(os.fsencode(store.root), b"a", name), "wb"):
            pass
    assert everything(store) == ["a/file"]


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "artifacts").symlink_to(tmp_path / "disk")
    store: ArtifactStore = LocalStore(tmp_path / "artifacts")
    put(store, "a/file", b"text")
    assert (tmp_path / "disk" / "a" / "file").read_bytes() == b"text"


def test_files_are_only_reachable_through_the_server(store: LocalStore) -> None:
    put(store, "a/file")
    assert store.direct is None
