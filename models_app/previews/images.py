"""Pictures: their size by their header, as a small file can ask a browser for gigabytes; those of other steps."""

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace

from models_app.previews.files import File, NotShowable, Preview

PIXELS = 64_000_000  # what browsers draw without trouble: a quarter of a gigabyte
HEADER_BYTES = 64 * 1024
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# MLflow: log_image(key=, step=) names its files so; clients before version 3 write % where newer ones write +.
_STEPPED = re.compile(
    r"(?P<key>.+)(?P<mark>[%+])step(?P=mark)(?P<step>-?\d{1,18})(?P=mark)timestamp(?P=mark)(?P<at>\d{1,18})"
    r"(?P=mark)(?P<id>[\w-]{1,64}?)(?P<small>(?P=mark)compressed)?\.(?P<suffix>\w{1,8})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Without a size where the header tells none."""

    width: int = 0
    height: int = 0

    @property
    def is_drawn(self) -> bool:
        return self.width * self.height <= PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """A picture that was logged with a step. `key` is what it was logged as."""

    name: str
    key: str
    step: int
    logged_at: int
    is_small: bool


def with_size(preview: Preview, file: File) -> Preview:
    head = file.read(0, HEADER_BYTES)
    found = _format_of(head)
    if found is None:
        raise NotShowable(f"It does not begin as a picture does, although its name ends in “{file.suffix}”.")
    width, height = _size(found, head)
    return replace(preview, content=Picture(width=width, height=height))


def _format_of(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(b"BM"):
        return "BMP"
    return "AVIF" if head[4:8] == b"ftyp" else None


def _size(kind: str, head: bytes) -> tuple[int, int]:
    """0, 0 where the header is not understood: a picture that is cut short is still drawn as far as it goes."""
    try:
        if kind == "PNG":
            return struct.unpack_from(">II", head, 16)
        if kind == "GIF":
            return struct.unpack_from("<HH", head, 6)
        if kind == "BMP":
            width, height = struct.unpack_from("<ii", head, 18)
            return abs(width), abs(height)
        if kind == "JPEG":
            return _jpeg_size(head)
        return _webp_size(head) if kind == "WebP" else _avif_size(head)
    except struct.error:
        return 0, 0


def _jpeg_size(head: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        if head[at + 1] in _SOF:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 1 if head[at + 1] == 0xFF else 2 + struct.unpack_from(">H", head, at + 2)[0]
    return 0, 0


def _webp_size(head: bytes) -> tuple[int, int]:
    chunk = head[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = struct.unpack_from("<I", head, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def _avif_size(head: bytes) -> tuple[int, int]:
    """The largest picture the file announces."""
    sizes = [struct.unpack_from(">II", head, found.end() + 4) for found in re.finditer(rb"ispe", head[:-16])]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def stepped(name: str) -> Stepped | None:
    found = _STEPPED.fullmatch(name)
    if not found:
        return None
    key = found["key"].replace("#" if found["mark"] == "%" else "~", "/")
    return Stepped(
        name=name, key=key, step=int(found["step"]), logged_at=int(found["at"]), is_small=bool(found["small"])
    )  # fmt: skip


def steps_of(name: str, names: Iterable[str]) -> list[Stepped]:
    """The pictures of the same key in their order, this one included; small copies only for a small copy."""
    own = stepped(name)
    if own is None:
        return []
    others = [
        other for other in map(stepped, names) if other and (other.key, other.is_small) == (own.key, own.is_small)
    ]
    return sorted(others, key=lambda other: (other.step, other.logged_at, other.name))
