"""Text of any size, a page at a time: a page knows the byte it starts with, and its lines' numbers where possible.

Numbers travel with the addresses from page to page, so that nothing but the page is read: from the start of the file
they count up, from its end down. Only a jump to a line counts lines, and only so far.
"""

import re
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString

from models_app.previews import code
from models_app.previews.encodings import Encoding
from models_app.previews.files import Ask, File, Pager, Preview

PAGE_BYTES = 256 * 1024
SHOWN_BYTES = 96 * 1024
SHOWN_LINES = 1_000
PIECE_BYTES = 4_000  # of a line: longer ones go on in a line of their own
COUNTED_BYTES = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_PERCENTAGE = re.compile(r"\s*(\d{1,3})(?:\.\d{0,6})?\s*%\s*", re.ASCII)
_LINE = re.compile(r"\s*(\d{1,15})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """`number` is None where a line goes on, and where numbers are not known."""

    number: int | None
    html: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPage:
    lines: tuple[Line, ...]
    is_numbered: bool = True
    wraps: bool = False
    wrap_query: str = ""  # the same page with long lines wrapped, or no more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Pieces of lines from the byte `start`; `number` is that of the line there, `is_start` whether it begins there."""

    start: int
    pieces: list[bytes]
    number: int | None
    is_start: bool

    @property
    def end(self) -> int:
        return self.start + sum(map(len, self.pieces))


def with_text(preview: Preview, file: File, ask: Ask, encoding: Encoding, *, language: str) -> Preview:
    """The page of text that was asked for; with no wish, the first."""
    stretch, warning = _wanted(file, ask, encoding)
    lines = _numbered(stretch, encoding, language)
    turned = ask.query(at=ask.at, before=ask.before, n=ask.number, to=ask.to, wrap="" if ask.wraps else "1")
    page = TextPage(lines=lines, is_numbered=stretch.number is not None, wraps=ask.wraps, wrap_query=turned)
    pager = _pager(file, ask, stretch, encoding)
    return replace(preview, content=page, pager=pager, warning=warning or preview.warning)


def _wanted(file: File, ask: Ask, encoding: Encoding) -> tuple[_Stretch, str]:
    if ask.before is not None:
        return _ending(file, encoding, min(ask.before, file.size), ask.number), ""
    if found := _PERCENTAGE.fullmatch(ask.to):
        at = file.size * min(int(found[1]), 100) // 100
        return (_ending(file, encoding, file.size, None) if at == file.size else _around(file, encoding, at)), ""
    if found := _LINE.fullmatch(ask.to):
        return _at_line(file, encoding, max(1, int(found[1])))
    warning = "A jump leads to a line (12000) or a part of the file (50%)." if ask.to.strip() else ""
    return _starting(file, encoding, min(ask.at or 0, file.size), ask.number), warning


def _starting(file: File, encoding: Encoding, at: int, number: int | None) -> _Stretch:
    at -= at % encoding.unit
    if not at:
        at, number = encoding.mark, 1
    elif file.is_whole:
        number = _line_at(file, encoding, at)
    before = encoding.unit
    data = file.read(at - before, PAGE_BYTES + before) if at >= before else file.read(0, PAGE_BYTES)
    data, last = (data[before:], data[:before]) if at >= before else (data, b"")
    lines = encoding.split(data)
    if at + len(data) < file.size and len(lines) > 1:
        lines.pop()  # cut by the end of the window
    shown = _limited([piece for line in lines for piece in encoding.pieces(line, PIECE_BYTES)])
    is_start = at <= encoding.mark or encoding.is_ended(last)
    return _Stretch(start=at, pieces=shown, number=number, is_start=is_start)


def _ending(file: File, encoding: Encoding, before: int, number: int | None) -> _Stretch:
    """The page that ends before a byte. Without a number it is counted from the end of the file."""
    before -= before % encoding.unit
    start = max(encoding.mark, before - PAGE_BYTES)
    data = file.read(start, before - start)
    lines = encoding.split(data)
    is_start = start == encoding.mark
    if not is_start and len(lines) > 1:
        lines.pop(0)
        is_start = True
    pieces = [piece for line in lines for piece in encoding.pieces(line, PIECE_BYTES)]
    shown = _limited(pieces[::-1])[::-1]
    if len(shown) < len(pieces):
        is_start = encoding.is_ended(pieces[len(pieces) - len(shown) - 1])
    at = before - sum(map(len, shown))
    if file.is_whole:
        number = _line_at(file, encoding, at)
    elif at == encoding.mark:
        number = 1
    else:
        if number is None and before == file.size:
            number = 0 if not shown or encoding.is_ended(shown[-1]) else -1
        number = None if number is None else number - _ends(shown, encoding)
    return _Stretch(start=at, pieces=shown, number=number, is_start=is_start)


def _around(file: File, encoding: Encoding, at: int) -> _Stretch:
    """From the first line that starts behind a byte anywhere in the file."""
    stretch = _starting(file, encoding, at, None)
    if stretch.is_start or len(stretch.pieces) < 2:
        return stretch
    ended = next((count for count, piece in enumerate(stretch.pieces, 1) if encoding.is_ended(piece)), 0)
    if not 0 < ended < len(stretch.pieces):
        return stretch
    number = None if stretch.number is None else stretch.number + 1
    skipped = sum(map(len, stretch.pieces[:ended]))
    return _Stretch(start=stretch.start + skipped, pieces=stretch.pieces[ended:], number=number, is_start=True)


def _at_line(file: File, encoding: Encoding, wanted: int) -> tuple[_Stretch, str]:
    at, number = encoding.mark, 1
    rest = b""
    for block in file.blocks(at, COUNTED_BYTES, _BLOCK):
        lines = encoding.split(rest + block)
        # The last one may go on in the next block, and half of its end may lie there.
        rest = lines.pop() if lines else b""
        if number + len(lines) >= wanted:
            at += sum(map(len, lines[: wanted - number]))
            return _starting(file, encoding, at, wanted), ""
        if not lines and len(rest) > _BLOCK:
            at, rest = at + len(rest), b""
        at += sum(map(len, lines))
        number += len(lines)
    if at + len(rest) >= file.size:
        number += 1 if encoding.is_ended(rest) else 0
        return _ending(file, encoding, file.size, number), f"The file has no line {wanted:,}: this is its end."
    reached = (
        f"Lines are counted through the first {COUNTED_BYTES // 1024**2} MiB only, which is where this page starts"
    )
    return _starting(file, encoding, at, number), f"{reached}. A percentage (50%) leads further."


def _limited(pieces: list[bytes]) -> list[bytes]:
    size = 0
    for count, piece in enumerate(pieces[:SHOWN_LINES]):
        size += len(piece)
        if size > SHOWN_BYTES and count:
            return pieces[:count]
    return pieces[:SHOWN_LINES]


def _line_at(file: File, encoding: Encoding, at: int) -> int:
    return 1 + _ends(encoding.split(file.head[encoding.mark : at]), encoding)


def _ends(pieces: list[bytes], encoding: Encoding) -> int:
    return sum(1 for piece in pieces if encoding.is_ended(piece))


def _numbered(stretch: _Stretch, encoding: Encoding, language: str) -> tuple[Line, ...]:
    texts = [code.plain(encoding.decode(piece).rstrip("\r\n")) for piece in stretch.pieces]
    number, is_start = stretch.number, stretch.is_start
    lines = []
    for piece, html in zip(stretch.pieces, code.marked_up(texts, language), strict=True):
        lines.append(Line(number if is_start else None, html))
        is_start = encoding.is_ended(piece)
        if is_start and number is not None:
            number += 1
    return tuple(lines)


def _pager(file: File, ask: Ask, stretch: _Stretch, encoding: Encoding) -> Pager:
    start, end, number = stretch.start, stretch.end, stretch.number
    if start <= encoding.mark and end >= file.size:
        return Pager()
    after = None if number is None else number + _ends(stretch.pieces, encoding)
    return Pager(
        first=ask.query() if start > encoding.mark else "",
        previous=ask.query(before=start, n=number) if start > encoding.mark else "",
        next=ask.query(at=end, n=after) if end < file.size else "",
        last=ask.query(before=file.size) if end < file.size else "",
        label=_label(file, stretch, after, encoding),
        jump="Line or %",
    )


def _label(file: File, stretch: _Stretch, after: int | None, encoding: Encoding) -> str:
    share = f"{_share(stretch.start, file.size)}–{_share(stretch.end, file.size)} %"
    number = stretch.number
    if number is None or after is None:
        return share
    last = after - 1 if stretch.pieces and encoding.is_ended(stretch.pieces[-1]) else after
    if number > 0:
        return f"Lines {number:,}–{max(number, last):,} · {share}"
    return f"Lines {-number:,} to {-last:,} from the end · {share}"


def _share(at: int, size: int) -> str:
    return f"{100 * at / size:.1f}".removesuffix(".0") if size else "0"
