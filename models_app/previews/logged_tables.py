"""MLflow: what log_table and input examples write, {"columns": [...], "data": [[...], ...]}, as a table in pages."""

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

from models_app.previews import rows
from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Pager, Preview
from models_app.previews.rows import COLUMNS, ROWS, Table

PAGE_BYTES = 512 * 1024
_STARTS = 40  # places that are tried as the beginning of the page before
_TABLE_START = re.compile(r'\s*\{\s*"columns"\s*:\s*')
_TABLE_INDEX = re.compile(r'\s*,\s*"index"\s*:\s*')
_TABLE_DATA = re.compile(r'\s*,\s*"data"\s*:\s*\[\s*')
_NEXT_ROW = re.compile(r"\s*,\s*")
_LAST_ROW = re.compile(r"\s*\]")
_ROW_START = re.compile(rb"\]\s{0,8},\s{0,8}\[")


@dataclass(slots=True)
class _Found:
    rows: list[list[Any]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)  # per row the character at which the next one starts
    is_last: bool = False


def is_table(file: File) -> bool:
    return bool(_TABLE_START.match(file.head[:200].decode(errors="replace")))


def with_table(preview: Preview, file: File, ask: Ask) -> Preview:
    """Raises NotShowable where the file only resembles such a table, or a row is longer than a page."""
    names, first = _columns(file)
    start, number = ask.at, ask.number
    if ask.before is not None and ask.before > first:
        start, number = _start_of_page_before(file, len(names), first, ask)
    if start is None or start <= first:
        start, number = first, 1
    text, is_end = _text(file, start)
    found = _rows(text, ROWS)
    if not found.rows and not found.is_last:
        if start == first and is_end:
            raise OfOtherKind
        raise NotShowable("The row here can't be read or is longer than a page, so the file is shown as text.")
    return _shown(preview, ask, names, found, text, start=start, first=first, number=number)


def _shown(
    preview: Preview, ask: Ask, names: list[Any], found: _Found, text: str, *, start: int, first: int,
    number: int | None,
) -> Preview:  # fmt: skip
    column = min(ask.start, len(names) - 1)
    width = min(COLUMNS, len(names) - column)
    cells = [rows.padded([rows.cell(value) for value in row[column : column + width]], 0, width) for row in found.rows]
    count = rows.fitting(cells)
    is_last = found.is_last and count == len(cells)
    after = None if number is None else number + count
    here = {"at": start, "n": number} if start > first else {}
    table = Table(
        columns=tuple(rows.cell(name) for name in names[column : column + width]),
        rows=tuple(cells[:count]),
        number=number,
    )
    end = start + len(text[: found.ends[count - 1]].encode()) if count else start
    has_more = count > 0 and not is_last and end < preview.size
    columns = {"from": column or ""}
    pager = Pager(
        first=ask.query(**columns) if start > first else "",
        previous=ask.query(before=start, n=number, **columns) if start > first else "",
        next=ask.query(at=end, n=after, **columns) if has_more else "",
        label=f"Rows {number:,}–{after - 1:,}" if number is not None and after else "",
    )
    return replace(preview, content=rows.beside(table, ask, column, len(names), **here), pager=pager)


def _columns(file: File) -> tuple[list[Any], int]:
    """The names and the byte at which the first row starts."""
    text = file.head.decode(errors="replace")
    decoder = json.JSONDecoder()
    try:
        names, position = decoder.raw_decode(text, _TABLE_START.match(text).end())  # type: ignore[union-attr]  # is_table found it
        if index := _TABLE_INDEX.match(text, position):
            position = decoder.raw_decode(text, index.end())[1]
    except (ValueError, RecursionError) as error:
        raise OfOtherKind() from error
    data = _TABLE_DATA.match(text, position)
    if not data or not isinstance(names, list) or not names:
        raise OfOtherKind()
    return names, len(text[: data.end()].encode())


def _text(file: File, start: int) -> tuple[str, bool]:
    length = len(file.head) - start if start < len(file.head) // 2 else PAGE_BYTES
    data = file.read(start, max(length, 1))
    return data.decode(errors="replace"), start + len(data) >= file.size


def _rows(text: str, limit: int) -> _Found:
    decoder, found, position = json.JSONDecoder(), _Found(), len(text) - len(text.lstrip())
    if _LAST_ROW.match(text):
        found.is_last = True
        return found
    while len(found.rows) < limit:
        try:
            row, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return found
        if not isinstance(row, list):
            raise OfOtherKind()
        separator = _NEXT_ROW.match(text, position)
        found.rows.append(row)
        found.ends.append(separator.end() if separator else position)
        if not separator:
            found.is_last = bool(_LAST_ROW.match(text, position))
            return found
        position = separator.end()
    return found


def _start_of_page_before(file: File, width: int, first: int, ask: Ask) -> tuple[int | None, int | None]:
    """Where to start so that reading arrives at `ask.before`: brackets may stand in a text, so some are tried."""
    before = min(ask.before or 0, file.size)
    start = max(first, before - PAGE_BYTES // 2)
    data = file.read(start, before - start)
    starts = [0] if start == first else []
    starts += [found.end() - 1 for found, _ in zip(_ROW_START.finditer(data), range(_STARTS), strict=False)]
    for at in starts:
        text = data[at:].decode(errors="replace")
        try:
            found = _rows(text, len(text))
        except NotShowable:
            continue
        if found.ends and found.ends[-1] == len(text) and all(len(row) == width for row in found.rows):
            break
    else:
        return None, None
    cells = [[rows.cell(value) for value in row[:COLUMNS]] for row in reversed(found.rows)]
    kept = rows.fitting(cells)
    if kept < len(found.rows):
        at += len(text[: found.ends[len(found.rows) - kept - 1]].encode())
    return start + at, None if ask.number is None else max(1, ask.number - kept)
