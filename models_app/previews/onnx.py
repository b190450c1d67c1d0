"""An ONNX model by its outline: inputs, outputs, operators and weights, out of the fields of its Protocol Buffers.

The reader is our own: the onnx package weighs 27 MB and parses all of a file, and what is wanted are a dozen fields.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from models_app.previews import tensors
from models_app.previews.files import Ask, File, NotShowable, Preview
from models_app.previews.rows import cut
from models_app.previews.tensors import Tensor
from models_app.previews.windows import OutOfFile, TooFar, Window

REQUESTS = 64
FIELDS = 80_000
_BLOCK = 32 * 1024
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# fmt: off
_TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
    10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
    17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4",
}
_BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16}
# fmt: on


class _Outline:
    """What the walk through the file has found so far."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.facts: dict[str, str] = {}
        self.opsets: list[str] = []
        self.ports: list[tuple[str, str]] = []
        self.operators: Counter[str] = Counter()
        self.weights: list[Tensor] = []
        self._left = FIELDS

    def fields(self, end: int) -> Iterator[tuple[int, int, int]]:
        """Number, kind and value of each field; for bytes the value is their length, and the window stands before them.

        Whatever the caller leaves of those is passed over.
        """
        while self.window.at < end:
            self._left -= 1
            if self._left < 0:
                raise TooFar
            key = self.varint()
            number, kind = key >> 3, key & 7
            if kind == _VARINT:
                yield number, kind, self.varint()
            elif kind in {_FIXED64, _FIXED32}:
                self.window.skip(8 if kind == _FIXED64 else 4)
            elif kind == _BYTES:
                length = self.varint()
                behind = self.window.at + length
                if behind > end:
                    raise OutOfFile("a field is longer than what holds it")
                yield number, kind, length
                self.window.at = behind
            else:
                raise OutOfFile("it holds a field of no known kind")

    def varint(self) -> int:
        value = shift = 0
        while shift < 64:
            byte = self.window.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise OutOfFile("a number has no end")

    def text(self, length: int) -> str:
        return cut(self.window.take(min(length, 1_200)).decode(errors="replace"))


def with_outline(preview: Preview, file: File, ask: Ask) -> Preview:
    outline = _Outline(Window(file, block=_BLOCK, requests=REQUESTS))
    warning = ""
    try:
        _model(outline, file.size)
    except TooFar:
        warning = "The model is too large to be walked through whole: what is listed is its beginning."
    except OutOfFile as error:
        if not outline.facts and not outline.operators:
            raise NotShowable("It can't be read as an ONNX model; its bytes are shown.") from error
        warning = f"It can't be read further: {error}."
    if not outline.operators and not outline.ports:
        raise NotShowable("It can't be read as an ONNX model; its bytes are shown.")
    operators = ", ".join(f"{name} {count:,}" for name, count in outline.operators.most_common(12))
    facts = [
        *outline.facts.items(),
        ("Operator sets", ", ".join(outline.opsets)),
        *outline.ports,
        ("Operators", f"{outline.operators.total():,}: {operators}" if operators else ""),
    ]
    return tensors.shown(preview, ask, "ONNX model", facts, outline.weights, warning=warning)


def _model(outline: _Outline, end: int) -> None:
    texts = {2: "Producer", 3: "Producer version", 4: "Domain", 6: "Description"}
    numbers = {1: "IR version", 5: "Model version"}
    for number, kind, value in outline.fields(end):
        if kind == _BYTES and number in texts:
            outline.facts[texts[number]] = outline.text(value)
        elif kind == _VARINT and number in numbers:
            outline.facts[numbers[number]] = str(value)
        elif kind == _BYTES and number == 7:
            _graph(outline, outline.window.at + value)
        elif kind == _BYTES and number == 8 and len(outline.opsets) < 20:
            outline.opsets.append(_opset(outline, outline.window.at + value))


def _opset(outline: _Outline, end: int) -> str:
    domain, version = "ai.onnx", 0
    for number, kind, value in outline.fields(end):
        if number == 1 and kind == _BYTES:
            domain = outline.text(value) or domain
        elif number == 2 and kind == _VARINT:
            version = value
    return f"{domain} {version}"


def _graph(outline: _Outline, end: int) -> None:
    for number, kind, value in outline.fields(end):
        behind = outline.window.at + value
        if kind != _BYTES:
            continue
        if number == 1:
            outline.operators[_operator(outline, behind)] += 1
        elif number == 2:
            outline.facts["Graph"] = outline.text(value)
        elif number == 5:
            outline.weights.append(_weight(outline, behind))
        elif number in {11, 12} and len(outline.ports) < 40:
            outline.ports.append(("Input" if number == 11 else "Output", _port(outline, behind)))


def _operator(outline: _Outline, end: int) -> str:
    name = ""
    for number, kind, value in outline.fields(end):
        if number == 4 and kind == _BYTES:
            name = outline.text(value)
    return name or "unnamed"


def _weight(outline: _Outline, end: int) -> Tensor:
    name, dtype, shape = "", 0, list[int]()
    for number, kind, value in outline.fields(end):
        if number == 1 and kind == _VARINT:
            shape.append(value)
        elif number == 1 and kind == _BYTES:
            shape += _packed(outline, value)
        elif number == 2 and kind == _VARINT:
            dtype = value
        elif number == 8 and kind == _BYTES:
            name = outline.text(value)
    tensor = Tensor(name=name, dtype=_TYPES.get(dtype, f"type {dtype}"), shape=tuple(shape[:32]))
    return replace(tensor, size=tensor.count * _BITS.get(dtype, 0) // 8)


def _packed(outline: _Outline, length: int) -> list[int]:
    end, found = outline.window.at + min(length, 320), []
    while outline.window.at < end:
        found.append(outline.varint())
    return found


def _port(outline: _Outline, end: int) -> str:
    """A name, an element type and a shape whose lengths may be names."""
    name, dtype, shape = "", "", list[str]()
    for number, kind, value in outline.fields(end):
        if number == 1 and kind == _BYTES:
            name = outline.text(value)
        elif number == 2 and kind == _BYTES:
            dtype, shape = _type(outline, outline.window.at + value)
    lengths = ", ".join(shape)
    return f"{name}: {dtype} [{lengths}]" if shape else f"{name}: {dtype}"


def _type(outline: _Outline, end: int) -> tuple[str, list[str]]:
    dtype, shape = "", list[str]()
    for number, kind, value in outline.fields(end):
        if kind != _BYTES or number != 1:
            continue
        for inner, inner_kind, inner_value in outline.fields(outline.window.at + value):
            if inner == 1 and inner_kind == _VARINT:
                dtype = _TYPES.get(inner_value, f"type {inner_value}")
            elif inner == 2 and inner_kind == _BYTES:
                shape = _lengths(outline, outline.window.at + inner_value)
    return dtype, shape


def _lengths(outline: _Outline, end: int) -> list[str]:
    found: list[str] = []
    for number, kind, value in outline.fields(end):
        if number != 1 or kind != _BYTES or len(found) == 32:
            continue
        length = "?"
        for inner, inner_kind, inner_value in outline.fields(outline.window.at + value):
            if inner == 1 and inner_kind == _VARINT:
                length = str(inner_value)
            elif inner == 2 and inner_kind == _BYTES:
                length = outline.text(inner_value)
        found.append(length)
    return found
