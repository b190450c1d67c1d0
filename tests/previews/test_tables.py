"""CSV files and logged tables in pages: rows are never lost, doubled or cut, and no page reads the others."""

import json
from itertools import count
from pathlib import Path

import pytest

from models_app.previews import preview, rows
from models_app.previews.files import HEAD_BYTES, Preview
from tests.previews.conftest import CountingStore

ROWS = 20_000
CSV = "n,text\n" + "".join(f'{n},"say ""{n}"",\nthen ü"\n' for n in range(1, ROWS + 1))
LOGGED = json.dumps({"columns": ["n", "text"], "data": [[n, f"], [ü {n}"] for n in range(1, ROWS + 1)]})


def numbers(shown: Preview) -> list[int]:
    return [int(row[0]) for row in shown.content.rows]


@pytest.mark.parametrize(("name", "content"), [("a.csv", CSV), ("a.json", LOGGED)])
def test_pages_follow_each_other_and_lead_back(show, follow, name: str, content: str) -> None:
    shown = show(name, content)
    expected = count(1)
    pages = [shown]
    for _ in range(8):
        assert numbers(shown) == [next(expected) for _ in shown.content.rows]
        assert shown.content.number == numbers(shown)[0]
        shown = follow(shown, shown.pager.next)
        pages.append(shown)
    for page in reversed(pages[:-1]):
        shown = follow(shown, shown.pager.previous)
        assert numbers(shown) == numbers(page)
    assert not shown.pager.previous


def test_the_end_of_a_csv_is_near(show, follow) -> None:
    shown = show("a.csv", CSV)
    tail = follow(shown, shown.pager.last)
    assert numbers(tail)[-1] == ROWS
    assert not tail.pager.next
    assert numbers(follow(tail, tail.pager.previous))[-1] == numbers(tail)[0] - 1


@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_huge_tables_cost_what_small_ones_cost(
    store: CountingStore, tmp_path: Path, follow, name: str
) -> None:  # fmt: skip
    with (tmp_path / name).open("w") as file:
        file.write((CSV if name == "a.csv" else LOGGED)[:1_000_000])
        file.truncate(2 * 1024**3)
    shown = preview(store, name)
    assert shown.kind == "table"
    assert store.opened <= 2
    assert store.read <= 2 * HEAD_BYTES
    page = follow(shown, shown.pager.next)
    assert (page.kind, store.opened <= 2) == ("table", True)
    follow(shown, "?at=1073741824&n=7")
    follow(shown, "?before=1073741824&n=7")
    assert store.opened <= 4


def test_wide_tables_have_pages_of_columns(show, follow) -> None:
    names = [f"c{n}" for n in range(120)]
    shown = show("a.csv", ",".join(names) + "\n" + ",".join(map(str, range(120))) + "\n")
    assert shown.content.columns_label == "Columns 1–50 of 120"
    shown = follow(shown, shown.content.next_columns)
    assert shown.content.columns == tuple(names[50:100])
    assert shown.content.rows == (tuple(map(str, range(50, 100))),)
    last = follow(shown, shown.content.next_columns)
    assert last.content.columns == tuple(names[100:])
    assert not last.content.next_columns


def test_numbers_stand_to_the_right(show) -> None:
    shown = show("a.csv", "a,b,c\n1,x,\n-2.5e3,7,\n")
    assert [is_number for _, _, is_number in shown.content.headings] == [True, False, False]


def test_a_row_longer_than_a_page_is_shown_as_text(show) -> None:
    shown = show("a.csv", 'a,b\n1,2\n"' + "x,\n" * 400_000)
    assert shown.kind == "table"
    assert shown.content.rows == (("1", "2"),)
    shown = show("a.csv", 'a,b\n"' + "x,\n" * 400_000)
    assert shown.kind == "text"
    assert "can't be read as a table" in shown.note
    assert show("a.csv", "a,b\n" + "x" * 10_000_000).kind == "text"
    assert show("a.csv", "a" * 2_000_000).kind in {"text", "table"}


def test_a_table_that_breaks_off_ends_there(show) -> None:
    shown = show("a.json", '{"columns": ["a"], "data": [[1], [2], [3')
    assert shown.content.rows == (("1",), ("2",))


def test_a_million_columns_are_no_burden(show) -> None:
    shown = show("a.csv", ",".join(["a"] * 200_000) + "\n" + ",".join(["1"] * 200_000) + "\n")
    assert len(shown.content.columns) == rows.COLUMNS


def test_the_source_is_a_link_away(show, follow) -> None:
    shown = show("a.csv", CSV)
    source = follow(shown, next(view.query for view in shown.views if view.name == "source"))
    assert source.kind == "text"
    assert source.content.lines[0].html == "n,text"
