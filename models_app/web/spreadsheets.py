"""Rows as CSV, streamed, in a form that no spreadsheet takes for a formula."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

ROWS_AT_ONCE = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

CsvValue = str | int | float | None


def as_csv(name: str, rows: Iterable[Sequence[CsvValue]]) -> StreamingHttpResponse:
    """An attachment called `name`.csv; memory stays flat however many rows there are."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv") or "attachment"
    return response


def _lines(rows: Iterable[Sequence[CsvValue]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for count, row in enumerate(rows, 1):
        writer.writerow([plain(value) for value in row])
        if count % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def plain(value: CsvValue) -> CsvValue:
    """Text that a spreadsheet would run gets an apostrophe before it; numbers stay numbers, and exact."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
