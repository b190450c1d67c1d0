"""Notebooks: cells, their outputs, and what hostile ones can't do."""

import base64
import json
import time
from typing import Any

import pytest

from models_app import markdown
from models_app.errors import DoesNotExist
from models_app.previews import notebooks, output_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def notebook(*cells: dict[str, Any], **more: Any) -> str:
    return json.dumps({"nbformat": 4, "metadata": {"language_info": {"name": "python"}}, "cells": list(cells)} | more)


def code(source: Any, *outputs: dict[str, Any], count: Any = 1) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": count, "source": source, "outputs": list(outputs)}


def text(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source}


def drawn(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {name.replace("_", "/"): value for name, value in data.items()}}


def test_cells_are_shown_in_order(show) -> None:
    stream = {"output_type": "stream", "text": ["hello\n", "<b>"]}
    shown = show(
        "a.ipynb", notebook(text(["# Title\n", "<script>x</script>"]), code(["import os\n", "x = 1"], stream, count=7))
    )
    assert shown.kind == "notebook"
    first, second = shown.content.cells
    assert '<h2 id="h-title">' in first.html
    assert "<script" not in first.html
    assert (second.count, len(second.lines), second.outputs[0].text) == ("7", 2, "hello\n<b>")
    assert '<span class="kn">import</span>' in second.lines[0]


def test_pictures_have_addresses_of_their_own(show, store) -> None:
    shown = show(
        "a.ipynb", notebook(code("plot()", drawn(image_png=base64.b64encode(PNG).decode(), text_plain="<Figure>")))
    )
    output = shown.content.cells[0].outputs[0]
    assert (output.kind, output.label, output.query) == ("picture", "<Figure>", "?output=0.0")
    assert output_of(store, "a.ipynb", 0, 0) == notebooks.Picture(PNG, "image/png")


@pytest.mark.parametrize("data", ["no base64!", base64.b64encode(b"<svg onload=x>").decode(), 5, None, ["a", 1]])
def test_what_is_no_picture_is_not_handed_out(show, store, data: Any) -> None:
    show("a.ipynb", notebook(code("", drawn(image_png=data))))
    for cell, output in [(0, 0), (0, 1), (9, 0)]:
        with pytest.raises(DoesNotExist):
            output_of(store, "a.ipynb", cell, output)


def test_many_tiny_values_are_not_made(show) -> None:
    shown = show("a.ipynb", '{"cells": [' + "[]," * 5_000_000 + "[]]}")
    assert shown.kind == "code"
    assert "too much of it" in shown.note


def test_html_is_never_inline(show, store) -> None:
    table = "<table><script>alert(1)</script></table>"
    shown = show("a.ipynb", notebook(code("df", drawn(text_html=table, text_plain="a b"))))
    outputs = shown.content.cells[0].outputs
    assert [(output.kind, output.text) for output in outputs] == [("text", "a b"), ("page", "")]
    assert output_of(store, "a.ipynb", 0, 0).content_type == "text/html"


def test_errors_lose_their_terminal_colours(show) -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[0;31mE\x1b[0m: v"]}
    output = show("a.ipynb", notebook(code("1/0", error))).content.cells[0].outputs[0]
    assert (output.kind, output.text) == ("error", "E: v")


def test_long_notebooks_have_pages(show, follow) -> None:
    shown = show("a.ipynb", notebook(*[code(f"x = {n}") for n in range(150)]))
    assert (len(shown.content.cells), shown.pager.label) == (notebooks.CELLS, "Cells 1–60 of 150")
    shown = follow(shown, shown.pager.next)
    assert shown.content.cells[0].number == 60


def test_the_oldest_format_is_understood(show) -> None:
    cells = [
        {"cell_type": "code", "input": "1 + 1", "prompt_number": 3, "outputs": [{"output_type": "pyout", "text": "2"}]}
    ]
    shown = show("a.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    assert (shown.content.cells[0].count, shown.content.cells[0].outputs[0].text) == ("3", "2")


def test_what_is_no_notebook_is_text(show) -> None:
    assert show("a.ipynb", "{}").kind == "code"
    assert "not the JSON" in show("a.ipynb", "{").note
    assert "shown as text" in show("a.ipynb", notebook() + " " * notebooks.BYTES).note


HOSTILE = {
    "slow Markdown": [text("[" * 19_000)] * 60,
    "slow code": [code("(" * 19_000)] * 60,
    "many outputs": [code("x", *[drawn(text_plain="y" * 5_000)] * 2_500)],
    "a megabyte of picture": [code("x", drawn(image_png="A" * 6_000_000))],
    "endless text": [text("x" * 3_000_000), code("y" * 3_000_000, drawn(text_plain="z" * 3_000_000))],
    "odd values": [5, None, [], {"cell_type": []}, code(5, 7), code(None, {"data": 5}), code({"a": 1}, {"text": {}})],
    "deep output": [code("x", drawn(application_json=json.loads("[" * 200 + "]" * 200)))],
    "a count of many digits": [code("x", count=10**3_000)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_notebooks_cost_bounded_time_and_space(show, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(notebooks, "SECONDS", 0.2)
    monkeypatch.setattr(markdown, "SECONDS", 0.5)
    start = time.process_time()
    shown = show("a.ipynb", notebook(*HOSTILE[name]))
    size = sum(len(output.text) for cell in shown.content.cells for output in cell.outputs)
    size += sum(len(line) for cell in shown.content.cells for line in cell.lines)
    assert size < 2_000_000
    assert time.process_time() - start < 5
