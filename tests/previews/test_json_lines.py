"""JSON Lines: pages of rows or trees, lines of any kind, and files that only look so."""

import json
import time
from typing import Any

import pytest

from models_app.previews import json_lines, rows
from models_app.previews.rows import CHARACTERS, COLUMNS, ROWS


def lines(*values: Any) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


MANY = lines(*[{"id": number, "text": "é" * 30} for number in range(1_000)])


def test_objects_are_rows_and_their_keys_columns(show, store) -> None:
    shown = show("a.jsonl", lines({"a": 1, "b": None}, {"b": {"c": [1]}, "d": "x"}))
    assert (shown.kind, shown.content.columns) == ("table", ("a", "b", "d"))
    assert shown.content.rows == (("1", "", ""), ("", '{"c": [1]}', "x"))
    assert [view.name for view in shown.views] == ["table", "tree", "source"]
    assert store.opened == 1


def test_pages_lead_forth_and_back_and_read_little(show, store, follow) -> None:
    first = show("a.ndjson", MANY * 40)
    assert (len(first.content.rows), first.pager.label) == (ROWS, "Rows 1–200 · 0 % of the file")
    second = follow(first, first.pager.next)
    assert (second.content.number, second.content.rows[0][0]) == (201, "200")
    assert store.read <= 2 * json_lines.PAGE_BYTES
    assert follow(second, second.pager.previous).content.rows == first.content.rows
    last = follow(first, first.pager.last)
    assert (last.content.rows[-1][0], last.content.number, last.pager.next) == ("999", None, "")
    assert follow(last, last.pager.previous).content.rows[-1][0] == str(999 - ROWS)


def test_every_row_is_on_one_page(show, follow) -> None:
    shown = show("a.jsonl", MANY.replace("\n", "\r\n\r\n"))
    seen = [row[0] for row in shown.content.rows]
    while shown.pager.next:
        shown = follow(shown, shown.pager.next)
        seen += [row[0] for row in shown.content.rows]
    assert seen == [str(number) for number in range(1_000)]


def test_lines_of_other_kinds_have_a_column_and_broken_ones_a_warning(show) -> None:
    shown = show("a.jsonl", '{"a": 1}\n[1, 2]\nnot json\n\n{"a": 2')
    assert shown.content.columns == ("a", "(not an object)")
    assert shown.content.rows == (("1", ""), ("", "[1, 2]"), ("", "not json"), ("", '{"a": 2'))
    assert shown.warning == "2 lines here are not valid JSON."


def test_lines_that_are_no_objects_are_trees(show) -> None:
    shown = show("a.jsonl", lines([1, {"a": "b"}], "text", 3))
    assert (shown.kind, [view.name for view in shown.views]) == ("tree", ["tree", "source"])
    assert [(node.key, node.kind) for node in shown.content.root.children] == [
        ("1", "array"),
        ("2", "string"),
        ("3", "number"),
    ]


def test_trees_are_paged_and_the_rest_of_a_large_one_has_its_own_page(show, follow) -> None:
    large = {"deep": {"list": list(range(500))}}
    shown = show("a.jsonl", lines(*[large] * 120), view="tree")
    assert shown.pager.label.startswith("Lines 1–")
    second = follow(shown, shown.pager.next)
    assert second.content.root.children[0].key == str(len(shown.content.root.children) + 1)
    inner = second.content.root.children[0].children[0].children[0]
    part = follow(second, inner.more)
    assert [name for name, _ in part.content.steps] == ["deep", "list"]
    assert part.content.root.children[0].key == str(len(inner.children))
    assert part.content.top == "?view=tree"
    assert follow(part, part.content.top).content.root.children[0].key == "1"


def test_many_columns_are_paged(show, follow) -> None:
    shown = show("a.jsonl", lines(*[{f"c{column}": column for column in range(120)}] * 3))
    assert (len(shown.content.columns), shown.content.columns_label) == (50, "Columns 1–50 of 120")
    assert follow(shown, shown.content.next_columns).content.columns[0] == "c50"


def test_a_page_back_costs_what_its_lines_hold_however_many_names_they_have(show, follow, monkeypatch) -> None:
    made = 0
    real = rows.cell

    def counted(value: Any) -> str:
        nonlocal made
        made += 1
        return real(value)

    first = show("a.jsonl", lines(*[{f"k{line * 60 + key}": 1 for key in range(60)} for line in range(1_000)]))
    monkeypatch.setattr(rows, "cell", counted)
    last = follow(first, first.pager.last)
    assert (len(last.content.rows), last.content.columns_label) == (ROWS, "Columns 1–50 of 12,000")
    assert 0 < made < 1_000 * 60 + 2 * ROWS * COLUMNS


@pytest.mark.parametrize(
    "content",
    [
        "{" * 100_000, lines({"a": "x" * 900_000}), '{"a":' * 50_000 + "\n", "\n" * 900_000, "{}\n" * 200_000,
        lines({f"k{number}": number for number in range(30_000)}) * 4, lines({"a": "x" * 200_000}) * 9,
        b"\xff\xfe" + lines({"a": 1}, {"a": 2}).encode("utf-16-le"),
    ],
    ids=["open", "one long line", "deep", "blank", "empty objects", "wide", "long values", "utf-16"],
)  # fmt: skip
def test_hostile_lines_cost_bounded_time_and_space(show, follow, content: bytes | str) -> None:
    start = time.process_time()
    for view in ("", "tree"):
        shown = show("a.jsonl", content, view=view)
        for query in (shown.pager.next, shown.pager.last, shown.pager.previous):
            if query:
                follow(shown, query)
        if shown.kind == "table":
            assert sum(len(cell) for row in shown.content.rows for cell in row) <= 2 * CHARACTERS
    assert time.process_time() - start < 4


def test_long_line_is_shown_as_text(show) -> None:
    shown = show("a.jsonl", lines({"a": 1}) + lines({"a": "x" * 900_000}) + lines({"a": 3}))
    assert shown.content.rows == (("1",),)
    assert "longer than a page" in show("b.jsonl", lines({"a": "x" * 900_000}, {"a": 3})).note
