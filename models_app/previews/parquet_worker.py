"""Reads some rows of a Parquet file in a process of its own, which asks its parent for the bytes; run as a script.

The reader is native code that panics on broken files and unpacks what they announce: here that ends this process.
"""

import io
import json
import struct
import sys
from typing import Any, BinaryIO, cast

MEMORY_BYTES = 1536 * 1024 * 1024
FOOTER_BYTES = 16 * 1024 * 1024
GROUPS = 64
DEPTH = 40
SCHEMA_COLUMNS = 2_000
CELL = 300
BATCH = 4_096
MAGIC = b"PAR1"
RANGE = struct.Struct(">QI")
LENGTH = struct.Struct(">I")
WANT, DONE, FAILED = b"R", b"D", b"F"
# Thrift's compact protocol
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_ROWS, _ROW_GROUPS, _CREATED_BY, _ROWS_OF_GROUP = 3, 4, 6, 3


class Unreadable(Exception):
    """A sentence that says what is wrong with the file."""


class Thrift:
    """The footer's bytes, walked through without making objects of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise Unreadable("its footer is cut off")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise Unreadable("its footer holds a number without an end")

    def number(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def list_head(self) -> tuple[int, int]:
        head = self.byte()
        return head & 15, self.varint() if head >> 4 == 15 else head >> 4

    def fields(self) -> "list[tuple[int, int, int, int]]":
        """Id, type, start and end of each field's value; the struct starts here."""
        found, number = [], 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.number()
            start = self.at
            if head & 15 not in {_TRUE, _FALSE}:
                self.skip(head & 15)
            found.append((number, head & 15, start, self.at))
        return found

    def skip(self, kind: int, depth: int = 0) -> None:
        if depth > DEPTH:
            raise Unreadable("its footer is nested too deep")
        if kind in {_TRUE, _FALSE, _BYTE}:
            self.byte()
        elif kind in {4, 5, 6}:
            self.varint()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self.varint()
            self.at += length
        elif kind in {_LIST, _SET}:
            inner, count = self.list_head()
            for _ in range(count):
                self.skip(inner, depth + 1)
        elif kind == _MAP:
            count = self.varint()
            kinds = self.byte() if count else 0
            for _ in range(count):
                self.skip(kinds >> 4, depth + 1)
                self.skip(kinds & 15, depth + 1)
        elif kind == _STRUCT:
            while head := self.byte():
                if not head >> 4:
                    self.varint()
                if head & 15 not in {_TRUE, _FALSE}:
                    self.skip(head & 15, depth + 1)
        else:
            raise Unreadable("its footer holds a field of no known kind")
        if self.at > len(self.data):
            raise Unreadable("its footer is cut off")


class Footer:
    """Which rows lie in which row group, and the same footer with some of the groups alone."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        thrift = Thrift(data)
        self.fields = thrift.fields()
        places = {number: (start, end) for number, _, start, end in self.fields}
        if _ROWS not in places or _ROW_GROUPS not in places:
            raise Unreadable("its footer names no rows")
        self.groups: list[tuple[int, int, int]] = []  # start, end, rows
        thrift.at = places[_ROW_GROUPS][0]
        kind, count = thrift.list_head()
        if kind != _STRUCT and count:
            raise Unreadable("its row groups are none")
        for _ in range(count):
            start = thrift.at
            inside = {number: place for number, _, place, _ in thrift.fields()}
            end = thrift.at
            thrift.at = inside.get(_ROWS_OF_GROUP, end - 1)
            self.groups.append((start, end, max(0, thrift.number())))
            thrift.at = end
        self.rows = sum(rows for _, _, rows in self.groups)
        self.created_by = ""
        if _CREATED_BY in places:
            thrift.at = places[_CREATED_BY][0]
            length = thrift.varint()
            self.created_by = data[thrift.at : thrift.at + min(length, 200)].decode(errors="replace")

    def choose(self, row: int, count: int) -> tuple[bytes, int]:
        """The footer of the groups that hold rows `row` to `row + count`, and where `row` is among theirs."""
        first = passed = 0
        while first < len(self.groups) and passed + self.groups[first][2] <= row:
            passed += self.groups[first][2]
            first += 1
        chosen, held = [], 0
        for group in self.groups[first : first + GROUPS]:
            chosen.append(group)
            held += group[2]
            if passed + held >= row + count:
                break
        return self._with(chosen, held), row - passed

    def _with(self, groups: list[tuple[int, int, int]], rows: int) -> bytes:
        head = bytes([len(groups) << 4 | _STRUCT]) if len(groups) < 15 else b"\xfc" + _varint(len(groups))
        new = {
            _ROWS: _varint(rows << 1),
            _ROW_GROUPS: head + b"".join(self.data[start:end] for start, end, _ in groups),
        }
        made, at = b"", 0
        for number, _, start, end in self.fields:
            made += self.data[at:start] + new.get(number, self.data[start:end])
            at = end
        return made + self.data[at:]


def _varint(value: int) -> bytes:
    made = b""
    while value > 0x7F:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


class Remote:
    """The parent's file: each read is a question."""

    def __init__(self, questions: BinaryIO, answers: BinaryIO, size: int) -> None:
        self._questions, self._answers = questions, answers
        self.size = size

    def read(self, start: int, length: int) -> bytes:
        length = max(0, min(length, self.size - start))
        if not length:
            return b""
        self._questions.write(WANT + RANGE.pack(start, length))
        self._questions.flush()
        data = self._answers.read(LENGTH.unpack(self._answers.read(LENGTH.size))[0])
        if len(data) < length:
            raise Unreadable("it is shorter than it says")
        return data


class Rewritten(io.RawIOBase):
    """The file with another footer."""

    def __init__(self, remote: Remote, end: int, footer: bytes) -> None:
        self._remote = remote
        self._end = end
        self._footer = footer + LENGTH.pack(len(footer))[::-1] + MAGIC
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._end + len(self._footer))[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        size = self._end + len(self._footer) - self._at if size < 0 else size
        data = b""
        if self._at < self._end:
            data = self._remote.read(self._at, min(size, self._end - self._at))
        if len(data) < size:
            start = self._at + len(data) - self._end
            data += self._footer[start : start + size - len(data)]
        self._at += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def answer(remote: Remote, wish: dict[str, int]) -> dict[str, Any]:
    tail = remote.read(max(0, remote.size - 8), 8)
    length = int.from_bytes(tail[:4], "little")
    if len(tail) < 8 or tail[4:] != MAGIC or length > remote.size - 12:
        raise Unreadable("it has no footer")
    if length > FOOTER_BYTES:
        raise Unreadable("its footer is too long")
    end = remote.size - 8 - length
    footer = Footer(remote.read(end, length))
    count = max(0, min(wish["rows"], footer.rows - wish["row"]))
    new, skipped = footer.choose(wish["row"], count)

    from arro3.io import read_parquet

    reader = read_parquet(cast("BinaryIO", Rewritten(remote, end, new)), batch_size=BATCH)
    schema = [(name, _type_of(reader.schema.field(at))) for at, name in enumerate(reader.schema.names)]
    first = min(wish["column"], max(0, len(schema) - 1))
    width = min(wish["columns"], len(schema) - first)
    return {
        "rows": footer.rows,
        "groups": len(footer.groups),
        "created_by": footer.created_by,
        "columns": len(schema),
        "schema": schema[first : first + width] if count else schema[:SCHEMA_COLUMNS],
        "cells": _cells(reader, skipped, count, first, width),
    }


def _type_of(field: Any) -> str:
    text = str(field.type).removeprefix("arro3.core.DataType<").strip()
    return text.removesuffix(">")[:CELL] + ("" if field.nullable else ", required")


def _cells(reader: Any, skipped: int, count: int, first: int, width: int) -> list[list[str]]:
    rows: list[list[str]] = []
    while len(rows) < count:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        if skipped >= batch.num_rows:
            skipped -= batch.num_rows
            continue
        piece = batch.slice(skipped, min(batch.num_rows - skipped, count - len(rows)))
        skipped = 0
        columns = [[_cell(value) for value in _values(piece.column(first + at))] for at in range(width)]
        rows += [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(piece.num_rows)]
    return rows


def _values(column: Any) -> Any:
    try:
        return column.to_pylist()
    except Exception:
        # Types without a Python value, dictionaries of them for one: each by itself, as text.
        return [str(scalar) for scalar in column]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        text = f"0x{value[:40].hex()}" + ("…" if len(value) > 40 else "")
    elif isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(value)
    return text if len(text) <= CELL else text[:CELL] + "…"


def main() -> None:
    questions, answers = sys.stdout.buffer, sys.stdin.buffer
    wish: dict[str, int] = json.loads(answers.readline())
    try:
        mark, result = DONE, json.dumps(answer(Remote(questions, answers, wish["size"]), wish))
    except Unreadable as error:
        mark, result = FAILED, str(error)
    except BaseException as error:  # the reader's panics are no Exception
        mark, result = FAILED, f"the reader gave up ({type(error).__name__})"
    data = result.encode(errors="replace")
    questions.write(mark + LENGTH.pack(len(data)) + data)
    questions.flush()


def limit_resources() -> None:
    if sys.platform == "linux":  # elsewhere the parent's time limit alone must do
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    limit_resources()
    main()
