"""What a version's page says beside its figures: its schema, what differs from another version, how to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_app.models import ModelAlias, ModelVersion
from models_app.web import figures, snippets
from models_app.web.figures import Figure

STRIP_FIGURES = 5
STRIP_PARAMS = 4
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
class Snippet:
    id: str
    label: str
    code: str


def schemas_of(signature: Mapping[str, Any] | None) -> list[Schema]:
    parts = (("inputs", "Inputs"), ("outputs", "Outputs"), ("params", "Parameters"))
    found = signature or {}
    return [Schema(title, [_column(row) for row in found[key]]) for key, title in parts if found.get(key)]


def _column(row: Mapping[str, Any]) -> Column:
    default = row.get("default")
    return Column(
        name=str(row.get("name") or ""),
        type=_type_of(row),
        is_required=bool(row.get("required", not row.get("optional", False))),
        default="" if default is None else str(default),
    )


def _type_of(row: Mapping[str, Any]) -> str:
    """MLflow's types nest: tensors have a shape, arrays hold a type, objects hold properties."""
    kind = str(row.get("type", ""))
    if kind == "tensor":
        spec = row.get("tensor-spec") or {}
        shape = " × ".join("any" if size == -1 else str(size) for size in spec.get("shape", []))
        return f"tensor of {spec.get('dtype', 'unknown')}, {shape}"
    if kind in {"array", "map"} and isinstance(inner := row.get("items") or row.get("values"), Mapping):
        return f"{kind} of {_type_of(inner)}"
    if kind == "object" and isinstance(properties := row.get("properties"), Mapping):
        inside = ", ".join(f"{name}: {_type_of(inner)}" for name, inner in properties.items())
        return f"object {{{inside}}}"
    return kind


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


def _digests(datasets: list[dict[str, str]]) -> set[tuple[str, str]]:
    return {(dataset.get("name", ""), dataset.get("digest", "")) for dataset in datasets}


def use_snippets(server: str, version: ModelVersion, aliases: list[ModelAlias]) -> list[Snippet]:
    """How to load it: by its alias, which follows the model, or by its number, which never changes."""
    name = version.model.name
    by_number = f"models:/{name}/{version.number}"
    uris = [(f"By alias: follows @{alias.name}", f"models:/{name}@{alias.name}") for alias in aliases[:1]]
    uris.append(("By number: always this version", by_number))
    found = [(label, snippets.load_model(server, uri)) for label, uri in uris]
    native = sorted(NATIVE_FLAVORS & set(version.summary.flavors))
    if native:
        found.append((f"With {native[0]} itself", snippets.load_native(server, by_number, native[0])))
    found.append(("Only the files", snippets.download_files(server, by_number)))
    return [Snippet(f"use-{place}", label, code) for place, (label, code) in enumerate(found, start=1)]


def other_facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Plain facts of the MLmodel file, in words; nested ones have a place of their own or are of no use to a reader."""
    plain = [(key.replace("_", " "), value) for key, value in sorted(facts.items()) if isinstance(value, str | int)]
    return [(label, str(value)) for label, value in plain if value != ""]
