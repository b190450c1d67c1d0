"""ZIP archives by their directory: what they hold, and what hostile ones cost."""

import io
import struct
import time
import zipfile

import pytest

from models_app.previews import archives
from models_app.previews.files import HEAD_BYTES


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 10, 30, 0)), content, method)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("a.zip", "ZIP archive"), ("a.keras", "Keras model"), ("a.skops", "skops model"), ("a.jar", "Java archive"),
        ("a", "ZIP archive"),
    ],
)  # fmt: skip
def test_members_are_listed_with_sizes(show, name: str, label: str) -> None:
    shown = show(name, zipped({"dir/": b"", "dir/ü.txt": b"x" * 5_000}))
    assert (shown.kind, shown.content.label, shown.content.count) == ("archive", label, 2)
    entry = shown.content.entries[1]
    assert (entry.name, entry.size, entry.method, entry.modified) == ("dir/ü.txt", 5_000, "deflate", "2026-11-23 10:30")
    assert entry.packed < 100
    assert shown.content.entries[0].is_dir


def test_what_stands_before_an_archive_does_not_hide_it(show) -> None:
    assert show("a.zip", b"PK\x03\x04" + bytes(500) + zipped({"a": b"1"})).content.entries[0].name == "a"


def test_many_members_are_paged_and_the_file_is_not_read_for_them(show, follow, store) -> None:
    shown = show("a.zip", zipped({f"{n}.txt": b"x" * 400 for n in range(3_000)}, zipfile.ZIP_STORED))
    assert (len(shown.content.entries), store.opened) == (archives.SHOWN, 3)
    assert store.read <= HEAD_BYTES + archives._TAIL + archives.PAGE_BYTES
    shown = follow(shown, shown.pager.next)
    assert (shown.content.entries[0].name, shown.pager.label) == ("500.txt", "501–1,000 of 3,000")


def test_an_archive_of_a_million_members_is_read_in_part(show, store) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 1, 1, 4, 0, 0, 0, 0, 0, 0) + b"name"
    count = 1_000_000
    size = len(entry) * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, size, 0, 0)
    shown = show("a.zip", b"PK\x03\x04" + entry * 200_000 + end)
    assert len(shown.content.entries) == archives.SHOWN
    assert store.read < 1_000_000
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, 4)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 4 + size, 1)
    shown = show("a.zip", b"PK\x03\x04" + entry * 200_000 + large + locator + end)
    assert (shown.content.count, shown.content.entries[0].name) == (count, "name")


def test_bombs_and_names_that_lead_out_are_said(show) -> None:
    data = bytearray(zipped({"../../etc/passwd": b"1"}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<L", 4_000_000_000)
    shown = show("a.zip", bytes(data))
    assert "ZIP bomb" in shown.warning
    assert "lead out" in shown.warning


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x03\x04" + b"PK\x05\x06" * 20_000,
        zipped({"a": b"1"})[:-8],
        zipped({"a": b"1"}).replace(b"PK\x01\x02", b"PK\x01\x03"),
        b"PK\x03\x04" + bytes(300_000),
    ],
)
def test_broken_archives_are_shown_as_bytes(show, content: bytes) -> None:
    start = time.process_time()
    shown = show("a.zip", content)
    assert shown.kind == "binary"
    assert "can't be read" in shown.note or "missing" in shown.note or "broken" in shown.note
    assert time.process_time() - start < 1
