"""What a page can show of a file: reads its head only, bounds everything it shows, and survives any content."""

import codecs
import posixpath
from dataclasses import dataclass, replace
from html import escape

from django.utils.safestring import SafeString, mark_safe

from models_app import markdown, tables
from models_app.downloads import content_type_of, is_shown, is_text
from models_app.errors import DoesNotExist, InvalidValue
from models_app.model_files import MLMODEL, ModelFacts, parse_mlmodel
from models_app.storage.interface import ArtifactInfo, ArtifactStore

HEAD_BYTES = 512 * 1024
SHOWN_CHARACTERS = 128 * 1024
SHOWN_LINES = 1_500
LINE_CHARACTERS = 4_000
HEX_BYTES = 256

_PAGES = {"text/html": "html", "application/xhtml+xml": "html", "image/svg+xml": "svg"}

# fmt: off
_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".r": "r", ".jl": "julia", ".java": "java", ".scala": "scala", ".go": "go",
    ".rs": "rust", ".c": "c", ".h": "c", ".cpp": "cpp", ".cu": "cuda", ".js": "javascript", ".mjs": "javascript",
    ".ts": "typescript", ".css": "css", ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "xml", ".svg": "xml",
    ".json": "json", ".jsonl": "json", ".ipynb": "json", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml",
    ".ini": "ini", ".cfg": "ini", ".sh": "bash", ".bash": "bash", ".ps1": "powershell", ".sql": "sql", ".tex": "latex",
    ".diff": "diff", ".patch": "diff", ".proto": "protobuf", ".rb": "ruby", ".lua": "lua", ".md": "markdown",
}
_LANGUAGE_OF_NAME = {"MLmodel": "yaml", "Dockerfile": "docker", "Makefile": "make"}
_SIGNATURES = (
    (b"PK\x03\x04", "ZIP archive"), (b"\x1f\x8b", "gzip archive"), (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ", "xz archive"), (b"(\xb5/\xfd", "Zstandard archive"), (b"\x93NUMPY", "NumPy array"),
    (b"PAR1", "Parquet table"), (b"ARROW1", "Arrow table"), (b"\x89HDF\r\n", "HDF5 file"),
    (b"SQLite format 3\x00", "SQLite database"), (b"\x7fELF", "program"),
)
_BY_SUFFIX = {
    ".pkl": "Python pickle", ".pickle": "Python pickle", ".joblib": "joblib pickle", ".onnx": "ONNX model",
    ".safetensors": "safetensors weights", ".pt": "PyTorch file", ".pth": "PyTorch file", ".skops": "skops model",
    ".keras": "Keras model", ".h5": "HDF5 file", ".parquet": "Parquet table", ".npy": "NumPy array",
    ".npz": "NumPy arrays", ".ubj": "XGBoost model", ".gguf": "GGUF model", ".tflite": "TensorFlow Lite model",
    ".pb": "Protocol Buffers file",
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`kind` says which of the other fields are filled: lines (text, code, json, html, svg, mlmodel), html (markdown),
    columns and rows (table), facts (mlmodel), hex_rows (binary); image, svg, html, pdf, audio and video are shown by
    the browser from the file's own address."""

    kind: str
    name: str
    path: str
    size: int
    content_type: str
    lines: tuple[SafeString, ...] = ()
    html: SafeString | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    facts: ModelFacts | None = None
    hex_rows: tuple[tuple[str, str, str], ...] = ()  # offset, bytes, characters
    is_truncated: bool = False
    note: str = ""


def preview(store: ArtifactStore, path: str, info: ArtifactInfo | None = None) -> Preview:
    """`info` is what the store said of the file, if it was asked already."""
    info = info or store.stat(path)
    if info is None:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    if info.is_dir or info.size is None:
        raise InvalidValue(f"{path!r} is a folder.", field="path")
    kind = content_type_of(info.name)
    blank = Preview(kind="binary", name=info.name, path=info.path, size=info.size, content_type=kind)
    if info.size == 0:
        return replace(blank, kind="text", note="This file is empty.")
    if is_shown(info.name):
        return replace(blank, kind="pdf" if kind == "application/pdf" else kind.partition("/")[0])
    head = _head(store, info.path)
    text = _decoded(head, is_cut=info.size > len(head), is_expected=is_text(info.name) or kind in _PAGES)
    if text is None:
        return _binary(blank, head)
    return _of_text(replace(blank, is_truncated=info.size > len(head)), text, head)


def _head(store: ArtifactStore, path: str) -> bytes:
    with store.open(path, 0, HEAD_BYTES) as stream:
        blocks = []
        while block := stream.read(HEAD_BYTES):
            blocks.append(block)
    return b"".join(blocks)


def _decoded(head: bytes, *, is_cut: bool, is_expected: bool) -> str | None:
    """None when it is no text. A file that calls itself text may hold some broken characters, others may not."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="replace")
    if b"\x00" in head[:8192]:
        return None
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace" if is_expected else "strict")
    try:
        text = decoder.decode(head, final=not is_cut)
    except UnicodeDecodeError:
        return None
    start = text[:4096]
    odd = sum(1 for character in start if character < " " and character not in "\t\n\r\f\x1b")
    return text if odd <= len(start) // 20 or is_expected else None


def _of_text(blank: Preview, text: str, head: bytes) -> Preview:
    suffix = posixpath.splitext(blank.name)[1].lower()
    language = _LANGUAGE_OF_NAME.get(blank.name) or _LANGUAGES.get(suffix, "")
    if blank.name == MLMODEL:
        return _with_lines(replace(blank, kind="mlmodel", facts=parse_mlmodel(head)), text, language)
    if page := _PAGES.get(blank.content_type):
        return _with_lines(replace(blank, kind=page), text, language)
    if suffix in {".csv", ".tsv"}:
        return _with_table(blank, tables.read_csv(text, is_cut=blank.is_truncated, is_tabbed=suffix == ".tsv"), text)
    if suffix == ".json":
        return _of_json(blank, text)
    if suffix == ".md":
        return _of_markdown(blank, text)
    return _with_lines(replace(blank, kind="code" if language else "text"), text, language)


def _of_json(blank: Preview, text: str) -> Preview:
    if table := tables.read_json_table(text, is_cut=blank.is_truncated):
        return _with_table(blank, table, text)
    pretty = None if blank.is_truncated else tables.pretty_json(text, SHOWN_CHARACTERS)
    if pretty is None:
        note = "" if blank.is_truncated else "This is not valid JSON, so it is shown as it is."
        return _with_lines(replace(blank, kind="code", note=note), text, "json")
    return _with_lines(replace(blank, kind="json"), pretty, "json")


def _of_markdown(blank: Preview, text: str) -> Preview:
    try:
        html = mark_safe(markdown.convert(text))  # noqa: S308 - the sanitizer's output
    except markdown.RenderingFailed as failure:
        note = f"Shown as it was written, because it could not be rendered ({failure})."
        return _with_lines(replace(blank, kind="code", note=note), text, "markdown")
    return replace(blank, kind="markdown", html=html)


def _with_table(blank: Preview, table: tables.Table | None, text: str) -> Preview:
    if table is None:
        return _with_lines(replace(blank, kind="text"), text, "")
    return replace(
        blank, kind="table", columns=table.columns, rows=table.rows,
        is_truncated=blank.is_truncated or table.is_truncated, note=table.note,
    )  # fmt: skip


def _with_lines(blank: Preview, text: str, language: str) -> Preview:
    """The first lines, highlighted when a language is known and quick enough, escaped otherwise."""
    lines = text[:SHOWN_CHARACTERS].replace("\x00", "\ufffd").splitlines()
    is_truncated = blank.is_truncated or len(text) > SHOWN_CHARACTERS or len(lines) > SHOWN_LINES
    if is_truncated and len(lines) > 1 and len(lines) <= SHOWN_LINES:
        lines.pop()  # the cut may have gone through it
    shown = [line if len(line) <= LINE_CHARACTERS else line[:LINE_CHARACTERS] + "…" for line in lines[:SHOWN_LINES]]
    is_truncated = is_truncated or any(len(line) > LINE_CHARACTERS for line in lines)
    return replace(blank, lines=_marked_up(shown, language), is_truncated=is_truncated)


def _marked_up(lines: list[str], language: str) -> tuple[SafeString, ...]:
    if language:
        try:
            html = markdown.highlight("\n".join(lines) + "\n", language).split("\n")[:-1]
        except markdown.RenderingFailed:
            html = []
        if len(html) == len(lines):
            return tuple(mark_safe(line) for line in html)  # noqa: S308 - Pygments escapes all text
    return tuple(mark_safe(escape(line)) for line in lines)  # noqa: S308 - escaped here


def _binary(blank: Preview, head: bytes) -> Preview:
    by_content = next((label for start, label in _SIGNATURES if head.startswith(start)), "")
    label = _BY_SUFFIX.get(posixpath.splitext(blank.name)[1].lower()) or by_content or "binary file"
    rows = [(start, head[start : start + 16]) for start in range(0, min(HEX_BYTES, len(head)), 16)]
    return replace(
        blank, note=label, hex_rows=tuple((f"{start:08x}", row.hex(" "), _ascii(row)) for start, row in rows)
    )


def _ascii(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
