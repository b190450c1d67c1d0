"""Text in pages: what is read of it, how its lines are numbered, and that every page leads to the next."""

from pathlib import Path

import pytest

from models_app.previews import Ask, preview, text
from models_app.previews.files import HEAD_BYTES, Preview
from tests.previews.conftest import CountingStore

LINES = 30_000
LOG = "".join(f"line {number}\n" for number in range(1, LINES + 1)) + "x" * HEAD_BYTES + "\n"


def ends(shown: Preview) -> tuple[int | None, str, str]:
    lines = shown.content.lines
    return lines[0].number, lines[0].html, lines[-1].html


def test_pages_follow_each_other_and_lead_back(show, follow) -> None:
    first = show("a.log", LOG)
    assert ends(first) == (1, "line 1", "line 1000")
    assert not first.pager.previous
    second = follow(first, first.pager.next)
    assert ends(second) == (1_001, "line 1001", "line 2000")
    third = follow(second, second.pager.next)
    assert ends(third) == (2_001, "line 2001", "line 3000")
    assert ends(follow(third, third.pager.previous)) == ends(second)
    assert ends(follow(third, third.pager.first)) == ends(first)


def test_tail_counts_from_the_end(show, follow) -> None:
    first = show("a.log", "y" * HEAD_BYTES + "\n" + LOG[: LOG.index("xxx")])
    tail = follow(first, first.pager.last)
    assert ends(tail) == (-1_000, f"line {LINES - 999}", f"line {LINES}")
    assert not tail.pager.next
    before = follow(tail, tail.pager.previous)
    assert ends(before) == (-2_000, f"line {LINES - 1_999}", f"line {LINES - 1_000}")
    assert ends(follow(before, before.pager.next)) == ends(tail)
    assert "from the end" in tail.pager.label


def test_an_unfinished_last_line_counts(show, follow) -> None:
    first = show("a.log", "y" * HEAD_BYTES + "\none\ntwo")
    tail = follow(first, first.pager.last)
    assert [(line.number, line.html) for line in tail.content.lines[-2:]] == [(-2, "one"), (-1, "two")]


def test_small_files_know_every_number(show, follow) -> None:
    first = show("a.log", "".join(f"{number}\n" for number in range(1, 5_001)))
    assert ends(follow(first, first.pager.last)) == (4_001, "4001", "5000")


@pytest.mark.parametrize(("to", "number", "start"), [("12345", 12_345, "line 12345"), (" 1 ", 1, "line 1")])
def test_jump_to_a_line(show, to: str, number: int, start: str) -> None:
    assert ends(show("a.log", LOG, to=to))[:2] == (number, start)


def test_jump_behind_the_last_line_ends_at_the_end(show) -> None:
    shown = show("a.log", "y" * HEAD_BYTES + "\n" + "z\n" * 2_000, to="99999")
    assert shown.content.lines[-1].number == 2_001
    assert shown.warning == "The file has no line 99,999: this is its end."


def test_lines_are_counted_only_so_far(show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "COUNTED_BYTES", 2 * 1024 * 1024)
    shown = show("a.log", "number\n" * 1_000_000, to="900000")
    assert 250_000 < shown.content.lines[0].number < 300_000
    assert "A percentage (50%) leads further." in shown.warning


def test_jump_to_a_part_begins_with_a_whole_line(show) -> None:
    shown = show("a.log", "y" * HEAD_BYTES + "\n" + "0123456789\n" * 50_000, to="75%")
    assert {line.html for line in shown.content.lines} == {"0123456789"}
    assert not shown.content.is_numbered
    assert show("a.log", LOG, to="100%").content.lines[-1].html.startswith("x")


@pytest.mark.parametrize("to", ["abc", "-5", "%", "50%%", "١٢"])
def test_jump_to_nonsense_says_what_is_understood(show, to: str) -> None:
    assert "A jump leads to a line" in show("a.log", LOG, to=to).warning


def test_an_endless_line_is_read_on(show, follow) -> None:
    content = "ü" * HEAD_BYTES * 2
    shown = show("a.txt", content)
    seen = ""
    for _ in range(4):
        seen += "".join(line.html for line in shown.content.lines)
        shown = follow(shown, shown.pager.next)
    assert content.startswith(seen)
    assert len(seen) > text.SHOWN_BYTES
    assert follow(shown, shown.pager.last).content.lines[-1].html.endswith("ü")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_have_pages_too(show, follow, encoding: str) -> None:
    content = "".join(f"Zeile {number} ü\r\n" for number in range(1, 40_001))
    shown = show("a.log", content.encode(encoding))
    shown = follow(shown, follow(shown, shown.pager.next).pager.next)
    assert shown.content.lines[0].html == f"Zeile {shown.content.lines[0].number} ü"
    assert follow(shown, shown.pager.last).content.lines[-1].html == "Zeile 40000 ü"
    assert preview_at(show, content.encode(encoding), "30000").content.lines[0].html == "Zeile 30000 ü"


def preview_at(show, content: bytes, to: str) -> Preview:
    return show("b.log", content, to=to)


def test_colours_of_terminals_are_left_out(show) -> None:
    shown = show("a.log", "\x1b[1;32mINFO\x1b[0m done \x1b]0;title\x07<b>\n")
    assert shown.content.lines[0].html == "INFO done &lt;b&gt;"


def test_a_file_of_two_gigabytes_costs_what_a_small_one_costs(store: CountingStore, tmp_path: Path, follow) -> None:
    size = 2 * 1024**3
    with (tmp_path / "huge.log").open("wb") as file:
        file.write(b"the beginning\n" * 100_000)
        file.truncate(size - 14_000)
        file.seek(size - 14_000)
        file.write(b"\nthis is ended" * 1_000)
    first = preview(store, "huge.log")
    assert (store.opened, store.read) == (1, HEAD_BYTES)
    pages = [first.pager.next, first.pager.last, "?to=50%", "?view=source&at=1073741824&n=5", "?before=1073741824"]
    for query in pages:
        shown = follow(first, query.replace("%", "%25"))
        assert store.opened <= 2
        assert store.read <= HEAD_BYTES + text.PAGE_BYTES + 2
        assert sum(len(line.html) for line in shown.content.lines) <= 2 * text.SHOWN_BYTES
    tail = follow(first, first.pager.last)
    assert ends(tail) == (-1_000, "this is ended", "this is ended")


def test_a_jump_in_a_huge_file_reads_in_one_request_and_little_memory(store: CountingStore, tmp_path: Path) -> None:
    with (tmp_path / "huge.log").open("wb") as file:
        file.write(b"a\n" * 50_000)
        file.truncate(2 * 1024**3)
    shown = preview(store, "huge.log", ask=Ask(to="5000000"))
    assert store.opened <= 3
    assert "counted through the first 64 MiB" in shown.warning
