"""Jupyter notebooks: cells as they were saved; nothing of them runs, and HTML they hold is never part of our page."""

import base64
import binascii
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from models_app import markdown
from models_app.previews import code, json_trees
from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Pager, Preview

BYTES = 16 * 1024 * 1024
CELLS = 60
SOURCE = 20_000
OUTPUTS = 20  # of a cell
OUTPUT_TEXT = 8_000
PAGE_TEXT = 250_000
PICTURE_BYTES = 8 * 1024 * 1024
SECONDS = 2.0  # for the rendering of a page's cells; the others are shown as they were written
_PICTURES = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}
_FRAMED = ("text/html", "image/svg+xml")
_LANGUAGE = re.compile(r"[a-z0-9+#_-]{1,30}")
_ATTACHMENT = re.compile(r"!\[([^\[\]]{0,200})\]\(attachment:[^()\s]{0,300}\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`kind` is text, error, picture or page; a picture or page is fetched by the address `query`."""

    kind: str
    text: str = ""
    query: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`kind` is markdown, code or raw; `html` is what was rendered, None where the lines stand for it."""

    number: int
    kind: str
    count: str = ""
    html: SafeString | None = None
    lines: tuple[SafeString, ...] = ()
    outputs: tuple[Output, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    cells: tuple[Cell, ...]
    language: str
    kernel: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of an output, and what to call them."""

    data: bytes
    content_type: str


def with_cells(preview: Preview, file: File, ask: Ask) -> Preview:
    content = _parsed(file)
    cells = _cells_of(content)
    metadata = _mapping(content.get("metadata"))
    kernel = _mapping(metadata.get("kernelspec"))
    language = str(_mapping(metadata.get("language_info")).get("name") or kernel.get("language") or "python").lower()
    start = min(ask.start, max(0, len(cells) - 1))
    maker = _Maker(ask, language if _LANGUAGE.fullmatch(language) else "")
    shown = tuple(maker.cells(cells, start))
    end = start + len(shown)
    notebook = Notebook(cells=shown, language=language[:40], kernel=str(kernel.get("display_name", ""))[:80])
    pager = Pager()
    if start or end < len(cells):
        pager = Pager(
            first=ask.query() if start else "",
            previous=ask.query(**{"from": max(0, start - CELLS) or ""}) if start else "",
            next=ask.query(**{"from": end}) if end < len(cells) else "",
            label=f"Cells {start + 1:,}–{end:,} of {len(cells):,}",
        )
    return replace(preview, content=notebook, pager=pager)


def picture_of(file: File, cell: int, output: int) -> Picture | None:
    """What the output of a cell draws: a picture, or a page for a sandboxed frame. None where there is none."""
    try:
        cells = _cells_of(_parsed(file))
    except NotShowable:
        return None
    if not (0 <= cell < len(cells)):
        return None
    outputs = _sequence(_mapping(cells[cell]).get("outputs"))
    if not (0 <= output < min(len(outputs), OUTPUTS)):
        return None
    data = _data_of(_mapping(outputs[output]))
    for kind in _PICTURES:
        if kind in data:
            decoded = _decoded(data[kind])
            return Picture(decoded, kind) if decoded.startswith(_PICTURES[kind]) else None
    for kind in _FRAMED:
        if kind in data:
            return Picture(_joined(data[kind]).encode(errors="replace"), kind)
    return None


def _parsed(file: File) -> dict[str, Any]:
    if file.size > BYTES:
        raise NotShowable(f"A notebook of more than {BYTES // 1024**2} MiB is shown as text.")
    try:
        content = json_trees.loads(file.read(0, BYTES))
    except (ValueError, RecursionError) as error:
        raise NotShowable(
            "This is not the JSON a notebook is made of, or too much of it, so it is shown as it is."
        ) from error
    if not isinstance(content, dict) or not (isinstance(content.get("cells"), list) or content.get("worksheets")):
        raise OfOtherKind
    return content


def _cells_of(content: dict[str, Any]) -> list[Any]:
    """Notebooks of format 3 keep their cells in worksheets."""
    if isinstance(content.get("cells"), list):
        return _sequence(content["cells"])
    return [cell for sheet in _sequence(content.get("worksheets")) for cell in _sequence(_mapping(sheet).get("cells"))]


class _Maker:
    """Makes cells until a page has enough text; renders them until its time is over."""

    def __init__(self, ask: Ask, language: str) -> None:
        self._ask = ask
        self._language = language
        self._deadline = time.monotonic() + SECONDS
        self._left = PAGE_TEXT

    def cells(self, cells: list[Any], start: int) -> Iterator[Cell]:
        for number, cell in enumerate(cells[start : start + CELLS], start):
            if self._left <= 0:
                return
            yield self._cell(number, _mapping(cell))

    def _cell(self, number: int, cell: dict[str, Any]) -> Cell:
        kind = str(cell.get("cell_type"))
        source = _joined(cell.get("source") if "source" in cell else cell.get("input"))
        shown = source[:SOURCE]
        self._left -= len(shown)
        left_out = f"{len(source) - SOURCE:,} more characters" if len(source) > SOURCE else ""
        if kind == "heading":
            kind, shown = "markdown", f"## {shown}"
        if kind == "markdown":
            html = self._rendered(shown)
            return Cell(number=number, kind=kind, html=html, lines=() if html else _plain(shown), left_out=left_out)
        if kind != "code":
            return Cell(number=number, kind="raw", lines=_plain(shown), left_out=left_out)
        count = cell.get("execution_count", cell.get("prompt_number"))
        return Cell(
            number=number,
            kind=kind,
            count=str(count) if isinstance(count, int) and abs(count) < 10**9 else "",
            lines=self._highlighted(shown),
            outputs=tuple(self._outputs(number, _sequence(cell.get("outputs")))),
            left_out=left_out,
        )

    def _rendered(self, source: str) -> SafeString | None:
        if time.monotonic() > self._deadline:
            return None
        try:
            html = markdown.convert(_ATTACHMENT.sub(r"*\1 (attached picture)*", source))
        except markdown.RenderingFailed:
            return None
        return mark_safe(html)  # noqa: S308 - the sanitizer's output

    def _highlighted(self, source: str) -> tuple[SafeString, ...]:
        if time.monotonic() > self._deadline:
            return _plain(source)
        return code.marked_up(code.plain(source).split("\n"), self._language) if source else ()

    def _outputs(self, cell: int, outputs: list[Any]) -> Iterator[Output]:
        for number, output in enumerate(outputs[:OUTPUTS]):
            yield from self._output(cell, number, _mapping(output))
        if len(outputs) > OUTPUTS:
            yield Output(kind="text", text=f"… and {len(outputs) - OUTPUTS:,} more outputs")

    def _output(self, cell: int, number: int, output: dict[str, Any]) -> Iterator[Output]:
        if output.get("output_type") in {"error", "pyerr"}:
            trace = "\n".join(map(str, _sequence(output.get("traceback"))[:500]))
            text = trace or f"{output.get('ename', '')}: {output.get('evalue', '')}"
            yield Output(kind="error", text=self._text(text))
            return
        data = _data_of(output)
        query = self._ask.query(output=f"{cell}.{number}")
        label = _joined(data.get("text/plain"))[:200].strip()
        if any(kind in data for kind in _PICTURES):
            yield Output(kind="picture", query=query, label=label or f"Picture of cell {cell + 1}")
            return
        text = _joined(output["text"]) if "text" in output else _joined(data.get("text/plain"))
        if not text and "application/json" in data:
            text = json.dumps(data["application/json"], indent=2, ensure_ascii=False)[: OUTPUT_TEXT + 1]
        if not text and "text/latex" in data:
            text = _joined(data["text/latex"])
        if text:
            yield Output(kind="text", text=self._text(text))
        framed = next((kind for kind in _FRAMED if kind in data), "")
        if framed:
            yield Output(kind="page", query=query, label="HTML" if framed == "text/html" else "drawing")

    def _text(self, text: str) -> str:
        shown = code.plain(text[:OUTPUT_TEXT])
        self._left -= len(shown)
        return shown if len(text) <= OUTPUT_TEXT else f"{shown}\n… {len(text) - OUTPUT_TEXT:,} more characters"


def _data_of(output: dict[str, Any]) -> dict[str, Any]:
    """By media type. Format 3 calls them png, html and the like, beside everything else."""
    data = _mapping(output.get("data"))
    old = {"png": "image/png", "jpeg": "image/jpeg", "html": "text/html", "svg": "image/svg+xml", "latex": "text/latex"}
    return data or {kind: output[name] for name, kind in old.items() if name in output}


def _decoded(value: Any) -> bytes:
    text = _joined(value)
    if len(text) > 2 * PICTURE_BYTES:
        return b""
    try:
        return base64.b64decode(re.sub(r"\s+", "", text), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _plain(source: str) -> tuple[SafeString, ...]:
    return code.marked_up(code.plain(source).split("\n"), "") if source else ()


def _joined(value: Any) -> str:
    """A text of a notebook is one string, or a list of its lines."""
    if isinstance(value, str):
        return value
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
