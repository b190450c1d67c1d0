"""JSON Lines: a value on each line, as a table of objects or as trees, a page from any byte of the file on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models_app.previews import json_trees, rows
from models_app.previews.encodings import Encoding
from models_app.previews.files import Ask, File, NotShowable, Pager, Preview
from models_app.previews.json_trees import Node, Tree
from models_app.previews.rows import COLUMNS, ROWS, Table

PAGE_BYTES = 512 * 1024
TREES = 50
TREE_BYTES = 64 * 1024  # of the lines that are shown as trees
TREE_NODES = 60  # of one line; more of it has a page of its own
Fitting = Callable[[list[Any]], int]  # how many of the values make a page
_OTHER = "(not an object)"
_TOO_LONG = "The line here is longer than a page, so the file is shown as text."


@dataclass(frozen=True, slots=True)
class _Broken:
    """Stands for a line that is no JSON."""

    text: str


@dataclass(slots=True)
class _Page:
    """Values with the bytes they start at and end before; blank lines are passed over."""

    start: int
    number: int | None
    values: list[Any] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    end: int = 0

    def keep(self, count: int) -> None:
        if count < len(self.values):
            self.end = self.starts[count]
            del self.values[count:], self.starts[count:]


def holds_objects(file: File, encoding: Encoding) -> bool:
    """Whether it begins with one."""
    return encoding.decode(file.head[encoding.mark :][:200]).lstrip().startswith("{")


def with_table(preview: Preview, file: File, ask: Ask, encoding: Encoding) -> Preview:
    """The keys of the objects on the page are its columns."""
    page = _wanted(file, ask, encoding, ROWS, lambda values: rows.fitting([_own_cells(value) for value in values]))
    names = _names(page.values)
    column = min(ask.start, max(0, len(names) - 1))
    shown = names[column : column + COLUMNS]
    cells = _cells(page.values, shown)
    page.keep(rows.fitting(cells))
    here = {"at": page.start, "n": page.number} if page.start > encoding.mark else {}
    table = Table(
        columns=tuple(rows.cut(name) for name in shown),
        rows=tuple(cells[: len(page.values)]),
        number=page.number,
    )
    table = rows.beside(table, ask, column, len(names), **here)
    pager = _pager(file, ask, page, encoding, "Rows")
    return replace(preview, content=table, pager=pager, warning=_warning(page) or preview.warning)


def with_trees(preview: Preview, file: File, ask: Ask, encoding: Encoding) -> Preview:
    """A tree for each line; a part of a large one is shown alone, by the byte its line starts at."""
    if ask.line is not None:
        only = _read(file, encoding, max(ask.line, encoding.mark), None, 1)
        return json_trees.with_tree(preview, only.values[0] if only.values else None, ask)
    page = _wanted(file, ask, encoding, TREES, len)
    page.keep(_light(page))
    children = tuple(_tree(page, at, ask) for at in range(len(page.values)))
    root = Node(key="", kind="array", size=len(children), children=children, is_open=True)
    pager = _pager(file, ask, page, encoding, "Lines")
    return replace(preview, content=Tree(root=root), pager=pager, warning=_warning(page) or preview.warning)


def _light(page: _Page) -> int:
    """How many of the lines make a page of trees; one at least."""
    return max(1, sum(end - page.start <= TREE_BYTES for end in (*page.starts[1:], page.end)))


def _tree(page: _Page, at: int, ask: Ask) -> Node:
    key = "" if page.number is None else f"{page.number + at:,}"
    value = page.values[at]
    if isinstance(value, _Broken):
        return Node(key=key, kind="word", text=rows.cut(value.text))
    return json_trees.node(key, value, replace(ask, line=page.starts[at], at=None), TREE_NODES)


def _names(values: Sequence[Any]) -> list[str]:
    names = list(dict.fromkeys(key for value in values if isinstance(value, dict) for key in value))
    return names if all(isinstance(value, dict) for value in values) else [*names, _OTHER]


def _cells(values: Sequence[Any], names: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(_cell(value, name) for name in names) for value in values]


def _own_cells(value: Any) -> list[str]:
    """Its own alone: the empty ones under the names of all the others are as many as names times rows."""
    return [rows.cell(each) for each in value.values()] if isinstance(value, dict) else [_cell(value, _OTHER)]


def _cell(value: Any, name: str) -> str:
    if isinstance(value, dict):
        return rows.cell(value.get(name))
    text = rows.cut(value.text) if isinstance(value, _Broken) else rows.cell(value)
    return text if name == _OTHER else ""


def _warning(page: _Page) -> str:
    broken = sum(isinstance(value, _Broken) for value in page.values)
    if not broken:
        return ""
    return "1 line here is not valid JSON." if broken == 1 else f"{broken:,} lines here are not valid JSON."


def _wanted(file: File, ask: Ask, encoding: Encoding, limit: int, fitting: Fitting) -> _Page:
    first, start, number = encoding.mark, ask.at, ask.number
    if ask.before is not None and ask.before > first:
        start, number = _start_of_page_before(file, encoding, ask, limit, fitting)
    if start is None or start <= first:
        start, number = first, 1
    return _read(file, encoding, start, number, limit)


def _read(file: File, encoding: Encoding, start: int, number: int | None, limit: int) -> _Page:
    start -= (start - encoding.mark) % encoding.unit
    length = len(file.head) - start if start < len(file.head) // 2 else PAGE_BYTES
    data = file.read(start, max(length, 1))
    lines = encoding.split(data)
    if start + len(data) < file.size:
        if len(lines) > 1:
            lines.pop()  # cut by the end of the stretch
        elif lines and not encoding.is_ended(lines[0]):
            raise NotShowable(_TOO_LONG)
    page = _Page(start, number, end=start)
    for line in lines:
        text = encoding.decode(line).strip()
        if text and len(page.values) == limit:
            break
        if text:
            page.values.append(_value(text))
            page.starts.append(page.end)
        page.end += len(line)
    return page


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _Broken(text)


def _start_of_page_before(
    file: File, encoding: Encoding, ask: Ask, limit: int, fitting: Fitting
) -> tuple[int | None, int | None]:
    """Where to start so that reading arrives at `ask.before`; None where a line is too long to tell."""
    before = min(ask.before or 0, file.size)
    start = max(encoding.mark, before - PAGE_BYTES // 2)
    start -= (start - encoding.mark) % encoding.unit
    lines = encoding.split(file.read(start, before - start))
    if start > encoding.mark:
        start += len(lines.pop(0))
    known = [(line, encoding.decode(line).strip()) for line in lines]
    last = [_value(text) for _, text in reversed(known) if text][:limit]
    kept = min(fitting(last), len(last))
    if not kept:
        return None, None
    left = kept
    for line, text in reversed(known):
        left -= bool(text)
        before -= len(line)
        if not left:
            break
    return before, None if ask.number is None else max(1, ask.number - kept)


def _pager(file: File, ask: Ask, page: _Page, encoding: Encoding, unit: str) -> Pager:
    return rows.paged(
        file, ask, start=page.start, end=page.end, first=encoding.mark, number=page.number, count=len(page.values),
        unit=unit,
    )  # fmt: skip
