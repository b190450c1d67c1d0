"""Rows and columns as a page shows them, whatever kind of file they come from."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models_app.previews.files import Ask, File, Pager

ROWS = 200
COLUMNS = 50
CELL = 300
CHARACTERS = 120_000
_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?|nan", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Every row has as many cells as there are columns. `number` is that of the first row, None where it is unknown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    number: int | None = 1
    types: tuple[str, ...] = ()
    previous_columns: str = ""
    next_columns: str = ""
    columns_label: str = ""

    @property
    def headings(self) -> list[tuple[str, str, bool]]:
        """Per column its name, its type if the file tells one, and whether it holds numbers."""
        types = self.types or ("",) * len(self.columns)
        return list(zip(self.columns, types, self._are_numbers(), strict=True))

    @property
    def lines(self) -> Iterator[tuple[int | str, list[tuple[str, bool]]]]:
        """Per row its number and its cells."""
        are_numbers = self._are_numbers()
        for count, row in enumerate(self.rows):
            number = "" if self.number is None else self.number + count
            yield number, list(zip(row, are_numbers, strict=True))

    def _are_numbers(self) -> list[bool]:
        found = []
        for at in range(len(self.columns)):
            cells = [row[at] for row in self.rows if row[at]]
            found.append(bool(cells) and all(len(cell) < 40 and _NUMBER.fullmatch(cell) for cell in cells))
        return found


def beside(table: Table, ask: Ask, column: int, total: int, **here: object) -> Table:
    """The table, which begins with a column of so many in all, with the ways to the others; `here` is its page."""
    end = min(column + COLUMNS, total)
    previous, following = {"from": max(0, column - COLUMNS) or ""}, {"from": end}
    return replace(
        table,
        previous_columns=ask.query(**here, **previous) if column else "",
        next_columns=ask.query(**here, **following) if end < total else "",
        columns_label=f"Columns {column + 1:,}–{end:,} of {total:,}" if column or end < total else "",
    )


def paged(
    file: File, ask: Ask, *, start: int, end: int, first: int, number: int | None, count: int, unit: str = "Rows"
) -> Pager:
    """Of a page that lies from byte `start` to `end` of the file, whose rows begin at `first`; `number` is that of the
    first of its `count` rows, None where it is unknown."""
    is_first, is_last = start <= first, end >= file.size
    if is_first and is_last:
        return Pager()
    after = None if number is None else number + count
    columns = {"from": ask.start or ""}
    label = f"{unit} {number:,}–{after - 1:,} · " if number is not None and after else ""
    return Pager(
        first="" if is_first else ask.query(**columns),
        previous="" if is_first else ask.query(before=start, n=number, **columns),
        next="" if is_last else ask.query(at=end, n=after, **columns),
        last="" if is_last else ask.query(before=file.size, **columns),
        label=f"{label}{100 * min(end, file.size) // file.size} % of the file",
    )


def fitting(rows: Sequence[Sequence[str]]) -> int:
    """How many of the rows a page can carry; one at least."""
    size = 0
    for count, row in enumerate(rows[:ROWS]):
        size += sum(len(cell) for cell in row)
        if size > CHARACTERS and count:
            return count
    return min(len(rows), ROWS)


def padded(row: Sequence[str], start: int, width: int) -> tuple[str, ...]:
    cells = [cut(cell) for cell in row[start : start + width]]
    return (*cells, *[""] * (width - len(cells)))


def cut(text: str) -> str:
    return text if len(text) <= CELL else text[:CELL] + "…"


def cell(value: Any) -> str:
    """A value of JSON as a short text."""
    if isinstance(value, str):
        return cut(value)
    if value is None:
        return ""
    try:
        return cut(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return "…"
