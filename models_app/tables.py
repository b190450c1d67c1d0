"""Rows and pretty JSON out of text of unknown origin, as much of it as a page shows."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any

ROWS = 200
COLUMNS = 50
CELL = 300
CHARACTERS = 200_000

_DELIMITERS = ",;\t|"
_TABLE_START = re.compile(r'\s*\{\s*"columns"\s*:\s*')
_TABLE_INDEX = re.compile(r'\s*,\s*"index"\s*:\s*')
_TABLE_DATA = re.compile(r'\s*,\s*"data"\s*:\s*\[\s*')
_NEXT_ROW = re.compile(r"\s*,\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_truncated: bool = False
    note: str = ""


def read_csv(text: str, *, is_cut: bool, is_tabbed: bool = False) -> Table | None:
    """The first row names the columns. `is_cut` says that the text ends in the middle of a file."""
    if is_cut:
        text = text[: text.rfind("\n") + 1] or text
    delimiter = "\t" if is_tabbed else _delimiter(text)
    rows, problem = _csv_rows(text, delimiter)
    if not rows:
        return None
    width = max(len(row) for row in rows)
    names = _padded(rows[0], min(width, COLUMNS))
    columns = tuple(name or f"column {number}" for number, name in enumerate(names, 1))
    shown, is_all = _shown([_padded(row, len(columns)) for row in rows[1:]])
    return Table(
        columns=columns,
        rows=shown,
        is_truncated=is_cut or not is_all or bool(problem) or width > COLUMNS,
        note=problem or _width_note(width),
    )


def _csv_rows(text: str, delimiter: str) -> tuple[list[list[str]], str]:
    """The header and one row more than is shown; what broke the reading off, if anything did."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > ROWS + 1:
                break
    except csv.Error as error:
        return rows, f"The rest can't be read as a table: {error}."
    return rows, ""


def _shown(rows: list[list[str]]) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """As many rows as a page can carry, and whether they are all."""
    shown: list[tuple[str, ...]] = []
    size = 0
    for row in rows[:ROWS]:
        size += sum(len(cell) for cell in row)
        if size > CHARACTERS and shown:
            break
        shown.append(tuple(row))
    return tuple(shown), len(shown) == len(rows)


def _delimiter(text: str) -> str:
    """The character that splits most lines into the same number of cells; the csv module's own guess can take hours."""
    lines = [line[:2_000] for line in islice(filter(str.strip, text[:50_000].splitlines()), 20)]
    best, best_score = ",", 0
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        count, agreeing = max(counts.items(), key=lambda pair: (pair[0] > 0) * pair[1], default=(0, 0))
        score = agreeing if count else 0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _padded(row: list[str], width: int) -> list[str]:
    cells = [_cut(cell) for cell in row[:width]]
    return cells + [""] * (width - len(cells))


def _cut(text: str) -> str:
    return text if len(text) <= CELL else text[:CELL] + "…"


def _width_note(width: int) -> str:
    return f"The first {COLUMNS} of {width} columns are shown." if width > COLUMNS else ""


def read_json_table(text: str, *, is_cut: bool) -> Table | None:
    """MLflow: log_table and input examples write {"columns": [...], "data": [[...], ...]}; a cut one is read as far."""
    start = _TABLE_START.match(text)
    if not start:
        return None
    decoder = json.JSONDecoder()
    try:
        names, position = decoder.raw_decode(text, start.end())
        if index := _TABLE_INDEX.match(text, position):
            position = decoder.raw_decode(text, index.end())[1]
    except (ValueError, RecursionError):
        return None
    data = _TABLE_DATA.match(text, position)
    if not data or not isinstance(names, list) or not names:
        return None
    rows, is_complete = _json_rows(text, data.end(), decoder)
    if rows is None:
        return None
    width = min(len(names), COLUMNS)
    shown, is_all = _shown([_padded([_cell(value) for value in row[:width]], width) for row in rows])
    return Table(
        columns=tuple(_cell(name) for name in names[:width]),
        rows=shown,
        is_truncated=is_cut or not is_complete or not is_all or len(names) > COLUMNS,
        note=_width_note(len(names)),
    )


def _json_rows(text: str, position: int, decoder: json.JSONDecoder) -> tuple[list[list[Any]] | None, bool]:
    """The first rows and whether they are all; None when they are no rows."""
    rows: list[list[Any]] = []
    if text.startswith("]", position):
        return rows, True
    while len(rows) < ROWS:
        try:
            row, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return rows or None, False
        if not isinstance(row, list):
            return None, False
        rows.append(row)
        separator = _NEXT_ROW.match(text, position)
        if not separator:
            return rows, bool(re.compile(r"\s*\]").match(text, position))
        position = separator.end()
    return rows, False


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _cut(value)
    if value is None:
        return ""
    try:
        return _cut(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return "…"


def pretty_json(text: str, limit: int) -> str | None:
    """Indented JSON, at least `limit` characters of it when there are so many; None when it is not JSON."""
    try:
        content = json.loads(text)
        parts: list[str] = []
        size = 0
        # Piece by piece: indentation can make gigabytes of half a megabyte of brackets.
        for part in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(content):
            parts.append(part)
            size += len(part)
            if size > limit:
                break
    except (ValueError, RecursionError):
        return None
    return "".join(parts)
