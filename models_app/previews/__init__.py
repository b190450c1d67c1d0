"""What a page can show of a file: reads only what it shows, bounds everything it shows, and survives any content."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from models_app.downloads import is_shown, is_text
from models_app.errors import Conflict, DoesNotExist, InvalidValue
from models_app.model_files import MLMODEL
from models_app.previews import (
    archives,
    binary,
    code,
    delimited,
    documents,
    gguf,
    images,
    json_lines,
    logged_tables,
    maps,
    notebooks,
    onnx,
    parquet,
    pickles,
    tensors,
    text,
)
from models_app.previews.encodings import Encoding, encoding_of
from models_app.previews.files import Ask, File, NotShowable, OfOtherKind, Preview, View, blank
from models_app.storage.interface import ArtifactInfo, ArtifactStore, Overwritten

__all__ = ["Ask", "Preview", "output_of", "preview"]

ATTEMPTS = 3
_PICKLED = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".bin", ".sav", ".dill", ".cloudpickle"}
_TENSORS = {".safetensors": tensors.with_safetensors, ".onnx": onnx.with_outline}
_PAGES = {"text/html": "html", "application/xhtml+xml": "html", "image/svg+xml": "svg"}


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to show a file: `name` in addresses, `label` for people, `kind` of the preview that `show` fills."""

    name: str
    label: str
    kind: str
    show: Callable[[Preview, Ask], Preview]


def preview(store: ArtifactStore, path: str, info: ArtifactInfo | None = None, ask: Ask | None = None) -> Preview:
    """`info` is what the store said of the file, if it was asked already. A file that is overwritten while it is read
    is read from the start again."""
    for _ in range(ATTEMPTS):
        try:
            return _preview(store, path, info, ask or Ask())
        except Overwritten:
            info = None
    raise Conflict(f"{path!r} is being overwritten; ask again in a moment.", field="path")


def _preview(store: ArtifactStore, path: str, info: ArtifactInfo | None, ask: Ask) -> Preview:
    info = info or store.stat(path)
    if info is None:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    if info.is_dir or info.size is None:
        raise InvalidValue(f"{path!r} is a folder.", field="path")
    file = File(store, info)
    if not file.size:
        return blank(file, "text", note="This file is empty.")
    return _shown(file, _ways(file), ask)


def output_of(store: ArtifactStore, path: str, cell: int, output: int) -> notebooks.Picture:
    """What the output of a notebook's cell draws."""
    info = store.stat(path)
    found = notebooks.picture_of(File(store, info), cell, output) if info and not info.is_dir else None
    if found is None:
        raise DoesNotExist(f"There is no picture at output {output} of cell {cell} of {path!r}.", field="output")
    return found


def _shown(file: File, ways: list[_Way], ask: Ask) -> Preview:
    """The wanted view, else the first; when that is impossible the next plainer one, and why."""
    way = next((way for way in ways if way.name == ask.view), ways[0])
    ask = replace(ask, view="" if way is ways[0] else way.name)
    try:
        found = way.show(blank(file, way.kind), ask)
    except OfOtherKind:
        return _shown(file, [other for other in ways if other is not way], ask)
    except NotShowable as problem:
        plainer = next((other for other in ways if other.name == problem.instead), ways[-1])
        found = plainer.show(blank(file, plainer.kind), replace(ask, view=plainer.name))
        return replace(found, note=str(problem), views=_views(ways, plainer, ask))
    return replace(found, views=_views(ways, way, ask))


def _views(ways: list[_Way], current: _Way, ask: Ask) -> tuple[View, ...]:
    if len(ways) < 2:
        return ()
    wrap = "1" if ask.wraps else ""
    return tuple(
        View(way.name, way.label, Ask().query(view="" if way is ways[0] else way.name, wrap=wrap), way is current)
        for way in ways
    )


def _ways(file: File) -> list[_Way]:
    """From the view that says most to the plainest, which every file of the kind has."""
    if is_shown(file.name):
        return _media(file)
    magics = (*archives.SIGNATURES, tensors.NUMPY, gguf.MAGIC)
    if file.suffix in _TENSORS or file.head.startswith(magics) or parquet.is_parquet(file):
        return _binary(file)
    kind = file.content_type
    encoding = encoding_of(
        file.head, is_cut=not file.is_whole, is_expected=is_text(file.name) or kind in _PAGES
    )  # fmt: skip
    return _binary(file) if encoding is None else _textual(file, encoding)


def _media(file: File) -> list[_Way]:
    kind = "pdf" if file.content_type == "application/pdf" else file.content_type.partition("/")[0]
    as_bytes = _Way("bytes", "Bytes", "binary", lambda blank, ask: binary.paged(blank, file, ask))
    if kind == "image":
        return [_Way("picture", "Picture", kind, lambda blank, _: images.with_size(blank, file)), as_bytes]
    return [_Way(kind, "", kind, lambda blank, _: blank)]


def _textual(file: File, encoding: Encoding) -> list[_Way]:
    language = code.language_of(file)
    show_source = partial(text.with_text, file=file, encoding=encoding, language=language)
    source = _Way("source", "Source", "code" if language else "text", lambda blank, ask: show_source(blank, ask=ask))
    return [*_richer(file, encoding), source]


def _richer(file: File, encoding: Encoding) -> list[_Way]:
    if file.name == MLMODEL:
        return [_Way("facts", "Overview", "mlmodel", lambda blank, _: replace(blank, content=documents.facts_of(file)))]
    if page := _PAGES.get(file.content_type):
        return [_Way("page", "Page" if page == "html" else "Drawing", page, lambda blank, _: blank)]
    if file.suffix in _PICKLED:
        return _pickle(file)  # the oldest protocol is plain text
    if file.suffix in {".csv", ".tsv"}:
        return [_Way("table", "Table", "table", lambda blank, ask: delimited.with_table(blank, file, ask, encoding))]
    if file.suffix in {".json", ".geojson"}:
        return _of_json(file)
    if file.suffix in {".jsonl", ".ndjson"}:
        return _of_json_lines(file, encoding)
    if file.suffix == ".ipynb":
        return [_Way("notebook", "Notebook", "notebook", lambda blank, ask: notebooks.with_cells(blank, file, ask))]
    if file.suffix == ".md":
        return [_Way("read", "Read", "markdown", lambda blank, _: documents.rendered(blank, file, encoding))]
    if file.suffix == ".txt" and "requirements" in file.name.lower():
        return [
            _Way("packages", "Packages", "requirements", lambda blank, _: documents.requirements(blank, file, encoding))
        ]
    return []


def _of_json(file: File) -> list[_Way]:
    tree = _Way("tree", "Tree", "tree", lambda blank, ask: documents.tree(blank, file, ask))
    laid_out = _Way("formatted", "Formatted", "json", lambda blank, ask: documents.laid_out(blank, file, ask))
    if logged_tables.is_table(file):
        table = _Way("table", "Table", "table", lambda blank, ask: logged_tables.with_table(blank, file, ask))
        return [table, tree, laid_out]
    if file.suffix == ".geojson" or maps.may_be_geojson(file):
        return [_Way("map", "Map", "map", lambda blank, ask: maps.with_map(blank, file, ask)), tree, laid_out]
    return [tree, laid_out]


def _of_json_lines(file: File, encoding: Encoding) -> list[_Way]:
    trees = _Way("tree", "Tree", "tree", lambda blank, ask: json_lines.with_trees(blank, file, ask, encoding))
    table = _Way("table", "Table", "table", lambda blank, ask: json_lines.with_table(blank, file, ask, encoding))
    return [table, trees] if json_lines.holds_objects(file, encoding) else [trees]


def _binary(file: File) -> list[_Way]:
    as_bytes = _Way("bytes", "Bytes", "binary", lambda blank, ask: binary.paged(blank, file, ask))
    return [*_of_format(file), as_bytes]


def _of_format(file: File) -> list[_Way]:
    """Files of models and data that say by their first bytes or their name what they hold."""
    label = binary.label_of(file, file.head)
    if file.head.startswith(archives.SIGNATURES):
        listing = _Way(
            "contents", "Contents", "archive", lambda blank, ask: archives.with_listing(blank, file, ask, label)
        )
        if file.suffix == ".npz":
            return [_tensors(file, tensors.with_arrays), listing]
        return [*_pickle(file), listing] if file.suffix in _PICKLED else [listing]
    for start, show in ((tensors.NUMPY, tensors.with_array), (gguf.MAGIC, gguf.with_header)):
        if file.head.startswith(start):
            return [_tensors(file, show)]
    if parquet.is_parquet(file):
        return [
            _Way("table", "Table", "table", lambda blank, ask: parquet.with_rows(blank, file, ask)),
            _Way("schema", "Schema", "schema", lambda blank, _: parquet.with_schema(blank, file)),
        ]
    if show_tensors := _TENSORS.get(file.suffix):
        return [_tensors(file, show_tensors)]
    return _pickle(file) if file.suffix in _PICKLED else []


def _tensors(file: File, show: Callable[[Preview, File, Ask], Preview]) -> _Way:
    return _Way("tensors", "Tensors", "tensors", lambda blank, ask: show(blank, file, ask))


def _pickle(file: File) -> list[_Way]:
    is_named_so = file.suffix != ".bin"  # which names anything
    if not is_named_so and not file.head.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK")):
        return []
    return [
        _Way("imports", "Imports", "imports", lambda blank, _: pickles.with_imports(blank, file)),
        _Way("opcodes", "Opcodes", "opcodes", lambda blank, ask: pickles.with_opcodes(blank, file, ask)),
    ]
