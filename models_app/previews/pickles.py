"""What a pickle would import and call, from its opcodes alone: it is never loaded, since loading one runs its code."""

import bz2
import io
import lzma
import pickletools
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import IO, Any, cast

from models_app.previews import archives
from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Pager, Preview
from models_app.previews.windows import TooFar, Window

OPCODES = 100_000
SHOWN_OPCODES = 500
SHOWN_IMPORTS = 1_000
UNPACKED_BYTES = 8 * 1024 * 1024
TEXT = 160
_COMPUTED = "(computed)"  # a name that no text in the file spells
_PERSISTENT = "persistent object"

_STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"}
_KEEPS = {"PUT", "BINPUT", "LONG_BINPUT"}
_GETS = {"GET", "BINGET", "LONG_BINGET"}
_CALLS = {"REDUCE", "NEWOBJ", "NEWOBJ_EX", "OBJ", "INST", "BUILD"}
_EXTENSIONS = {"EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}

# fmt: off
_DANGEROUS_MODULES = {
    "os", "posix", "nt", "ntpath", "posixpath", "subprocess", "sys", "shutil", "socket", "ctypes", "pty", "runpy",
    "importlib", "code", "codeop", "commands", "webbrowser", "pickle", "asyncio", "multiprocessing", "signal",
    "requests", "urllib", "http", "ftplib", "smtplib", "telnetlib", "tempfile", "platform", "pip", "pdb", "bdb",
    "timeit", "cProfile", "profile", "trace", "venv", "zipimport", "marshal", "inspect", "gc", "linecache", "pkgutil",
    "site", "ssl", "sqlite3", "fileinput", "distutils", "setuptools", "imp", "ensurepip", "idlelib", "lib2to3",
}
_DANGEROUS_PARTS = {
    "os", "subprocess", "sys", "system", "popen", "eval", "exec", "testing", "distutils", "f2py", "importlib",
    "ctypes", "shutil", "socket", "pty", "runpy", "hub", "inductor",
}
_DANGEROUS_BUILTINS = {
    "eval", "exec", "compile", "execfile", "open", "input", "getattr", "setattr", "delattr", "__import__", "apply",
    "globals", "locals", "vars", "breakpoint", "memoryview", "map", "filter", "exit", "quit", "help",
}
_DANGEROUS_NAMES = {
    "operator.attrgetter", "operator.methodcaller", "operator.itemgetter", "functools.partial", "functools.reduce",
    "numpy.load", "torch.load", "joblib.load", "pandas.read_pickle", "io.open", "io.FileIO", "builtins.open",
}
_CODE = {"types.CodeType", "types.FunctionType", "types.LambdaType", "_codecs.decode"}
_USUAL = {
    "numpy", "scipy", "sklearn", "pandas", "xgboost", "lightgbm", "catboost", "torch", "torchvision", "tensorflow",
    "keras", "transformers", "statsmodels", "joblib", "collections", "copyreg", "copy_reg", "datetime", "decimal",
    "fractions", "uuid", "builtins", "__builtin__", "_codecs", "re", "_operator", "math", "random", "array", "enum",
    "mlflow", "pathlib", "PIL", "spacy", "nltk", "pyarrow", "polars", "imblearn", "category_encoders", "shap", "types",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Import:
    """`level` is danger, code, other or usual: what loading the pickle may mean for whoever does it."""

    module: str
    name: str
    count: int
    level: str


@dataclass(frozen=True, slots=True)
class Opcode:
    at: int
    name: str
    argument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    imports: tuple[Import, ...]
    opcodes: int
    calls: int
    protocol: int
    size: int
    packing: str = ""
    left_out: int = 0

    @property
    def worst(self) -> str:
        levels = {found.level for found in self.imports}
        return next((level for level in ("danger", "code", "other") if level in levels), "usual")


@dataclass(slots=True)
class _Scan:
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    opcodes: int = 0
    calls: int = 0
    protocol: int = 0
    end: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Source:
    """What the opcodes are read from, and what that was packed in."""

    stream: Any
    size: int
    packing: str = ""
    is_cut: bool = False


def with_imports(preview: Preview, file: File) -> Preview:
    source = _source(file)
    scan = _Scan()
    for _ in _opcodes(source, scan):
        pass
    if not scan.opcodes or (scan.opcodes < 2 and scan.problem):
        raise NotShowable("It is no pickle, although its name says so; its bytes are shown.")
    found = [Import(module, name, count, _level(module, name)) for (module, name), count in scan.names.items()]
    order = ["danger", "code", "other", "usual"]
    found.sort(key=lambda entry: (order.index(entry.level), entry.module, entry.name))
    content = Imports(
        imports=tuple(found[:SHOWN_IMPORTS]), opcodes=scan.opcodes, calls=scan.calls, protocol=scan.protocol,
        size=scan.end, packing=source.packing, left_out=max(0, len(found) - SHOWN_IMPORTS),
    )  # fmt: skip
    return replace(preview, content=content, warning=scan.problem)


def with_opcodes(preview: Preview, file: File, ask: Ask) -> Preview:
    scan = _Scan()
    shown: list[Opcode] = []
    for number, (name, argument, at) in enumerate(_opcodes(_source(file), scan)):
        if number < ask.start:
            continue
        if len(shown) == SHOWN_OPCODES:
            break
        shown.append(Opcode(at, name, _text(argument)))
    if not shown and not ask.start:
        raise NotShowable("It is no pickle, although its name says so; its bytes are shown.")
    start = ask.start
    has_more = len(shown) == SHOWN_OPCODES
    pager = Pager(
        first=ask.query() if start else "",
        previous=ask.query(**{"from": max(0, start - SHOWN_OPCODES) or ""}) if start else "",
        next=ask.query(**{"from": start + SHOWN_OPCODES}) if has_more else "",
        label=f"Opcodes {start + 1:,}–{start + len(shown):,}" if shown else "",
    )
    return replace(preview, content=tuple(shown), pager=pager, warning="" if has_more else scan.problem)


def _source(file: File) -> _Source:
    """The pickle itself, the one within a PyTorch archive, or what is packed as joblib packs."""
    head = file.head[:8]
    if head.startswith(archives.SIGNATURES):
        return _within_archive(file)
    for start, packing, unpack in _PACKINGS:
        if head.startswith(start):
            return _unpacked(file, packing, unpack)
    return _Source(Window(file), file.size)


def _within_archive(file: File) -> _Source:
    entries, _ = archives.entries_of(file, archives.directory_of(file))
    found = next((entry for entry in entries if entry.name == "data.pkl" or entry.name.endswith("/data.pkl")), None)
    data = archives.beginning_of(file, found, UNPACKED_BYTES) if found else b""
    if not data or found is None:
        raise OfOtherKind
    return _Source(io.BytesIO(data), len(data), found.name, is_cut=len(data) < found.size)


def _unpacked(file: File, packing: str, unpack: Any) -> _Source:
    packed = file.read(0, UNPACKED_BYTES)
    try:
        data = unpack().decompress(packed, UNPACKED_BYTES)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        raise NotShowable(f"It is packed with {packing} and can't be unpacked; its bytes are shown.") from error
    return _Source(io.BytesIO(data), len(data), packing, is_cut=len(packed) < file.size or len(data) == UNPACKED_BYTES)


_PACKINGS: tuple[tuple[bytes, str, Any], ...] = (
    (b"\x1f\x8b", "gzip", lambda: zlib.decompressobj(31)),
    (b"x\x01", "zlib", zlib.decompressobj),
    (b"x\x5e", "zlib", zlib.decompressobj),
    (b"x\x9c", "zlib", zlib.decompressobj),
    (b"x\xda", "zlib", zlib.decompressobj),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", "xz", lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024)),
    (b"\x5d\x00\x00", "LZMA", lambda: lzma.LZMADecompressor(memlimit=256 * 1024 * 1024)),
)


def _opcodes(source: _Source, scan: _Scan) -> Iterator[tuple[str, Any, int]]:
    """Each opcode with its argument and place; what they import goes into `scan`, with why it is not all."""
    tracker = _Tracker(scan)
    try:
        while True:  # one pickle may follow the other
            for opcode, argument, at in pickletools.genops(cast("IO[bytes]", source.stream)):
                scan.opcodes += 1
                scan.end = source.stream.tell()
                tracker.follow(opcode.name, argument)
                yield opcode.name, argument, at or 0
                if scan.opcodes >= OPCODES:
                    scan.problem = f"Only the first {OPCODES:,} opcodes were read: there may be more imports behind."
                    return
                if opcode.name == "BUILD" and tracker.holds_raw_arrays:
                    scan.problem = _RAW
                    return
            if scan.end >= source.size:
                return
            tracker = _Tracker(scan)
    except TooFar:
        scan.problem = f"Only its first {scan.end:,} bytes were read: there may be more imports behind."
    except (ValueError, TypeError, KeyError, AttributeError, UnicodeError, OverflowError) as error:
        # pickletools raises whatever its readers meet in a broken file.
        read = f"after {scan.end:,} bytes"
        cut = f"Only the beginning was unpacked: what follows {read} was not read."
        scan.problem = cut if source.is_cut else f"It can't be read further {read} ({str(error)[:TEXT]})."


_RAW = "The raw values of an array follow here, as joblib writes them. What the file imports behind them is not listed."


class _Tracker:
    """Knows which texts lie on the pickle's stack, as far as that takes to name what it imports."""

    def __init__(self, scan: _Scan) -> None:
        self._scan = scan
        self._texts: list[str | None] = []
        self._memo: dict[int, str | None] = {}
        self.holds_raw_arrays = False

    def follow(self, name: str, argument: Any) -> None:
        if name == "PROTO":
            self._scan.protocol = max(self._scan.protocol, int(argument))
        elif name in _STRINGS:
            self._push(str(argument)[:500])
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._texts[-1] if self._texts else None
        elif name in _KEEPS:
            self._memo[int(argument)] = self._texts[-1] if self._texts else None
        elif name in _GETS:
            self._push(self._memo.get(int(argument)))
        elif name in {"GLOBAL", "INST"}:
            module, _, attribute = str(argument).partition(" ")
            self._import(module, attribute)
        elif name == "STACK_GLOBAL":
            given = self._texts[-2:] if len(self._texts) > 1 else [None, None]
            self._import(given[0] or _COMPUTED, given[1] or _COMPUTED)
        elif name in _EXTENSIONS:
            self._import(_COMPUTED, _PERSISTENT if "PERS" in name else f"extension {argument}")
        elif name != "FRAME":
            self._push(None)
        if name in _CALLS:
            self._scan.calls += 1

    def _push(self, text: str | None) -> None:
        self._texts.append(text)
        if len(self._texts) > 64:
            del self._texts[:32]

    def _import(self, module: str, name: str) -> None:
        self._push(None)
        self.holds_raw_arrays = self.holds_raw_arrays or name == "NumpyArrayWrapper"
        if len(self._scan.names) < 50_000:
            self._scan.names[module[:TEXT], name[:TEXT]] += 1


def _level(module: str, name: str) -> str:
    full = f"{module}.{name}"
    top = module.partition(".")[0]
    if name == _PERSISTENT:
        return "usual"
    if module in {"builtins", "__builtin__"}:
        return "danger" if name.partition(".")[0] in _DANGEROUS_BUILTINS or "." in name else "usual"
    parts = {part.lstrip("_") for part in full.split(".")}
    is_dangerous = top.lstrip("_") in _DANGEROUS_MODULES or full.lstrip("_") in _DANGEROUS_NAMES
    if module == _COMPUTED or is_dangerous or parts & _DANGEROUS_PARTS:
        return "danger"
    if full in _CODE or top in {"cloudpickle", "dill"}:
        return "code"
    # A dotted name walks from an object to whatever hangs on it.
    return "other" if "." in name or top not in _USUAL else "usual"


def _text(argument: Any) -> str:
    if argument is None:
        return ""
    if isinstance(argument, bytes | bytearray):
        shown = bytes(argument[:24])
        return f"{len(argument):,} bytes" + (f" {shown!r}" if shown else "")
    if isinstance(argument, str):
        return repr(argument[:TEXT])
    try:
        return str(argument)[:TEXT]
    except ValueError:  # an integer of very many digits
        return "…"
