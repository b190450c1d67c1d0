"""CSV and TSV as tables: a page of rows from any byte of the file on, read from nothing but the pages' own stretch."""

import csv
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice

from models_app.previews import rows
from models_app.previews.encodings import Encoding
from models_app.previews.files import Ask, File, NotShowable, Preview
from models_app.previews.rows import COLUMNS, ROWS, Table

PAGE_BYTES = 512 * 1024
_DELIMITERS = ",;\t|"
_STARTS = 40  # lines that are tried as the beginning of the page before


@dataclass(slots=True)
class _Lines:
    """Hands lines to the csv reader and knows how many bytes it took, and whether it asked for more than there are."""

    lines: list[bytes]
    encoding: Encoding
    taken: int = 0
    size: int = 0
    is_exhausted: bool = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.taken == len(self.lines):
            self.is_exhausted = True
            raise StopIteration
        line = self.lines[self.taken]
        self.taken += 1
        self.size += len(line)
        return self.encoding.decode(line)


@dataclass(slots=True)
class _Found:
    """Rows with the byte behind each; `problem` says what broke the reading off."""

    rows: list[list[str]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    end: int = 0  # of what was read without an open quote
    problem: str = ""


def with_table(preview: Preview, file: File, ask: Ask, encoding: Encoding) -> Preview:
    """Raises NotShowable where no row can be read."""
    is_tabbed = file.suffix == ".tsv"
    delimiter = "\t" if is_tabbed else _delimiter(encoding.decode(file.head[: 64 * 1024]))
    header, first = _header(file, encoding, delimiter)
    start, number = ask.at, ask.number
    if ask.before is not None and ask.before > first:
        start, number = _start_of_page_before(file, encoding, delimiter, len(header), first, ask)
    if start is None or start <= first:
        start, number = first, 1
    found = _read(file, encoding, delimiter, start)
    if not found.rows and found.problem:
        raise NotShowable(found.problem)
    if not found.rows and start < file.size and not _is_blank(file, start, found):
        raise NotShowable("The row here is longer than a page, so the file is shown as text.")
    return _shown(preview, file, ask, header, found, start=start, first=first, number=number)


def _shown(
    preview: Preview, file: File, ask: Ask, header: list[str], found: _Found, *, start: int, first: int,
    number: int | None,
) -> Preview:  # fmt: skip
    width = max([len(header), *map(len, found.rows)])
    column = min(ask.start, width - 1)
    shown_width = min(COLUMNS, width - column)
    names = rows.padded(header, column, shown_width)
    cells = [rows.padded(row, column, shown_width) for row in found.rows]
    count = rows.fitting(cells)
    end = found.ends[count - 1] if count and count < len(found.rows) else found.end
    end = file.size if found.problem else end
    here = {"at": start, "n": number} if start > first else {}
    table = Table(
        columns=tuple(name or f"column {column + at}" for at, name in enumerate(names, 1)),
        rows=tuple(cells[:count]),
        number=number,
    )
    warning = f"{found.problem} What follows can be read as source." if found.problem else ""
    pager = rows.paged(file, ask, start=start, end=end, first=first, number=number, count=count)
    content = rows.beside(table, ask, column, width, **here)
    return replace(preview, content=content, pager=pager, warning=warning or preview.warning)


def _header(file: File, encoding: Encoding, delimiter: str) -> tuple[list[str], int]:
    """The first row and the byte behind it."""
    lines = encoding.split(file.head[encoding.mark :])
    if not file.is_whole and len(lines) > 1:
        lines.pop()
    found = _rows_of(lines, encoding, delimiter, 1, is_end=file.is_whole)
    if not found.rows:
        raise NotShowable(found.problem or "Its first row is longer than a page, so the file is shown as text.")
    return found.rows[0], encoding.mark + found.ends[0]


def _read(file: File, encoding: Encoding, delimiter: str, start: int) -> _Found:
    start -= (start - encoding.mark) % encoding.unit
    length = len(file.head) - start if start < len(file.head) // 2 else PAGE_BYTES
    data = file.read(start, max(length, 1))
    is_end = start + len(data) >= file.size
    lines = encoding.split(data)
    if not is_end and len(lines) > 1:
        lines.pop()
    found = _rows_of(lines, encoding, delimiter, ROWS, is_end=is_end)
    found.ends = [start + end for end in found.ends]
    found.end += start
    return found


def _rows_of(lines: list[bytes], encoding: Encoding, delimiter: str, limit: int, *, is_end: bool) -> _Found:
    found, source = _Found(), _Lines(lines, encoding)
    reader = csv.reader(source, delimiter=delimiter)
    try:
        for row in reader:
            if source.is_exhausted and not is_end:
                break  # a quote is open where the stretch ends: the next page has the row
            found.end = source.size
            if row:
                found.rows.append(row)
                found.ends.append(source.size)
            if len(found.rows) >= limit:
                break
    except csv.Error as error:
        found.problem = f"The rest can't be read as a table: {error}."
    return found


def _is_blank(file: File, start: int, found: _Found) -> bool:
    """Nothing but empty lines from here to the end of the stretch."""
    return found.end > start or file.read(start, 4096).strip() == b""


def _start_of_page_before(
    file: File, encoding: Encoding, delimiter: str, width: int, first: int, ask: Ask
) -> tuple[int | None, int | None]:
    """Where to start so that reading arrives at `ask.before`: lines may lie within quotes, so some are tried."""
    before = min(ask.before or 0, file.size)
    start = max(first, before - PAGE_BYTES // 2)
    lines = encoding.split(file.read(start, before - start))
    if start > first and len(lines) > 1:
        start += len(lines.pop(0))
    for skipped in range(min(_STARTS, len(lines))):
        found = _rows_of(lines[skipped:], encoding, delimiter, len(lines), is_end=False)
        is_right = found.end == sum(map(len, lines[skipped:])) and not found.problem
        if is_right and found.rows and (start == first or _agree(found.rows, width)):
            break
    else:
        return None, None
    start += sum(map(len, lines[:skipped]))
    kept = min(ROWS, rows.fitting([[rows.cut(cell) for cell in row[:COLUMNS]] for row in reversed(found.rows)]))
    if kept < len(found.rows):
        start += found.ends[len(found.rows) - kept - 1]
    return start, None if ask.number is None else max(1, ask.number - kept)


def _agree(found: list[list[str]], width: int) -> bool:
    """Whether most of the rows look like the header: half a quoted text does not."""
    return 2 * sum(len(row) == width for row in found) >= len(found)


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
