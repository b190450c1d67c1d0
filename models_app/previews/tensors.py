"""Tensors by the headers of their files: names, types, shapes and counts; the values are never read."""

import ast
import math
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models_app.previews import archives, json_trees
from models_app.previews.files import Ask, File, NotShowable, Pager, Preview
from models_app.previews.rows import cut

SHOWN = 300
HEADER_BYTES = 8 * 1024 * 1024
MEMBERS = 24  # arrays of an archive whose headers are read: a request each
NUMPY = b"\x93NUMPY"
_NUMPY_HEADER = 8 * 1024
_BRACKETS = 60
# fmt: off
_BITS = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U64": 64, "U32": 32,
    "U16": 16, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8, "C64": 64, "F4": 4,
}
# fmt: on
_SIMPLE_TYPE = re.compile(r"[<>|=]?([a-zA-Z])(\d{0,6})(?:\[[\w, ]{0,20}\])?")
_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool", "S": "bytes", "U": "text", "O": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """`size` is 0 where the file does not tell it."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    size: int = 0

    @property
    def count(self) -> int:
        lengths = [length for length in self.shape if isinstance(length, int)]
        return math.prod(lengths) if len(lengths) == len(self.shape) else 0

    @property
    def shape_text(self) -> str:
        return " × ".join(str(length) for length in self.shape) or "scalar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """`facts` are what the header says besides, label and value."""

    label: str
    facts: tuple[tuple[str, str], ...]
    tensors: tuple[Tensor, ...]
    parameters: int
    is_weights: bool = True


def shown(
    preview: Preview, ask: Ask, label: str, facts: Iterable[tuple[str, str]], tensors: Sequence[Tensor],
    *, warning: str = "", is_weights: bool = True,
) -> Preview:  # fmt: skip
    """One page of the tensors, and what holds for all."""
    start = min(ask.start, max(0, len(tensors) - 1))
    pager = Pager()
    if len(tensors) > SHOWN:
        pager = Pager(
            first=ask.query() if start else "",
            previous=ask.query(**{"from": max(0, start - SHOWN) or ""}) if start else "",
            next=ask.query(**{"from": start + SHOWN}) if start + SHOWN < len(tensors) else "",
            label=f"{start + 1:,}–{min(start + SHOWN, len(tensors)):,} of {len(tensors):,}",
        )
    content = Tensors(
        label=label,
        facts=tuple((cut(name), cut(value)) for name, value in list(facts)[:60] if value),
        tensors=tuple(tensors[start : start + SHOWN]),
        parameters=sum(tensor.count for tensor in tensors),
        is_weights=is_weights,
    )
    return replace(preview, content=content, pager=pager, warning=warning)


def with_safetensors(preview: Preview, file: File, ask: Ask) -> Preview:
    if file.size < 8:
        raise NotShowable("It is too short for a file of safetensors.")
    length = struct.unpack("<Q", file.read(0, 8))[0]
    if length > min(file.size - 8, HEADER_BYTES):
        raise NotShowable(f"Its header says it is {length:,} bytes long, which can't be; its bytes are shown.")
    try:
        header = json_trees.loads(file.read(8, length))
    except (ValueError, RecursionError) as error:
        raise NotShowable("Its header is not the JSON it should be; its bytes are shown.") from error
    if not isinstance(header, dict):
        raise NotShowable("Its header is not the JSON it should be; its bytes are shown.")
    metadata = header.pop("__metadata__", None)
    facts = [(str(key), str(value)) for key, value in metadata.items()] if isinstance(metadata, dict) else []
    tensors = [_safetensor(str(name), entry) for name, entry in header.items() if isinstance(entry, dict)]
    return shown(preview, ask, "safetensors", facts, tensors)


def _safetensor(name: str, entry: dict[str, Any]) -> Tensor:
    dtype = str(entry.get("dtype", ""))[:20]
    tensor = Tensor(name=cut(name), dtype=dtype, shape=_shape(entry.get("shape")))
    return replace(tensor, size=tensor.count * _BITS.get(dtype, 0) // 8)


def _shape(value: Any) -> tuple[int, ...]:
    lengths = value[:32] if isinstance(value, list | tuple) else ()
    return tuple(length for length in lengths if isinstance(length, int) and 0 <= length < 2**63)


def with_array(preview: Preview, file: File, ask: Ask) -> Preview:
    tensor = _numpy(file.name, file.head[:_NUMPY_HEADER])
    if tensor is None:
        raise NotShowable("Its header can't be read; its bytes are shown.")
    return shown(preview, ask, "NumPy array", (), [tensor], is_weights=False)


def with_arrays(preview: Preview, file: File, ask: Ask) -> Preview:
    """An archive of arrays: a request for each header, so only of so many."""
    directory = archives.directory_of(file)
    entries, _ = archives.entries_of(file, directory)
    arrays = [entry for entry in entries if entry.name.endswith(".npy")]
    if not arrays:
        raise NotShowable("It holds no arrays; its bytes are shown.")
    tensors = []
    for entry in arrays[:MEMBERS]:
        found = _numpy(entry.name.removesuffix(".npy"), archives.beginning_of(file, entry, _NUMPY_HEADER))
        tensors.append(found or Tensor(name=entry.name, dtype="unknown", shape=(), size=entry.size))
    rest = arrays[MEMBERS:]
    tensors += [
        Tensor(name=cut(entry.name.removesuffix(".npy")), dtype="", shape=("…",), size=entry.size) for entry in rest
    ]
    note = f"The headers of the first {MEMBERS} arrays were read." if rest else ""
    return replace(shown(preview, ask, "NumPy arrays", (), tensors, is_weights=False), note=note)


def _numpy(name: str, head: bytes) -> Tensor | None:
    """The header is a Python expression: only its literals are read, and only so many."""
    if not head.startswith(NUMPY) or len(head) < 12:
        return None
    wide = head[6] > 1
    length = struct.unpack_from("<L" if wide else "<H", head, 8)[0]
    text = head[12 if wide else 10 :][:length]
    if len(text) < length or text.count(b"(") + text.count(b"[") + text.count(b"{") > _BRACKETS or b"-" in text[:1]:
        return None
    try:
        header = ast.literal_eval(text.decode("latin-1").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None
    if not isinstance(header, dict):
        return None
    dtype, bits = _numpy_type(header.get("descr"))
    tensor = Tensor(name=cut(name), dtype=dtype, shape=_shape(header.get("shape")))
    return replace(tensor, size=tensor.count * bits // 8)


def _numpy_type(descr: Any) -> tuple[str, int]:
    if isinstance(descr, list):
        return cut(", ".join(str(part[0]) for part in descr if isinstance(part, tuple) and part)), 0
    found = _SIMPLE_TYPE.fullmatch(str(descr)[:60])
    if not found:
        return cut(str(descr)), 0
    width = int(found[2] or 0) * (4 if found[1] == "U" else 1)
    is_plain = found[1] in "fiuc"
    return _KINDS.get(found[1], str(descr)) + (str(8 * width) if is_plain else ""), 8 * width
