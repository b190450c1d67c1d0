"""Parquet files: rows from any place of them, for the price of a row group, and broken ones apart from the server."""

import io
import subprocess
import sys
import time
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from models_app.previews import parquet
from models_app.previews.parquet_worker import Footer, Thrift, Unreadable


def written(rows: int, *, group: int = 1_000, columns: int = 2, **options: Any) -> bytes:
    numbers = Array(list(range(rows)), DataType.int64())
    made = {"n": numbers} | {
        f"text {at}": Array([f"<{n}>" if n % 3 else None for n in range(rows)], DataType.utf8())
        for at in range(1, columns)
    }
    file = io.BytesIO()
    write_parquet(Table.from_pydict(made), file, max_row_group_size=group, **options)
    return file.getvalue()


def test_rows_have_types_and_pages(show, follow) -> None:
    shown = show("a.parquet", written(5_000))
    assert (shown.kind, shown.content.columns, shown.content.types) == ("table", ("n", "text 1"), ("Int64", "Utf8"))
    assert shown.content.rows[:2] == (("0", ""), ("1", "<1>"))
    assert shown.pager.label == "Rows 1–200 of 5,000"
    last = follow(shown, shown.pager.last)
    assert (last.content.rows[-1][0], last.content.number, last.pager.next) == ("4999", 4_801, "")
    before = follow(last, last.pager.previous)
    assert before.content.rows[0][0] == "4600"
    assert follow(before, before.pager.next).content.rows == last.content.rows


@pytest.mark.parametrize("row", [0, 950, 2_999, 10**18])
def test_pages_may_begin_anywhere(show, row: int) -> None:
    shown = show("a.parquet", written(3_000, group=70), at=row)
    first = min(row, 2_800)
    expected = [str(n) for n in range(row if row < 3_000 else 2_800, min(3_000, (row if row < 3_000 else first) + 200))]
    assert [line[0] for line in shown.content.rows] == expected


def test_a_page_far_inside_costs_its_row_group_only(show, follow, store) -> None:
    content = written(600_000, group=50_000)
    shown = show("a.parquet", content)
    assert len(content) > 4_000_000
    far = follow(shown, "?at=400000")
    assert far.content.rows[0][0] == "400000"
    assert store.opened <= 10
    assert store.read < len(content) / 2


def test_the_schema_is_a_view_of_its_own(show) -> None:
    shown = show("a.parquet", written(10, columns=60), view="schema")
    assert (shown.kind, len(shown.content.columns)) == ("schema", 60)
    assert dict(shown.content.facts)["Rows"] == "10"


def test_wide_tables_have_pages_of_columns(show, follow) -> None:
    shown = show("a.parquet", written(10, columns=120))
    shown = follow(shown, shown.content.next_columns)
    assert shown.content.columns[0] == "text 50"
    assert shown.content.columns_label == "Columns 51–100 of 120"


def test_a_table_without_rows_shows_its_columns(show) -> None:
    shown = show("a.parquet", written(0))
    assert (shown.kind, shown.content.columns, shown.content.rows) == ("table", ("n", "text 1"), ())


def test_a_table_that_costs_too_much_shows_its_schema(show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "BLOCK_BYTES", 4_096)
    monkeypatch.setattr(parquet, "BLOCKS", 8)
    shown = show("a.parquet", written(200_000, group=200_000), at=150_000)
    assert shown.kind == "schema"
    assert "so its schema is shown" in shown.note


GOOD = written(500)
HOSTILE = {
    "nothing": b"PAR1",
    "a footer of four gigabytes": b"PAR1" + bytes(100) + b"\xff\xff\xff\xff" + b"PAR1",
    "no footer": b"PAR1" + bytes(1_000),
    "noise": b"PAR1" + bytes(range(256)) * 40 + (8_000).to_bytes(4, "little") + b"PAR1",
    "deep footer": b"PAR1" + b"\x1c" * 100_000 + (100_000).to_bytes(4, "little") + b"PAR1",
    "pages of noise": GOOD[:4] + bytes(len(GOOD) // 2) + GOOD[4 + len(GOOD) // 2 :],
    "cut": GOOD[:100] + GOOD[-300:],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_files_are_shown_as_bytes(show, name: str) -> None:
    start = time.monotonic()
    shown = show("a.parquet", HOSTILE[name])
    assert shown.kind == "binary"
    assert "can't be read as a Parquet table" in shown.note or "too long or too much memory" in shown.note
    assert time.monotonic() - start < parquet.SECONDS + 2  # what stops it is the limit, not luck


def test_a_reader_that_hangs_is_stopped(show, monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> None:
    sleeper = tmp_path_factory.mktemp("worker") / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(parquet, "WORKER", str(sleeper))
    monkeypatch.setattr(parquet, "SECONDS", 0.3)
    start = time.monotonic()
    assert "takes too long" in show("a.parquet", GOOD).note
    assert time.monotonic() - start < 5


def test_a_reader_that_ends_while_it_is_written_to_is_told(show, monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.wait()
        return process

    monkeypatch.setattr(parquet, "_start", start)
    assert "too long or too much memory" in show("a.parquet", GOOD).note


def test_the_readers_memory_is_limited(show, monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> None:
    greedy = tmp_path_factory.mktemp("worker") / "greedy.py"
    greedy.write_text(
        f"import sys\nsys.path.append({str(parquet.Path(parquet.WORKER).parents[2])!r})\n"
        "import importlib.util as u\n"
        f"spec = u.spec_from_file_location('w', {parquet.WORKER!r}); w = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(w)\nw.limit_resources()\nkept = bytearray(4 * 1024**3)\n"
    )
    monkeypatch.setattr(parquet, "WORKER", str(greedy))
    assert "too much memory" in show("a.parquet", GOOD).note


def test_a_footer_can_be_cut_to_some_groups() -> None:
    length = int.from_bytes(GOOD[-8:-4], "little")
    footer = Footer(GOOD[-8 - length : -8])
    assert footer.rows == 500
    many = written(900, group=100)
    length = int.from_bytes(many[-8:-4], "little")
    footer = Footer(many[-8 - length : -8])
    cut, skipped = footer.choose(350, 200)
    assert (Footer(cut).rows, skipped, len(Footer(cut).groups)) == (300, 50, 3)


@pytest.mark.parametrize(
    "data", [b"", b"\x15", b"\x19\xfc\xff\xff\xff\x0f", b"\x18\xff\xff\x03", b"\x1e", b"\x15" + b"\xff" * 20]
)
def test_a_broken_footer_is_said_to_be_broken(data: bytes) -> None:
    with pytest.raises(Unreadable):
        Thrift(data).fields()
