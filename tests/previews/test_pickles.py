"""Pickles by their opcodes: what they would import is named, and nothing of it happens."""

import io
import os
import pickle
import time
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path

import pytest

from models_app.previews import preview
from models_app.previews.files import HEAD_BYTES
from tests.previews.conftest import CountingStore

MARKER = Path(__file__).parent / "loaded"


class Runs:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {MARKER}",)


def imports(shown) -> dict[str, str]:
    return {f"{found.module}.{found.name}": found.level for found in shown.content.imports}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_imports_are_listed_and_nothing_is_loaded(show, protocol: int) -> None:
    shown = show("model.pkl", pickle.dumps([OrderedDict(a=1), Runs(), "text"], protocol))
    assert shown.kind == "imports"
    found = imports(shown)
    assert found[f"{os.system.__module__}.system"] == "danger"
    assert found["collections.OrderedDict"] == "usual"
    assert shown.content.worst == "danger"
    assert shown.content.protocol == (protocol if protocol > 1 else 0)
    assert not MARKER.exists()


def test_plain_values_import_nothing(show) -> None:
    shown = show("model.pkl", pickle.dumps({"a": [1, 2.5, "x", b"y" * 10, None]}))
    assert (imports(shown), shown.content.worst, shown.warning) == ({}, "usual", "")


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (b"cbuiltins\neval\n.", "danger"),
        (b"c__builtin__\ngetattr\n.", "danger"),
        (b"crandom\n_os.system\n.", "danger"),
        (b"cnumpy.testing._private.utils\nrunstring\n.", "danger"),
        (b"c_operator\nattrgetter\n.", "danger"),
        (b"(S'x'\nios\nsystem\n.", "danger"),
        (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93.", "danger"),
        (b"\x80\x04\x8c\x02o\x00\x8c\x06system0\x93.", "danger"),
        (b"\x80\x02\x82\x01.", "danger"),
        (b"ccloudpickle.cloudpickle\n_make_function\n.", "code"),
        (b"cmy_package.models\nNet\n.", "other"),
        (b"csklearn.tree._classes\nDecisionTreeClassifier\n.", "usual"),
        (b"cnumpy._core.multiarray\n_reconstruct\n.", "usual"),
    ],
)
def test_what_imports_mean_is_said(show, code: bytes, level: str) -> None:
    assert [found.level for found in show("a.pickle", code).content.imports] == [level]


def test_a_pickle_within_a_pytorch_archive_is_found(show) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps([Runs()]))
        archive.writestr("model/data/0", bytes(4_000))
    shown = show("model.pt", made.getvalue())
    assert (shown.kind, shown.content.worst, shown.content.packing) == ("imports", "danger", "model/data.pkl")
    assert [view.name for view in shown.views] == ["imports", "opcodes", "contents", "bytes"]


def test_a_packed_joblib_file_is_unpacked_within_bounds(show) -> None:
    shown = show("a.joblib", zlib.compress(pickle.dumps([Runs()])))
    assert (shown.content.worst, shown.content.packing) == ("danger", "zlib")
    start = time.process_time()
    bomb = show("a.joblib", zlib.compress(b"\x80\x04" + b"N" * 100_000_000))
    assert bomb.kind == "imports"
    assert time.process_time() - start < 3


def test_the_raw_arrays_of_joblib_end_the_list_and_it_says_so(show) -> None:
    head = b"\x80\x04\x8c\x15joblib.numpy_pickle\x00\x00\x8c\x11NumpyArrayWrapper\x93)\x81}b" + bytes(5_000)
    shown = show("a.joblib", head.replace(b"\x8c\x15joblib.numpy_pickle\x00\x00", b"\x8c\x13joblib.numpy_pickle"))
    assert "raw values of an array" in shown.warning
    assert list(imports(shown)) == ["joblib.numpy_pickle.NumpyArrayWrapper"]


def test_large_arrays_are_passed_over(store: CountingStore, tmp_path: Path) -> None:
    with (tmp_path / "forest.pkl").open("wb") as file:
        file.write(b"\x80\x05(\x8e" + (1024**3).to_bytes(8, "little"))
        file.seek(1024**3, os.SEEK_CUR)
        file.write(b"X" + (200_000).to_bytes(4, "little") + b"u" * 200_000 + b"cos\nsystem\nt.")
    shown = preview(store, "forest.pkl")
    assert imports(shown) == {"os.system": "danger"}
    assert not shown.warning
    assert store.read < 2 * HEAD_BYTES


def test_opcodes_are_listed_in_pages(show, follow) -> None:
    shown = show("a.pkl", pickle.dumps(list(range(2_000)), 4), view="opcodes")
    assert (shown.kind, shown.content[0].name, shown.content[0].argument) == ("opcodes", "PROTO", "4")
    shown = follow(shown, shown.pager.next)
    assert shown.pager.label == "Opcodes 501–1,000"


HOSTILE = {
    "endless": b"0" * 2_000_000,
    "nothing ends": b"\x80\x04" + b"]" * 1_000_000,
    "lies about a length": b"\x80\x04\x8e" + b"\xff" * 8 + b"x",
    "lies about a text": b"\x80\x04X\xff\xff\xff\x7fx",
    "an endless line": b"c" + b"a" * 2_000_000,
    "a huge number": b"I" + b"9" * 60_000 + b"\n.",
    "a long number": b"\x80\x04\x8b" + (60_000).to_bytes(4, "little") + b"\x7f" * 60_000 + b".",
    "many imports": b"".join(b"cm%d\nn\n" % n for n in range(100_000)),
    "pickle after pickle": b"N." * 500_000,
    "memo of nothing": b"h\x05\x93.",
    "half an opcode": b"\x80",
    "no pickle": b"\xff\xfe\xfd\x00" * 100,
    "locked zlib": b"x\x9c" + b"\xff" * 1_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("view", ["imports", "opcodes"])
def test_hostile_pickles_cost_bounded_time(show, name: str, view: str) -> None:
    start = time.process_time()
    shown = show("a.pkl", HOSTILE[name], view=view)
    assert shown.kind in {view, "binary", "text"}
    assert shown.warning or shown.note or shown.pager or name in {"a huge number", "a long number", "memo of nothing"}
    assert time.process_time() - start < 3


def test_a_name_that_says_nothing_needs_the_look_of_a_pickle(show) -> None:
    assert show("pytorch_model.bin", pickle.dumps([Runs()])).kind == "imports"
    assert show("weights.bin", b"F\xff\x00" * 100).kind == "binary"
