"""A GGUF model by its header: what it says of itself, and its tensors."""

import struct
from dataclasses import replace

from models_app.previews import tensors
from models_app.previews.files import Ask, File, NotShowable, Preview
from models_app.previews.rows import cut
from models_app.previews.tensors import Tensor
from models_app.previews.windows import OutOfFile, TooFar, Window

MAGIC = b"GGUF"
REQUESTS = 24
VALUES = 400_000
_SHOWN_TEXT = 300
_STRING, _ARRAY = 8, 9
_FORMATS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
# fmt: off
_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 30: "BF16",
}
# fmt: on


class _Header:
    def __init__(self, window: Window) -> None:
        self.window = window
        self.facts: list[tuple[str, str]] = []
        self.tensors: list[Tensor] = []
        self._left = VALUES

    def number(self, form: str) -> int | float | bool:
        found: int | float | bool = struct.unpack(form, self.window.take(struct.calcsize(form)))[0]
        return found

    def count(self, form: str = "<Q") -> int:
        return int(self.number(form))

    def text(self) -> str:
        length = self.count()
        shown = self.window.take(min(length, _SHOWN_TEXT)).decode(errors="replace")
        self.window.skip(max(0, length - _SHOWN_TEXT))
        return shown if length <= _SHOWN_TEXT else shown + "…"

    def value(self, kind: int) -> str:
        self._left -= 1
        if self._left < 0:
            raise TooFar
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self._array()
        if kind not in _FORMATS:
            raise OutOfFile("it holds a value of no known kind")
        return str(self.number(_FORMATS[kind]))

    def _array(self) -> str:
        kind, length = self.count("<I"), self.count()
        if kind in _FORMATS:
            self.window.skip(length * struct.calcsize(_FORMATS[kind]))
        elif kind == _STRING:
            for _ in range(length):
                self.value(kind)
        else:
            raise OutOfFile("it holds lists of lists")
        return f"{length:,} values"


def with_header(preview: Preview, file: File, ask: Ask) -> Preview:
    header = _Header(Window(file, requests=REQUESTS))
    warning = ""
    try:
        _read(header)
    except TooFar:
        warning = "Its header is too long to be read whole: what is listed is its beginning."
    except OutOfFile as error:
        warning = f"It can't be read further: {error}."
    if not header.facts:
        raise NotShowable("It can't be read as a GGUF model; its bytes are shown.")
    return tensors.shown(preview, ask, "GGUF model", header.facts, header.tensors, warning=warning)


def _read(header: _Header) -> None:
    header.window.skip(len(MAGIC))
    version, tensor_count, value_count = header.count("<I"), header.count(), header.count()
    header.facts.append(("GGUF version", str(version)))
    for _ in range(value_count):
        key = header.text()
        header.facts.append((key, cut(header.value(header.count("<I")))))
    for _ in range(tensor_count):
        name = header.text()
        shape = tuple(header.count() for _ in range(min(header.count("<I"), 32)))
        kind = header.count("<I")
        header.count()  # where its values start
        tensor = Tensor(name=name, dtype=_TYPES.get(kind, f"type {kind}"), shape=shape)
        bits = {"F32": 32, "F16": 16, "BF16": 16, "F64": 64}.get(tensor.dtype, 0)
        header.tensors.append(replace(tensor, size=tensor.count * bits // 8))
