"""Bytes of unknown origin as text: what they are encoded in, and where their lines end, for any stretch of a file."""

import codecs
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SNIFFED = 8_192


@dataclass(frozen=True, slots=True)
class Encoding:
    name: str = "utf-8"
    mark: int = 0  # bytes of the byte order mark

    @property
    def unit(self) -> int:
        return 1 if self.name == "utf-8" else 2

    def decode(self, data: bytes) -> str:
        return data.decode(self.name, errors="replace")

    def split(self, data: bytes) -> list[bytes]:
        """The lines with their ends. In UTF-8 a lone carriage return ends a line too, as progress bars write it."""
        if self.unit == 1:
            return data.splitlines(keepends=True)
        end = "\n".encode(self.name)
        lines, start, at = [], 0, data.find(end)
        while at >= 0:
            if at % 2 == 0:
                lines.append(data[start : at + 2])
                start = at + 2
            at = data.find(end, at + 1)
        return [*lines, data[start:]] if start < len(data) else lines

    def is_ended(self, line: bytes) -> bool:
        if self.unit == 1:
            return line.endswith((b"\n", b"\r"))
        return len(line) % 2 == 0 and line.endswith("\n".encode(self.name))

    def pieces(self, line: bytes, length: int) -> list[bytes]:
        """A line in stretches of about `length` bytes, none of which cuts a character."""
        if len(line) <= length:
            return [line]
        found, start = [], 0
        while start < len(line):
            end = min(start + length, len(line))
            while self.unit == 1 and start < end < len(line) and end > start + length - 4 and line[end] & 0xC0 == 0x80:
                end -= 1
            found.append(line[start:end])
            start = end
        return found


def encoding_of(head: bytes, *, is_cut: bool, is_expected: bool) -> Encoding | None:
    """None when it is no text. A file that calls itself text may hold some broken characters, others may not."""
    found = next((Encoding(name, len(mark)) for mark, name in _BOMS if head.startswith(mark)), Encoding())
    if found.unit == 2:
        return found
    if b"\x00" in head[:_SNIFFED]:
        return None
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace" if is_expected else "strict")
    try:
        text = decoder.decode(head, final=not is_cut)
    except UnicodeDecodeError:
        return None
    start = text[:4096]
    odd = sum(1 for character in start if character < " " and character not in "\t\n\r\f\x1b")
    return found if odd <= len(start) // 20 or is_expected else None
