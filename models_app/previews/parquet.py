"""Parquet files as tables in pages: rows come from a process that can be stopped, its bytes from a few ranges."""

import json
import logging
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models_app.previews import parquet_worker, rows
from models_app.previews.files import Ask, File, NotShowable, Pager, Preview
from models_app.previews.parquet_worker import DONE, LENGTH, MAGIC, RANGE, WANT
from models_app.previews.rows import COLUMNS, ROWS, Table

logger = logging.getLogger("laurel.previews")

SECONDS = 8.0
PROCESSES = 2
BLOCK_BYTES = 256 * 1024
BLOCKS = 128  # requests of one page, and with that the bytes it may cost
ANSWER_BYTES = 64 * 1024 * 1024
WORKER = str(Path(parquet_worker.__file__).resolve())
SUFFIXES = {".parquet", ".pq", ".parq"}

_slots = threading.BoundedSemaphore(PROCESSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    columns: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    left_out: int = 0


def is_parquet(file: File) -> bool:
    return file.head.startswith(MAGIC) or file.suffix in SUFFIXES


def with_rows(preview: Preview, file: File, ask: Ask) -> Preview:
    """Raises NotShowable where the file can't be read, or a page of it costs too much."""
    row = ask.at or 0
    found = _asked(file, row=row, rows=ROWS, column=ask.start, columns=COLUMNS)
    if row >= found["rows"]:
        row = max(0, (found["rows"] - 1) // ROWS * ROWS)
        found = _asked(file, row=row, rows=ROWS, column=ask.start, columns=COLUMNS)
    total, width = found["rows"], found["columns"]
    column = min(ask.start, max(0, width - 1))
    cells = [tuple(map(str, line)) for line in found["cells"]]
    count = rows.fitting(cells)
    shown = found["schema"][:COLUMNS]
    table = Table(
        columns=tuple(rows.cut(str(name)) for name, _ in shown),
        types=tuple(rows.cut(str(kind)) for _, kind in shown),
        rows=tuple(line[: len(shown)] for line in cells[:count]),
        number=row + 1,
    )
    table = rows.beside(table, ask, column, width, at=row or "")
    return replace(preview, content=table, pager=_pager(ask, row, row + count, total))


def _pager(ask: Ask, row: int, end: int, total: int) -> Pager:
    if not row and end >= total:
        return Pager()
    columns = {"from": ask.start or ""}
    last = max(0, (total - 1) // ROWS * ROWS)
    return Pager(
        first=ask.query(**columns) if row else "",
        previous=ask.query(at=max(0, row - ROWS) or "", **columns) if row else "",
        next=ask.query(at=end, **columns) if end < total else "",
        last=ask.query(at=last, **columns) if end < total else "",
        label=f"Rows {row + 1:,}–{end:,} of {total:,}",
    )


def with_schema(preview: Preview, file: File) -> Preview:
    found = _asked(file, row=0, rows=0, column=0, columns=COLUMNS)
    facts = (
        ("Rows", f"{found['rows']:,}"), ("Columns", f"{found['columns']:,}"), ("Row groups", f"{found['groups']:,}"),
        ("Written by", str(found["created_by"])),
    )  # fmt: skip
    columns = tuple((rows.cut(str(name)), rows.cut(str(kind))) for name, kind in found["schema"])
    return replace(preview, content=Schema(columns=columns, facts=facts, left_out=found["columns"] - len(columns)))


def _asked(file: File, **wish: int) -> dict[str, Any]:
    if not _slots.acquire(timeout=SECONDS):
        raise NotShowable("Too many tables are being read right now; ask again in a moment.")
    try:
        with _start() as process:
            try:
                return _answer(file, process, wish)
            finally:
                process.kill()
                _hang_up(process)
    finally:
        _slots.release()


def _start() -> "subprocess.Popen[bytes]":
    # By its path and without that on the import path: the package would load Django first.
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-P", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _hang_up(process: "subprocess.Popen[bytes]") -> None:
    """Closing a pipe writes what is left for it, and nobody may be there to read."""
    assert process.stdin is not None  # noqa: S101 - asked for as a pipe
    with suppress(BrokenPipeError):
        process.stdin.close()


def _answer(file: File, process: "subprocess.Popen[bytes]", wish: dict[str, int]) -> dict[str, Any]:
    assert process.stdin is not None  # noqa: S101 - asked for as pipes
    assert process.stdout is not None  # noqa: S101 - ditto
    deadline = threading.Timer(SECONDS, process.kill)
    deadline.daemon = True
    deadline.start()
    blocks = _Blocks(file)
    try:
        process.stdin.write(json.dumps({"size": file.size, **wish}).encode() + b"\n")
        process.stdin.flush()
        while (mark := process.stdout.read(1)) == WANT:
            data = blocks.read(*RANGE.unpack(_exactly(process.stdout, RANGE.size)))
            process.stdin.write(LENGTH.pack(len(data)) + data)
            process.stdin.flush()
        length = LENGTH.unpack(_exactly(process.stdout, LENGTH.size))[0]
        result = _exactly(process.stdout, min(length, ANSWER_BYTES))
    except (EOFError, BrokenPipeError) as error:
        logger.warning("The reader of Parquet files ended early at %r.", file.path)
        raise NotShowable("Reading this page takes too long or too much memory, so its bytes are shown.") from error
    finally:
        deadline.cancel()
    if mark == DONE:
        found: dict[str, Any] = json.loads(result)
        return found
    raise NotShowable(f"It can't be read as a Parquet table: {result.decode(errors='replace')}. Its bytes are shown.")


def _exactly(stream: Any, length: int) -> bytes:
    data: bytes = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


class _Blocks:
    """The file in aligned blocks, each fetched once and only so many of them."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._known: dict[int, bytes] = {}

    def read(self, start: int, length: int) -> bytes:
        first, last = start // BLOCK_BYTES, (start + max(0, length - 1)) // BLOCK_BYTES
        if last - first > BLOCKS:
            raise _too_much()
        data = b"".join(map(self._block, range(first, last + 1)))
        offset = start - first * BLOCK_BYTES
        return data[offset : offset + length]

    def _block(self, number: int) -> bytes:
        if number not in self._known:
            if len(self._known) >= BLOCKS:
                raise _too_much()
            self._known[number] = self._file.read(number * BLOCK_BYTES, BLOCK_BYTES)
        return self._known[number]


def _too_much() -> NotShowable:
    share = BLOCKS * BLOCK_BYTES // 1024**2
    return NotShowable(
        f"A page of this table takes more than {share} MiB of the file, so its schema is shown.", "schema"
    )
