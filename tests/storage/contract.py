"""What every artifact store must do: each store's test module inherits this class and provides the `store` fixture."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from models_app.errors import DoesNotExist, InvalidValue
from models_app.storage import ArtifactInfo, ArtifactStore
from models_app.storage.interface import Overwritten

UNUSUAL_NAMES = ["two words", "ünïcode-数据", "50%", "a%20b", "100%25", "a+b", "what?", "a;b", "a'\"b", "-rf", "a:b"]
UNSAFE_PATHS = ["../x", "a/../../x", "/etc/passwd", "a\\b", "a\x00b", "%2e%2e/x", ".laurel-upload-1"]


def put(store: ArtifactStore, path: str, content: bytes = b"x") -> ArtifactInfo:
    return store.put(path, io.BytesIO(content), expected_size=len(content))


def read(store: ArtifactStore, path: str, start: int = 0, length: int | None = None) -> bytes:
    with store.open(path, start, length) as stream:
        return stream.read()


def everything(store: ArtifactStore) -> list[str]:
    return [info.path for info in store.walk("")]


class Dribble(io.RawIOBase):
    """A network stream: never fills the block it is asked for."""

    def __init__(self, content: bytes, step: int = 7) -> None:
        self._rest = io.BytesIO(content)
        self._step = step

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(self._step)


class BreaksOff(io.RawIOBase):
    """A sender that vanishes after its first block."""

    def __init__(self) -> None:
        self._started = False

    def read(self, size: int = -1) -> bytes:
        if self._started:
            raise ConnectionResetError("gone")
        self._started = True
        return b"first"


class StoreContract:
    def test_what_was_put_can_be_read(self, store: ArtifactStore) -> None:
        info = put(store, "1/ab/artifacts/model/MLmodel", b"flavors: {}")
        assert read(store, "1/ab/artifacts/model/MLmodel") == b"flavors: {}"
        assert (info.path, info.is_dir, info.size) == ("1/ab/artifacts/model/MLmodel", False, 11)
        assert info.modified_at > 1_600_000_000_000
        stat = store.stat("1/ab/artifacts/model/MLmodel")
        assert stat is not None
        assert (stat.size, stat.name) == (11, "MLmodel")

    def test_put_overwrites(self, store: ArtifactStore) -> None:
        put(store, "a/file", b"a long first text")
        put(store, "a/file", b"second")
        assert read(store, "a/file") == b"second"
        assert everything(store) == ["a/file"]

    def test_an_empty_file_is_a_file(self, store: ArtifactStore) -> None:
        put(store, "a/empty", b"")
        assert read(store, "a/empty") == b""
        assert [(info.path, info.size) for info in store.list("a")] == [("a/empty", 0)]

    def test_a_stream_may_come_in_small_pieces(self, store: ArtifactStore) -> None:
        content = bytes(range(256)) * 40
        store.put("a/file", Dribble(content), expected_size=len(content))
        assert read(store, "a/file") == content

    def test_a_stream_of_unknown_size_is_stored_whole(self, store: ArtifactStore) -> None:
        store.put("a/file", Dribble(b"x" * 1000))
        assert len(read(store, "a/file")) == 1000

    @pytest.mark.parametrize("expected", [4, 6])
    def test_a_stream_of_another_size_leaves_nothing(self, store: ArtifactStore, expected: int) -> None:
        with pytest.raises(InvalidValue, match="nothing was stored"):
            store.put("a/file", io.BytesIO(b"12345"), expected_size=expected)
        assert store.stat("a/file") is None
        assert everything(store) == []

    def test_a_refused_stream_keeps_the_old_file(self, store: ArtifactStore) -> None:
        put(store, "a/file", b"old")
        with pytest.raises(InvalidValue):
            store.put("a/file", io.BytesIO(b"ne"), expected_size=3)
        assert read(store, "a/file") == b"old"

    def test_a_stream_that_breaks_off_leaves_nothing(self, store: ArtifactStore) -> None:
        with pytest.raises(InvalidValue, match="broke off after 5 bytes"):
            store.put("a/file", BreaksOff())
        assert everything(store) == []

    def test_a_part_can_be_read(self, store: ArtifactStore) -> None:
        put(store, "a/file", b"0123456789")
        assert read(store, "a/file", start=3) == b"3456789"
        assert read(store, "a/file", start=3, length=4) == b"3456"
        assert read(store, "a/file", start=8, length=100) == b"89"
        assert read(store, "a/file", start=50) == b""
        assert read(store, "a/file", length=0) == b""

    def test_a_file_that_was_overwritten_is_not_opened_as_the_old_one(self, store: ArtifactStore) -> None:
        old = put(store, "a/file", b"0123456789")
        assert store.stat("a/file").validator == old.validator
        with store.open("a/file", 2, 3, old.validator) as stream:
            assert stream.read() == b"234"
        put(store, "a/file", b"9876543210")
        with pytest.raises(Overwritten):
            store.open("a/file", 2, 3, old.validator)

    def test_opening_a_missing_file_is_refused(self, store: ArtifactStore) -> None:
        put(store, "a/file")
        for path in ("b", "a/other", "a/file/below"):
            with pytest.raises(DoesNotExist):
                store.open(path)

    def test_opening_a_folder_is_refused(self, store: ArtifactStore) -> None:
        put(store, "a/b/file")
        for path in ("", "a", "a/b"):
            with pytest.raises((InvalidValue, DoesNotExist)):
                store.open(path)

    def test_stat_tells_files_folders_and_nothing_apart(self, store: ArtifactStore) -> None:
        put(store, "a/b/file")
        assert store.stat("a/b").is_dir
        assert store.stat("a/b").size is None
        assert store.stat("").is_dir
        assert not store.stat("a/b/file").is_dir
        assert store.stat("a/c") is None
        assert store.stat("a/b/file/c") is None
        assert [path for path in ("", "a", "a/b", "a/b/file", "a/c") if store.is_file(path)] == ["a/b/file"]

    def test_list_gives_direct_children_sorted(self, store: ArtifactStore) -> None:
        for path in ("a/z", "a/b/1", "a/b/2", "a/c.txt", "a/B"):
            put(store, path)
        assert [(info.path, info.is_dir) for info in store.list("a")] == [
            ("a/B", False),
            ("a/b", True),
            ("a/c.txt", False),
            ("a/z", False),
        ]
        assert [info.path for info in store.list("")] == ["a"]

    def test_list_of_a_missing_path_or_a_file_is_empty(self, store: ArtifactStore) -> None:
        put(store, "a/file")
        assert store.list("nowhere") == []
        assert store.list("a/file") == []
        assert store.list("a/file/below") == []

    def test_a_name_that_begins_like_another_is_not_below_it(self, store: ArtifactStore) -> None:
        put(store, "a/model/file")
        put(store, "a/model2/file")
        assert [info.path for info in store.walk("a/model")] == ["a/model/file"]
        assert store.stat("a/mod") is None

    def test_walk_gives_all_files_below(self, store: ArtifactStore) -> None:
        for path in ("a/2", "a/b/c/1", "a/b/d", "e"):
            put(store, path, b"12")
        assert sorted(everything(store)) == ["a/2", "a/b/c/1", "a/b/d", "e"]
        assert sum(info.size for info in store.walk("a")) == 6
        assert [info.path for info in store.walk("e")] == ["e"]
        assert list(store.walk("nowhere")) == []

    def test_a_file_can_not_take_a_folders_place(self, store: ArtifactStore) -> None:
        put(store, "a/b/file")
        with pytest.raises(InvalidValue):
            put(store, "a/b")
        assert everything(store) == ["a/b/file"]

    def test_nothing_can_be_stored_below_a_file(self, store: ArtifactStore) -> None:
        put(store, "a/b")
        for path in ("a/b/c", "a/b/c/d/e"):
            with pytest.raises(InvalidValue):
                put(store, path)
        assert everything(store) == ["a/b"]

    def test_the_root_can_not_be_written_or_deleted(self, store: ArtifactStore) -> None:
        put(store, "a")
        with pytest.raises(InvalidValue):
            put(store, "")
        with pytest.raises(InvalidValue):
            store.delete("")
        assert everything(store) == ["a"]

    def test_delete_takes_a_file_or_a_whole_folder(self, store: ArtifactStore) -> None:
        for path in ("a/b/1", "a/b/c/2", "a/3", "a/bb"):
            put(store, path)
        assert store.delete("a/b")
        assert everything(store) == ["a/3", "a/bb"]
        assert store.delete("a/3")
        assert everything(store) == ["a/bb"]

    def test_delete_of_a_missing_path_is_no_error(self, store: ArtifactStore) -> None:
        put(store, "a/b")
        for path in ("x", "a/c", "a/b/c", "x/y/z"):
            assert not store.delete(path)
        assert everything(store) == ["a/b"]

    def test_folders_vanish_with_their_last_file(self, store: ArtifactStore) -> None:
        put(store, "a/b/c/file")
        put(store, "a/other")
        store.delete("a/b/c/file")
        assert [info.path for info in store.list("a")] == ["a/other"]
        store.delete("a/other")
        assert store.list("") == []

    @pytest.mark.parametrize(
        "name",
        ["mit Leerzeichen", "ünïcode-数据", "50%", "a%20b", "100%25", "a+b", "what?", "a;b", "a'\"b", "-rf", "a:b"],
    )
    def test_unusual_names_survive(self, store: ArtifactStore, name: str) -> None:
        put(store, f"dir {name}/{name}", name.encode())
        assert read(store, f"dir {name}/{name}") == name.encode()
        assert [info.name for info in store.list(f"dir {name}")] == [name]
        store.delete(f"dir {name}/{name}")
        assert everything(store) == []

    @pytest.mark.parametrize(
        "path", ["../x", "a/../../x", "/etc/passwd", "a\\b", "a\x00b", "%2e%2e/x", ".laurel-upload-1"]
    )
    def test_unsafe_paths_are_refused_by_every_verb(self, store: ArtifactStore, path: str) -> None:
        for verb in (
            store.stat,
            store.list,
            store.open,
            store.delete,
            lambda p: list(store.walk(p)),
            lambda p: put(store, p),
        ):
            with pytest.raises(InvalidValue):
                verb(path)

    def test_parallel_uploads_share_new_folders(self, store: ArtifactStore) -> None:
        paths = [f"new/{n % 3}/deep/{n}" for n in range(24)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda path: put(store, path, path.encode()), paths))
        assert sorted(everything(store)) == sorted(paths)

    def test_parallel_writers_of_one_file_never_mix(self, store: ArtifactStore) -> None:
        contents = [bytes([65 + n]) * 300_000 for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda content: put(store, "a/file", content), contents))
        assert read(store, "a/file") in contents
        assert everything(store) == ["a/file"]
