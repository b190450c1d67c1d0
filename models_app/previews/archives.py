"""What a ZIP archive lists: its directory is read a stretch at a time, its members never but for their first bytes."""

import struct
import zlib
from dataclasses import dataclass, replace
from datetime import datetime

from models_app.previews.files import Ask, File, NotShowable, Pager, Preview

SHOWN = 500
PAGE_BYTES = 256 * 1024
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_TAIL = 66_000  # the end record and the longest remark behind it
_BOMB_RATIO, _BOMB_BYTES = 200, 100_000_000
_ENTRY = struct.Struct("<4s6H3L5H2L")
_METHODS = {0: "stored", 8: "deflate", 9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    name: str
    size: int
    packed: int
    method: str
    modified: str
    offset: int
    is_encrypted: bool

    @property
    def is_dir(self) -> bool:
        return self.name.endswith("/")

    @property
    def leads_out(self) -> bool:
        """Unpacked carelessly it would land outside of its folder."""
        return (
            self.name.startswith(("/", "\\")) or ".." in self.name.replace("\\", "/").split("/") or ":" in self.name[:3]
        )

    @property
    def is_bomb(self) -> bool:
        return self.size > _BOMB_BYTES and self.size > _BOMB_RATIO * max(1, self.packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """`start` and `size` of the list in the file; `count` is what the archive says of itself."""

    start: int
    size: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    label: str
    entries: tuple[Entry, ...]
    count: int


def with_listing(preview: Preview, file: File, ask: Ask, label: str) -> Preview:
    directory = directory_of(file)
    at = min(ask.at or 0, directory.size)
    entries, end = entries_of(file, directory, at)
    if not entries and at:
        at = 0
        entries, end = entries_of(file, directory, at)
    if not entries and directory.count:
        raise NotShowable("Its list of contents can't be read, so its bytes are shown.")
    number = ask.number if at else 1
    pager = Pager(
        first=ask.query() if at else "",
        next=ask.query(at=end, n=number and number + len(entries)) if end < directory.size else "",
        label=f"{number:,}–{number + len(entries) - 1:,} of {directory.count:,}" if number and entries else "",
    )
    warnings = []
    if any(entry.is_bomb for entry in entries):
        warnings.append("Unpacked it would become many times as large: it may be a ZIP bomb.")
    if any(entry.leads_out for entry in entries):
        warnings.append("Some names lead out of the folder it would be unpacked into.")
    listing = Listing(label=label, entries=tuple(entries), count=directory.count)
    return replace(preview, content=listing, pager=pager, warning=" ".join(warnings))


def directory_of(file: File) -> Directory:
    """Two requests at most. Raises NotShowable where there is no directory."""
    start = max(0, file.size - _TAIL)
    tail = file.read(start, _TAIL)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise NotShowable("Its list of contents is missing or cut off, so its bytes are shown.")
    count, size, offset = struct.unpack_from("<HLL", tail, at + 10)
    end = start + at
    if 0xFFFFFFFF in {size, offset} or count == 0xFFFF:
        large = _large_end(file, tail, at)
        if large is not None:
            end, count, size, offset = large
    # Something may stand before the archive: its offsets then count from where it starts.
    begin = end - size
    if begin < 0 or size > file.size:
        raise NotShowable("Its list of contents is broken, so its bytes are shown.")
    return Directory(start=begin, size=size, count=count)


def _large_end(file: File, tail: bytes, at: int) -> tuple[int, int, int, int] | None:
    """The end record of archives beyond 4 GiB or 65,535 members, which usually stands right before the small one."""
    locator = tail[max(0, at - 20) : at]
    if len(locator) < 20 or not locator.startswith(b"PK\x06\x07"):
        return None
    place = struct.unpack_from("<Q", locator, 8)[0]
    record = file.read(place, 56) if place < file.size else b""
    if len(record) < 56 or not record.startswith(b"PK\x06\x06"):
        return None
    count, size, offset = struct.unpack_from("<QQQ", record, 32)
    return place, count, size, offset


def entries_of(file: File, directory: Directory, at: int = 0) -> tuple[list[Entry], int]:
    """Entries from a byte of the directory on, and the byte behind the last of them."""
    data = file.read(directory.start + at, min(PAGE_BYTES, directory.size - at))
    found: list[Entry] = []
    place = 0
    while len(found) < SHOWN and place + _ENTRY.size <= len(data):
        fields = _ENTRY.unpack_from(data, place)
        length = _ENTRY.size + fields[10] + fields[11] + fields[12]
        if fields[0] != b"PK\x01\x02" or place + length > len(data):
            break
        found.append(_entry(fields, data[place + _ENTRY.size : place + length]))
        place += length
    return found, at + place if found else directory.size


def _entry(fields: tuple[int, ...], rest: bytes) -> Entry:
    _, _, _, flags, method, time, date, _, packed, size, name_length, extra_length, *_, offset = fields
    extra = rest[name_length : name_length + extra_length]
    size, packed, offset = _large(extra, size, packed, offset)
    name = rest[:name_length].decode("utf-8" if flags & 0x800 else "cp437", errors="replace")
    return Entry(
        name=name[:1_000],
        size=size,
        packed=packed,
        method=_METHODS.get(method, f"method {method}"),
        modified=_moment(date, time),
        offset=offset,
        is_encrypted=bool(flags & 1),
    )


def _large(extra: bytes, *values: int) -> list[int]:
    """Sizes and offsets beyond 4 GiB stand in an extra field, in this order and only where needed."""
    found = list(values)
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            place = at + 4  # the sizes in the order: unpacked, packed, offset
            for index, value in enumerate(values):
                if value == 0xFFFFFFFF and place + 8 <= at + 4 + length <= len(extra):
                    found[index] = struct.unpack_from("<Q", extra, place)[0]
                    place += 8
        at += 4 + length
    return found


def _moment(date: int, time: int) -> str:
    try:
        moment = datetime((date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
    except ValueError:
        return ""
    return f"{moment:%Y-%m-%d %H:%M}"


def beginning_of(file: File, entry: Entry, length: int) -> bytes:
    """At most `length` bytes of a member, in one request; b"" where it is packed in another way or locked."""
    data = file.read(entry.offset, 30 + 2 * 1024 + min(entry.packed, length))
    if len(data) < 30 or not data.startswith(b"PK\x03\x04") or entry.is_encrypted:
        return b""
    name_length, extra_length = struct.unpack_from("<HH", data, 26)
    packed = data[30 + name_length + extra_length :][: entry.packed]
    if entry.method == "stored":
        return packed[:length]
    if entry.method != "deflate":
        return b""
    try:
        return zlib.decompressobj(-15).decompress(packed, length)
    except zlib.error:
        return b""
