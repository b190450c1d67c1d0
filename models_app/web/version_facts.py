"""What a version's page says beside its figures: its schema, what differs from another version, how to use it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models_app.errors import RegistryError
from models_app.models import ModelAlias, ModelVersion
from models_app.models.registered_models import CHAMPION, is_prompt
from models_app.services import artifacts
from models_app.storage import get_store
from models_app.storage.paths import join
from models_app.web import addresses, figures, snippets
from models_app.web.figures import Figure
from models_app.web.keyed import PAGE_SIZE

EXAMPLE_BYTES = 64 * 1024
EXAMPLE_ROWS, EXAMPLE_COLUMNS, EXAMPLE_CELL = 5, 30, 80
FACT_LABELS = (
    ("python_version", "Python"),
    ("mlflow_version", "MLflow"),
    ("utc_time_created", "Saved (UTC)"),
    ("model_uuid", "UUID"),
    ("digest", "SHA-256 of MLmodel"),
)
STRIP_FIGURES = 5
STRIP_PARAMS = 4
MOST_DATASETS = 50
NATIVE_FLAVORS = {
    "sklearn", "xgboost", "lightgbm", "catboost", "pytorch", "tensorflow", "keras", "transformers", "spark", "onnx",
    "statsmodels", "prophet", "spacy", "sentence_transformers", "langchain", "h2o",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One line of a schema; `name` is "" where the model takes one unnamed thing."""

    name: str
    type: str
    is_required: bool
    default: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    title: str
    columns: list[Column]

    @property
    def has_defaults(self) -> bool:
        """Parameters have defaults, columns are required or not."""
        return any(column.default for column in self.columns)


@dataclass(frozen=True, slots=True)
class ParamChange:
    key: str
    value: str | None
    other: str | None


@dataclass(frozen=True, slots=True)
class ParamRow:
    """A param of a version; `other` is that of the version it is compared to."""

    key: str
    value: str
    other: str | None = None
    differs: bool = False

    @property
    def searched(self) -> str:
        return f"{self.key}\n{self.value}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A version beside the one it is measured against: the champion, or for the champion the version before it."""

    other: ModelVersion
    other_is_champion: bool
    figures: list[Figure]
    params: list[ParamChange]
    more_params: int
    schema_differs: bool
    data_differs: bool

    @property
    def is_same(self) -> bool:
        return not (self.figures or self.params or self.schema_differs or self.data_differs)


@dataclass(frozen=True, slots=True)
class InputExample:
    """As a table where it is a data frame, else as text; both are empty when the file can't be read."""

    path: str
    text: str
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snippet:
    id: str
    label: str
    code: str


def schemas_of(signature: Mapping[str, Any] | None) -> list[Schema]:
    parts = (("inputs", "Inputs"), ("outputs", "Outputs"), ("params", "Parameters"))
    found = signature or {}
    return [Schema(title, [_column(row) for row in found[key]]) for key, title in parts if found.get(key)]


def _column(row: Mapping[str, Any]) -> Column:
    """As `model_files` wrote it into the summary."""
    return Column(
        name=str(row.get("name", "")),
        type=type_of(row),
        is_required=bool(row.get("required", True)),
        default=str(row.get("default", "")),
    )


def type_of(row: Mapping[str, Any]) -> str:
    """With the shape of a tensor, in which N is any number."""
    shape = " × ".join("N" if size == -1 else str(size) for size in row.get("shape", []))
    kind = str(row.get("type", ""))
    return f"{kind}, shape {shape}" if shape else kind


def datasets_of(datasets: list[dict[str, str]]) -> list[dict[str, str]]:
    """With the address of each one's page, where it has a digest to be found by."""
    shown = ((dataset, dataset.get("digest", "")) for dataset in datasets[:MOST_DATASETS])
    return [{**dataset, "href": addresses.dataset(digest) if digest else ""} for dataset, digest in shown]


def compare(version: ModelVersion, other: ModelVersion, *, other_is_champion: bool) -> Comparison:
    mine, theirs = version.summary, other.summary
    shared = [figure for figure in figures.figures(mine.metrics, theirs.metrics) if figure.change]
    params = param_changes(mine.params, theirs.params)
    return Comparison(
        other=other,
        other_is_champion=other_is_champion,
        figures=shared[:STRIP_FIGURES],
        params=params[:STRIP_PARAMS],
        more_params=max(0, len(params) - STRIP_PARAMS),
        schema_differs=(mine.signature or {}) != (theirs.signature or {}),
        data_differs=_digests(mine.datasets) != _digests(theirs.datasets),
    )


def param_changes(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[ParamChange]:
    keys = sorted(set(mine) | set(theirs))
    return [ParamChange(key, mine.get(key), theirs.get(key)) for key in keys if mine.get(key) != theirs.get(key)]


def param_rows(mine: Mapping[str, str], theirs: Mapping[str, str] | None) -> list[ParamRow]:
    """In the order of their keys; of more than fit on a page those that differ come first."""
    if theirs is None:
        return [ParamRow(key, value) for key, value in mine.items()]
    rows = [ParamRow(key, value, theirs.get(key), theirs.get(key) != value) for key, value in mine.items()]
    return sorted(rows, key=lambda row: not row.differs) if len(rows) > PAGE_SIZE else rows


def _digests(datasets: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(dataset.get("name", ""), dataset.get("digest", "")) for dataset in datasets}


def use_snippets(server: str, version: ModelVersion, aliases: list[ModelAlias]) -> list[Snippet]:
    """How to load it: by its alias, which follows the model, or by its number, which never changes."""
    of_prompt = is_prompt(version.tags.all())
    scheme, load = ("prompts", snippets.load_prompt) if of_prompt else ("models", snippets.load_model)
    of_model = f"{scheme}:/{version.model.name}"
    by_number = f"{of_model}/{version.number}"
    first = sorted((alias.name for alias in aliases), key=lambda name: (name != CHAMPION, name))[:1]
    uris = [(f"By alias: follows @{name}", f"{of_model}@{name}") for name in first]
    uris.append(("By number: always this version", by_number))
    found = [(label, load(server, uri)) for label, uri in uris]
    native = sorted(NATIVE_FLAVORS & set(version.summary.flavors))
    if native:
        found.append((f"With {native[0]} itself", snippets.load_native(server, by_number, native[0])))
    if not of_prompt:  # a prompt's text is a tag, it has no files
        found.append(("Only the files", snippets.download_files(server, by_number)))
    return [Snippet(f"use-{place}", label, code) for place, (label, code) in enumerate(found, start=1)]


def other_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the MLmodel file says beside flavors and signature, in words."""
    plain = {**facts, "utc_time_created": str(facts.get("utc_time_created", "")).partition(".")[0]}
    labelled = [(label, str(plain.get(key, ""))) for key, label in FACT_LABELS]
    return [fact for fact in [*labelled, *facts.get("metadata", {}).items()] if fact[1]]


def input_example(version: ModelVersion) -> InputExample | None:
    """The example the model was saved with, read from its file; without text where that can't be read."""
    known = version.summary.facts.get("input_example")
    if not known:
        return None
    path = str(known["path"])
    text = _start_of(version, path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return InputExample(path, text)
    if table := _table(content):
        return _as_table(path, *table)
    return InputExample(path, json.dumps(content, indent=2, ensure_ascii=False)[:EXAMPLE_BYTES])


def _start_of(version: ModelVersion, path: str) -> str:
    root = artifacts.files_root(version)
    if root is None:
        return ""
    try:
        with get_store().open(join(root, path), 0, EXAMPLE_BYTES) as stream:
            return stream.read(EXAMPLE_BYTES).decode(errors="replace")
    except (RegistryError, OSError):
        # The file may be gone or unreadable; the page lives without it and still names it.
        return ""


def _table(content: Any) -> tuple[list[Any], list[Any]] | None:
    """MLflow: a data frame is saved as {"columns": […], "data": [[…], …]}."""
    if not isinstance(content, dict) or not isinstance(content.get("data"), list):
        return None
    columns = content.get("columns")
    rows = [row for row in content["data"] if isinstance(row, list)]
    return (columns, rows) if isinstance(columns, list) and rows else None


def _as_table(path: str, columns: list[Any], rows: list[Any]) -> InputExample:
    shown = [[_cell(value) for value in row[:EXAMPLE_COLUMNS]] for row in rows[:EXAMPLE_ROWS]]
    return InputExample(path, "", [str(name) for name in columns[:EXAMPLE_COLUMNS]], shown)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= EXAMPLE_CELL else f"{text[: EXAMPLE_CELL - 1]}…"
