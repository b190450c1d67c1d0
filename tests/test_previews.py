import io
import json
import time
from pathlib import Path

import pytest

from models_app import markdown, previews, tables
from models_app.errors import DoesNotExist, InvalidValue
from models_app.previews import Preview, preview
from models_app.storage.local import LocalStore
from tests.storage.contract import put

SAVED = LocalStore(Path(__file__).parent / "data" / "models")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


@pytest.fixture
def show(store: LocalStore):
    def show(name: str, content: bytes | str) -> Preview:
        store.put(name, io.BytesIO(content.encode() if isinstance(content, str) else content))
        return preview(store, name)

    return show


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "image"), ("a.JPEG", "image"), ("a.gif", "image"), ("a.webp", "image"), ("a.avif", "image"),
        ("a.pdf", "pdf"), ("a.mp3", "audio"), ("a.wav", "audio"), ("a.mp4", "video"), ("a.webm", "video"),
    ],
)  # fmt: skip
def test_what_browsers_show_is_not_read(show, store: LocalStore, monkeypatch, name: str, kind: str) -> None:
    put(store, name)
    monkeypatch.setattr(store, "open", None)
    assert preview(store, name).kind == kind


def test_text_is_shown_escaped(show) -> None:
    shown = show("notes.txt", "a <b>\nc & d\n")
    assert (shown.kind, shown.lines, shown.is_truncated) == ("text", ("a &lt;b&gt;", "c &amp; d"), False)


def test_code_is_highlighted_line_by_line(show) -> None:
    shown = show("train.py", 'def f():\n    """two\n    lines <b>"""\n')
    assert shown.kind == "code"
    assert len(shown.lines) == 3
    assert shown.lines[0].startswith('<span class="k">def</span>')
    assert "&lt;b&gt;" in shown.lines[2]


@pytest.mark.parametrize("content", ["x = 1", "x = 1\n", "\n\nx", "x\r\ny\r\n", "x\ry", "x\x0cy\u2028z", "x\n\n\n"])
def test_highlighting_keeps_the_lines(show, content: str) -> None:
    shown = show("a.py", content)
    assert len(shown.lines) == len(content.splitlines())
    assert any("<span" in line for line in shown.lines)


def test_code_that_can_not_be_highlighted_is_shown_plain(show, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(code: str, language: str) -> str:
        raise markdown.RenderingFailed("took too long", is_lasting=True)

    monkeypatch.setattr(markdown, "highlight", slow)
    assert show("a.py", "x < 1").lines == ("x &lt; 1",)


def test_a_readme_is_rendered(show) -> None:
    shown = show("README.md", "# Title\n\n<script>alert(1)</script>")
    assert shown.kind == "markdown"
    assert '<h2 id="h-title">' in shown.html
    assert "<script" not in shown.html


def test_a_readme_that_can_not_be_rendered_is_shown_as_written(show) -> None:
    shown = show("README.md", "word " * 30_000)
    assert shown.kind == "code"
    assert "could not be rendered" in shown.note


def test_json_is_laid_out(show) -> None:
    shown = show("a.json", '{"a":[1,{"b":"ü"}],"c":NaN}')
    assert shown.kind == "json"
    assert len(shown.lines) == 9
    assert "ü" in "".join(shown.lines)


def test_broken_json_is_shown_as_it_is(show) -> None:
    shown = show("a.json", '{"a": ')
    assert (shown.kind, shown.note) == ("code", "This is not valid JSON, so it is shown as it is.")


def test_a_logged_table_is_a_table(show) -> None:
    shown = show("eval.json", '{"columns": ["q", "a", "x"], "data": [["why", null, 1.5], ["how", {"k": 1}, true]]}')
    assert shown.kind == "table"
    assert shown.columns == ("q", "a", "x")
    assert shown.rows == (("why", "", "1.5"), ("how", '{"k": 1}', "true"))
    assert not shown.is_truncated


def test_a_table_with_an_index_is_a_table() -> None:
    table = tables.read_json_table('{"columns":["a"],"index":[0,1],"data":[[1],[2]]}', is_cut=False)
    assert table.rows == (("1",), ("2",))


@pytest.mark.parametrize(
    "content", ['{"columns": 5, "data": []}', '{"columns": ["a"]}', '{"columns": ["a"], "data": [1]}', '{"columns": [']
)
def test_what_only_resembles_a_table_is_json(show, content: str) -> None:
    assert show("a.json", content).kind in {"json", "code"}


def test_an_input_example_of_the_client_is_a_table() -> None:
    shown = preview(SAVED, "mlflow3-sklearn/input_example.json")
    assert shown.kind == "table"
    assert shown.rows[0] == ("5.1", "3.5", "1.4", "0.2")


def test_a_long_table_is_cut_at_a_row(show) -> None:
    data = [[n, "x" * 50] for n in range(30_000)]
    shown = show("eval.json", json.dumps({"columns": ["n", "text"], "data": data}))
    assert shown.size > previews.HEAD_BYTES
    assert (shown.kind, len(shown.rows), shown.is_truncated) == ("table", tables.ROWS, True)


def test_csv_is_a_table(show) -> None:
    shown = show("a.csv", 'name,value,\n"a, b","say ""x"""\n\nc,2,3\n')
    assert shown.kind == "table"
    assert shown.columns == ("name", "value", "column 3")
    assert shown.rows == (("a, b", 'say "x"', ""), ("c", "2", "3"))


@pytest.mark.parametrize(("name", "separator"), [("a.csv", ";"), ("a.csv", "\t"), ("a.csv", "|"), ("a.tsv", "\t")])
def test_other_separators_are_found(show, name: str, separator: str) -> None:
    text = "\n".join(separator.join(row) for row in [["a", "b"], ["1,5", "2,5"], ["3,5", "4"]])
    assert show(name, text).rows == (("1,5", "2,5"), ("3,5", "4"))


def test_a_long_csv_is_cut_at_a_row(show) -> None:
    shown = show("a.csv", "n,text\n" + "".join(f"{n},{'x' * 40}\n" for n in range(20_000)))
    assert (len(shown.rows), shown.is_truncated) == (tables.ROWS, True)
    assert all(row[1] == "x" * 40 for row in shown.rows)


def test_a_short_csv_is_whole(show) -> None:
    assert not show("a.csv", "n\n" + "1\n" * tables.ROWS).is_truncated
    assert show("a.csv", "n\n" + "1\n" * (tables.ROWS + 1)).is_truncated


def test_a_table_of_long_texts_stays_light(show) -> None:
    shown = show("a.csv", "a,b,c,d,e\n" + (",".join(["x" * 290] * 5) + "\n") * 300)
    assert sum(len(cell) for row in shown.rows for cell in row) <= tables.CHARACTERS
    assert shown.is_truncated


def test_an_mlmodel_file_shows_its_facts() -> None:
    shown = preview(SAVED, "mlflow3-sklearn/MLmodel")
    assert shown.kind == "mlmodel"
    assert shown.facts.flavors["sklearn"] == "1.9.1"
    assert '<span class="nt">flavors</span>' in shown.lines[0]


@pytest.mark.parametrize(("name", "kind"), [("a.html", "html"), ("a.svg", "svg")])
def test_pages_come_with_their_source(show, name: str, kind: str) -> None:
    shown = show(name, "<svg onload=alert(1)>")
    assert shown.kind == kind
    assert "<svg" not in "".join(shown.lines)
    assert shown.html is None


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
    assert (shown.kind, shown.note) == ("binary", label)
    assert shown.hex_rows[0][0] == "00000000"
    assert shown.hex_rows[0][1] == content.hex(" ")


def test_the_hex_view_is_short(show) -> None:
    shown = show("a.bin", bytes(range(256)) * 10)
    assert len(shown.hex_rows) == 16
    assert shown.hex_rows[4] == ("00000040", "40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f", "@ABCDEFGHIJKLMNO")


def test_text_without_a_suffix_is_recognised(show) -> None:
    assert show("notes", "plain text, Grüße\n").kind == "text"
    assert show("utf16", "Grüße\nzwei".encode("utf-16")).lines == ("Grüße", "zwei")
    assert show("bom.txt", b"\xef\xbb\xbfhello").lines == ("hello",)


def test_broken_characters_are_marked(show) -> None:
    assert show("latin.txt", "Grüße".encode("latin-1")).lines == ("Gr\ufffd\ufffde",)
    assert show("latin", "Grüße".encode("latin-1")).kind == "binary"


def test_a_character_cut_by_the_limit_is_no_damage(show) -> None:
    shown = show("big", "ü" * previews.HEAD_BYTES)
    assert (shown.kind, shown.is_truncated) == ("text", True)
    assert "\ufffd" not in shown.lines[0]


def test_an_empty_file_is_said_to_be_empty(show) -> None:
    shown = show("a.csv", b"")
    assert (shown.kind, shown.note) == ("text", "This file is empty.")


def test_a_long_text_is_cut_at_a_line(show) -> None:
    shown = show("a.log", "".join(f"line {n}\n" for n in range(100_000)))
    assert len(shown.lines) == previews.SHOWN_LINES
    assert shown.is_truncated
    assert shown.lines[-1] == f"line {previews.SHOWN_LINES - 1}"


def test_a_very_long_line_is_cut(show) -> None:
    shown = show("a.txt", "x" * 10_000)
    assert len(shown.lines[0]) == previews.LINE_CHARACTERS + 1
    assert shown.is_truncated


def test_missing_files_and_folders_have_no_preview(store: LocalStore) -> None:
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
    weight = sum(map(len, shown.lines)) + sum(len(cell) for row in shown.rows for cell in row) + len(shown.html or "")
    assert weight < 5_000_000
    assert len(shown.columns) <= tables.COLUMNS
    assert all(len(row) == len(shown.columns) for row in shown.rows)
