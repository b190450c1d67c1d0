import io
import json
import struct
import time
from pathlib import Path
from typing import BinaryIO

import pytest
from django.template.loader import render_to_string

from models_app import markdown
from models_app.errors import Conflict, DoesNotExist, InvalidValue
from models_app.previews import Ask, Preview, files, preview, rows, text
from models_app.storage.local import LocalStore
from tests.previews.conftest import CountingStore
from tests.storage.contract import put

SAVED = LocalStore(Path(__file__).parent.parent / "data" / "models")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.pdf", "pdf"), ("a.mp3", "audio"), ("a.wav", "audio"), ("a.mp4", "video"), ("a.webm", "video"),
    ],
)  # fmt: skip
def test_what_browsers_show_is_not_read(show, store: CountingStore, monkeypatch, name: str, kind: str) -> None:
    put(store, name)
    monkeypatch.setattr(store, "open", None)
    assert preview(store, name).kind == kind


def lines_of(shown: Preview) -> tuple[str, ...]:
    return tuple(line.html for line in shown.content.lines)


def test_text_is_shown_escaped(show) -> None:
    shown = show("notes.txt", "a <b>\nc & d\n")
    assert (shown.kind, lines_of(shown), shown.is_truncated) == ("text", ("a &lt;b&gt;", "c &amp; d"), False)


def test_code_is_highlighted_line_by_line(show) -> None:
    shown = show("train.py", 'def f():\n    """two\n    lines <b>"""\n')
    assert shown.kind == "code"
    assert len(lines_of(shown)) == 3
    assert lines_of(shown)[0].startswith('<span class="k">def</span>')
    assert "&lt;b&gt;" in lines_of(shown)[2]


@pytest.mark.parametrize("content", ["x = 1", "x = 1\n", "\n\nx", "x\r\ny\r\n", "x\ry", "x\x0cy\u2028z", "x\n\n\n"])
def test_highlighting_keeps_the_lines(show, content: str) -> None:
    shown = show("a.py", content)
    assert len(lines_of(shown)) == len(content.encode().splitlines())  # as other tools count them
    assert any("<span" in line for line in lines_of(shown))


def test_code_that_can_not_be_highlighted_is_shown_plain(show, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(code: str, language: str) -> str:
        raise markdown.RenderingFailed("took too long", is_lasting=True)

    monkeypatch.setattr(markdown, "highlight", slow)
    assert lines_of(show("a.py", "x < 1")) == ("x &lt; 1",)


def test_a_readme_is_rendered(show) -> None:
    shown = show("README.md", "# Title\n\n<script>alert(1)</script>")
    assert shown.kind == "markdown"
    assert '<h2 id="h-title">' in shown.content
    assert "<script" not in shown.content


def test_a_readme_that_can_not_be_rendered_is_shown_as_written(show) -> None:
    shown = show("README.md", "word " * 30_000)
    assert shown.kind == "code"
    assert "could not be rendered" in shown.note


def test_json_is_laid_out(show) -> None:
    shown = show("a.json", '{"a":[1,{"b":"ü"}],"c":NaN}', view="formatted")
    assert shown.kind == "json"
    assert len(lines_of(shown)) == 9
    assert "ü" in "".join(lines_of(shown))


def test_broken_json_is_shown_as_it_is(show) -> None:
    shown = show("a.json", '{"a": ')
    assert (shown.kind, shown.note) == ("code", "This is not valid JSON, so it is shown as it is.")


def test_a_logged_table_is_a_table(show) -> None:
    shown = show("eval.json", '{"columns": ["q", "a", "x"], "data": [["why", null, 1.5], ["how", {"k": 1}, true]]}')
    assert shown.kind == "table"
    assert shown.content.columns == ("q", "a", "x")
    assert shown.content.rows == (("why", "", "1.5"), ("how", '{"k": 1}', "true"))
    assert not shown.pager


def test_a_table_with_an_index_is_a_table(show) -> None:
    shown = show("a.json", '{"columns":["a"],"index":[0,1],"data":[[1],[2]]}')
    assert shown.content.rows == (("1",), ("2",))


@pytest.mark.parametrize(
    "content", ['{"columns": 5, "data": []}', '{"columns": ["a"]}', '{"columns": ["a"], "data": [1]}', '{"columns": [']
)
def test_what_only_resembles_a_table_is_json(show, content: str) -> None:
    assert show("a.json", content).kind in {"tree", "code"}


def test_an_input_example_of_the_client_is_a_table() -> None:
    shown = preview(SAVED, "mlflow3-sklearn/input_example.json")
    assert shown.kind == "table"
    assert shown.content.rows[0] == ("5.1", "3.5", "1.4", "0.2")


def test_a_long_table_is_cut_at_a_row(show) -> None:
    data = [[n, "x" * 50] for n in range(30_000)]
    shown = show("eval.json", json.dumps({"columns": ["n", "text"], "data": data}))
    assert shown.size > files.HEAD_BYTES
    assert (shown.kind, len(shown.content.rows), bool(shown.pager.next)) == ("table", rows.ROWS, True)


def test_csv_is_a_table(show) -> None:
    shown = show("a.csv", 'name,value,\n"a, b","say ""x"""\n\nc,2,3\n')
    assert shown.kind == "table"
    assert shown.content.columns == ("name", "value", "column 3")
    assert shown.content.rows == (("a, b", 'say "x"', ""), ("c", "2", "3"))


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ";"), ("a.csv", "\t"), ("a.csv", "|"), ("a.tsv", "\t")])
def test_other_separators_are_found(show, name: str, separator: str) -> None:
    text = "\n".join(separator.join(row) for row in [["a", "b"], ["1,5", "2,5"], ["3,5", "4"]])
    assert show(name, text).content.rows == (("1,5", "2,5"), ("3,5", "4"))


def test_a_long_csv_is_cut_at_a_row(show) -> None:
    shown = show("a.csv", "n,text\n" + "".join(f"{n},{'x' * 40}\n" for n in range(20_000)))
    assert (len(shown.content.rows), bool(shown.pager.next)) == (rows.ROWS, True)
    assert all(row[1] == "x" * 40 for row in shown.content.rows)


def test_a_short_csv_is_whole(show) -> None:
    assert not show("a.csv", "n\n" + "1\n" * rows.ROWS).pager
    assert show("a.csv", "n\n" + "1\n" * (rows.ROWS + 1)).pager.next


def test_a_table_of_long_texts_stays_light(show) -> None:
    shown = show("a.csv", "a,b,c,d,e\n" + (",".join(["x" * 290] * 5) + "\n") * 300)
    assert sum(len(cell) for row in shown.content.rows for cell in row) <= rows.CHARACTERS
    assert shown.pager.next


def test_an_mlmodel_file_shows_its_facts() -> None:
    shown = preview(SAVED, "mlflow3-sklearn/MLmodel")
    assert shown.kind == "mlmodel"
    assert shown.content.flavors["sklearn"] == "1.9.1"
    source = preview(SAVED, "mlflow3-sklearn/MLmodel", ask=Ask(view="source"))
    assert '<span class="nt">flavors</span>' in lines_of(source)[0]


@pytest.mark.parametrize(("name", "kind"), [("a.html", "html"), ("a.svg", "svg")])
def test_pages_come_with_their_source(show, name: str, kind: str) -> None:
    shown = show(name, "<svg onload=alert(1)>")
    assert (shown.kind, shown.content) == (kind, None)
    source = show(name, "<svg onload=alert(1)>", view="source")
    assert lines_of(source)
    assert "<svg" not in "".join(lines_of(source))


@pytest.mark.parametrize(
    ("name", "content", "label"),
    [
        ("model.pkl", b"\x80\x05\x95\x00", "Python pickle"),
        ("model.skops", b"PK\x03\x04\x00", "skops model"),
        ("archive", b"PK\x03\x04\x00", "ZIP archive"),
        ("unknown", b"\x00\x01", "binary file"),
        ("photo.tiff", b"II*\x00", "binary file"),
        ("liar.txt", b"\x00\x01\x02", "binary file"),
    ],
)
def test_binary_files_say_what_they_are(show, name: str, content: bytes, label: str) -> None:
    shown = show(name, content)
    assert (shown.kind, shown.content.label) == ("binary", label)
    assert shown.content.rows[0][0] == "00000000"
    assert shown.content.rows[0][1] == content.hex(" ")


def test_the_hex_view_has_sixteen_bytes_a_row(show) -> None:
    shown = show("a.bin", bytes(range(256)) * 10)
    assert len(shown.content.rows) == 16 * 10
    assert shown.content.rows[4] == ("00000040", "40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f", "@ABCDEFGHIJKLMNO")


def test_text_without_a_suffix_is_recognised(show) -> None:
    assert show("notes", "plain text, Grüße\n").kind == "text"
    assert lines_of(show("utf16", "Grüße\nzwei".encode("utf-16"))) == ("Grüße", "zwei")
    assert lines_of(show("bom.txt", b"\xef\xbb\xbfhello")) == ("hello",)


def test_broken_characters_are_marked(show) -> None:
    assert lines_of(show("latin.txt", "Grüße".encode("latin-1"))) == ("Gr\ufffd\ufffde",)
    assert show("latin", "Grüße".encode("latin-1")).kind == "binary"


def test_a_character_cut_by_the_limit_is_no_damage(show) -> None:
    shown = show("big", "ü" * files.HEAD_BYTES)
    assert (shown.kind, bool(shown.pager.next)) == ("text", True)
    assert "\ufffd" not in "".join(lines_of(shown))


def test_an_empty_file_is_said_to_be_empty(show) -> None:
    shown = show("a.csv", b"")
    assert (shown.kind, shown.note) == ("text", "This file is empty.")


def test_a_long_text_is_cut_at_a_line(show) -> None:
    shown = show("a.log", "".join(f"line {n}\n" for n in range(100_000)))
    assert len(lines_of(shown)) == text.SHOWN_LINES
    assert shown.pager.next
    assert lines_of(shown)[-1] == f"line {text.SHOWN_LINES - 1}"


def test_a_very_long_line_goes_on_in_the_next(show) -> None:
    shown = show("a.txt", "x" * 10_000 + "\ny")
    assert [(line.number, len(line.html)) for line in shown.content.lines] == [
        (1, text.PIECE_BYTES), (None, text.PIECE_BYTES), (None, 2_000), (2, 1),
    ]  # fmt: skip


def test_missing_files_and_folders_have_no_preview(store: CountingStore) -> None:
    put(store, "a/b")
    with pytest.raises(DoesNotExist):
        preview(store, "c")
    with pytest.raises(InvalidValue):
        preview(store, "a")


HALF_MEGABYTE = 500_000
HOSTILE = {
    "deep.json": b"[" * HALF_MEGABYTE,
    "indented.json": b"[" * 300 + b"1," * 240_000 + b"1" + b"]" * 300,
    "nested.json": b'{"a":' * 80_000 + b"1" + b"}" * 80_000,
    "number.json": b"9" * HALF_MEGABYTE,
    "table.json": b'{"columns": ["a"], "data": [' + b"[" * HALF_MEGABYTE,
    "spaces.json": b'{"columns": ["a"], "data": [[1]' + b" " * HALF_MEGABYTE,
    "wide.json": b'{"columns": [' + b'"a",' * 100_000 + b'"a"], "data": [[1]]}',
    "columns.csv": b"a," * 10_000_000,
    "quotes.csv": b'"' * HALF_MEGABYTE,
    "open.csv": b'a,b\n"' + b"x," * 250_000,
    "lines.csv": b"\n" * HALF_MEGABYTE,
    "ragged.csv": b"a\n" * 1_000 + b"," * 400_000,
    "nul.csv": b"a,b\n" + b"x" * 10_000 + b"\x00,1\n",
    "brackets.md": b"[" * 90_000,
    "lines.md": b'```python hl_lines="1-9999999999"\nx\n```',
    "brackets.py": b"(" * HALF_MEGABYTE,
    "quotes.py": b'"""' * 150_000,
    "dashes.yaml": b"- " * 250_000,
    "tags.html": b"<a " * 150_000,
    "tags.xml": b"<" * HALF_MEGABYTE,
    "rules.css": b"{" * HALF_MEGABYTE,
    "script.sh": b"$(" * 250_000,
    "MLmodel": b"[" * HALF_MEGABYTE,
    "broken.txt": b"\xff" * HALF_MEGABYTE,
    "control.txt": bytes(range(1, 32)) * 10_000,
    "breaks.txt": "\u2028\x85\x0b".encode() * 100_000,
    "random": bytes((n * 7919) % 251 + 1 for n in range(100_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_cost_bounded_time_and_space(show, name: str) -> None:
    start = time.monotonic()
    shown = show(name, HOSTILE[name])
    assert time.monotonic() - start < 2.5 * markdown.SECONDS
    page = render_to_string(shown.template, {"preview": shown, "html": shown.content, "view": None})
    assert len(page) < 5_000_000
    if shown.kind == "table":
        assert len(shown.content.columns) <= rows.COLUMNS
        assert all(len(row) == len(shown.content.columns) for row in shown.content.rows)


def test_json_is_a_tree_whose_parts_have_addresses(show, follow) -> None:
    shown = show("a.json", json.dumps({"a/b": {"deep": [{"x": [1, "two", None, True]}]}, "long": list(range(250))}))
    root = shown.content.root
    assert (shown.kind, [child.key for child in root.children]) == ("tree", ["a/b", "long"])
    assert [child.size for child in root.children] == [1, 250]
    part = follow(shown, "?node=/a~1b/deep/0/x")
    assert [child.text for child in part.content.root.children] == ["1", '"two"', "null", "true"]
    assert [name for name, _ in part.content.steps] == ["a/b", "deep", "0", "x"]
    more = follow(shown, root.children[1].more)
    assert more.content.root.children[0].text == "100"
    assert follow(more, more.pager.next).content.root.children[-1].text == "249"


@pytest.mark.parametrize("node", ["/nothing", "/a/9", "no pointer", "/" * 4_000, "/a/٣"])
def test_a_pointer_that_leads_nowhere_leads_as_far_as_it_can(show, node: str) -> None:
    assert show("a.json", '{"a": [1]}', node=node).kind == "tree"


def test_a_tree_is_bounded(show) -> None:
    def count(node) -> int:
        return 1 + sum(map(count, node.children))

    shown = show("a.json", json.dumps([[list(range(50))] * 50] * 90))
    assert count(shown.content.root) <= 2_000
    shown = show("a.json", "[" * 100 + "]" * 100)
    assert count(shown.content.root) <= 10


def test_a_large_json_file_is_text(show) -> None:
    assert show("a.json", "[" + "1," * 800_000 + "1]").kind == "code"


def test_requirements_are_packages(show) -> None:
    shown = show("requirements.txt", "# all\nmlflow==3.1\nuvloop[a]>=1,<2 ; os_name != 'nt'  # fast\n-r more.txt\n")
    assert shown.kind == "requirements"
    assert [(row.name, row.version, row.is_pinned, row.is_option) for row in shown.content] == [
        ("mlflow", "==3.1", True, False), ("uvloop", ">=1,<2", False, False), ("-r more.txt", "", False, True),
    ]  # fmt: skip
    assert shown.content[1].condition == "os_name != 'nt'"
    assert show("requirements.txt", "# nothing\n").kind == "text"


def test_a_view_that_does_not_exist_is_the_first(show) -> None:
    shown = show("a.json", "{}", view="nonsense")
    assert (shown.kind, [view.name for view in shown.views if view.is_current]) == ("tree", ["tree"])


def overwriting(store: CountingStore, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Each of the first reads but one is preceded by an upload of another, shorter file."""
    read, left = store.open, iter(range(times))

    def open_late(path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        if store.opened and (number := next(left, None)) is not None:
            store.put(path, io.BytesIO(b"another one" + bytes([number])))
        return read(path, start, length, validator)

    monkeypatch.setattr(store, "open", open_late)


def test_a_file_that_is_overwritten_between_two_reads_is_read_anew(store, monkeypatch) -> None:
    content = struct.pack("<Q", 600_000) + b"{}".ljust(600_000) + bytes(9)
    store.put("a.safetensors", io.BytesIO(content))
    overwriting(store, monkeypatch, times=1)
    shown = preview(store, "a.safetensors")
    assert (shown.kind, shown.size) == ("binary", 12)


def test_a_file_that_is_overwritten_all_the_time_is_refused(store, monkeypatch) -> None:
    store.put("a.safetensors", io.BytesIO(struct.pack("<Q", 600_000) + b"{}".ljust(600_000)))
    overwriting(store, monkeypatch, times=9)
    with pytest.raises(Conflict):
        preview(store, "a.safetensors")
