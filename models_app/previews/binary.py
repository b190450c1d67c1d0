"""What a file without text is, by its name and its first bytes, and its bytes as numbers."""

from dataclasses import dataclass, replace

from models_app.previews.files import Ask, File, Pager, Preview

BYTES = 4_096
BRIEF_BYTES = 256

# fmt: off
_SIGNATURES = (
    (b"PK\x03\x04", "ZIP archive"), (b"PK\x05\x06", "ZIP archive"), (b"\x1f\x8b", "gzip archive"),
    (b"BZh", "bzip2 archive"), (b"\xfd7zXZ", "xz archive"), (b"(\xb5/\xfd", "Zstandard archive"),
    (b"\x93NUMPY", "NumPy array"), (b"PAR1", "Parquet table"), (b"ARROW1", "Arrow table"),
    (b"\x89HDF\r\n", "HDF5 file"), (b"SQLite format 3\x00", "SQLite database"), (b"\x7fELF", "program"),
    (b"GGUF", "GGUF model"),
)
_BY_SUFFIX = {
    ".pkl": "Python pickle", ".pickle": "Python pickle", ".joblib": "joblib pickle", ".onnx": "ONNX model",
    ".safetensors": "safetensors weights", ".pt": "PyTorch file", ".pth": "PyTorch file", ".skops": "skops model",
    ".keras": "Keras model", ".h5": "HDF5 file", ".parquet": "Parquet table", ".npy": "NumPy array",
    ".npz": "NumPy arrays", ".ubj": "XGBoost model", ".gguf": "GGUF model", ".tflite": "TensorFlow Lite model",
    ".pb": "Protocol Buffers file", ".zip": "ZIP archive", ".jar": "Java archive", ".whl": "Python wheel",
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """Rows of offset, bytes in hexadecimal, characters."""

    rows: tuple[tuple[str, str, str], ...]
    label: str
    is_brief: bool = False


def label_of(file: File, head: bytes) -> str:
    by_content = next((label for start, label in _SIGNATURES if head.startswith(start)), "")
    return _BY_SUFFIX.get(file.suffix) or by_content or "binary file"


def brief(preview: Preview, file: File) -> Preview:
    return replace(preview, content=_bytes(file, 0, BRIEF_BYTES, is_brief=True))


def paged(preview: Preview, file: File, ask: Ask) -> Preview:
    start = min(ask.at or 0, max(0, file.size - 1)) // 16 * 16
    end = start + BYTES
    last = (file.size - 1) // BYTES * BYTES
    pager = Pager(
        first=ask.query() if start else "",
        previous=ask.query(at=max(0, start - BYTES)) if start else "",
        next=ask.query(at=end) if end < file.size else "",
        last=ask.query(at=last) if end < file.size else "",
        label=f"Bytes {start:,}–{min(end, file.size) - 1:,} of {file.size:,}",
    )
    return replace(preview, content=_bytes(file, start, BYTES), pager=pager)


def _bytes(file: File, start: int, length: int, *, is_brief: bool = False) -> Bytes:
    data = file.read(start, length)
    rows = [(start + at, data[at : at + 16]) for at in range(0, len(data), 16)]
    shown = tuple((f"{at:08x}", row.hex(" "), _ascii(row)) for at, row in rows)
    return Bytes(rows=shown, label=label_of(file, file.read(0, 16)), is_brief=is_brief)


def _ascii(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
