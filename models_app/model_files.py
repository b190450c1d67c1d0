"""What a model's files say of it: its MLmodel file, requirements and example, read without trusting any of them."""

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from models_app.bounded_yaml import UnreadableYaml, read
from models_app.errors import RegistryError
from models_app.storage.interface import ArtifactStore, StoreUnavailable
from models_app.storage.paths import join

MLMODEL = "MLmodel"
MLMODEL_BYTES = 2 * 1024 * 1024
REQUIREMENTS_BYTES = 64 * 1024
EXAMPLE_BYTES = 64 * 1024
WALKED_FILES = 10_000
COLUMNS = 2_000
LINES = 500
TEXT = 500
TYPE_DEPTH = 6

Column = dict[str, Any]  # name, type, required; shape for tensors and params, default for params


@dataclass(frozen=True, slots=True, kw_only=True)
class InputExample:
    path: str
    kind: str
    orient: str = ""
    text: str = ""
    is_truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """Whatever could be read; `problem` says in a sentence what could not."""

    has_mlmodel: bool = False
    flavors: dict[str, str] = field(default_factory=dict)  # flavor: its version, "" when the file names none
    signature: dict[str, list[Column]] | None = None  # inputs, outputs, params
    requirements: tuple[str, ...] = ()
    python_version: str = ""
    mlflow_version: str = ""
    utc_time_created: str = ""
    model_size_bytes: int | None = None
    model_uuid: str = ""
    model_id: str = ""
    run_id: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    input_example: InputExample | None = None
    file_count: int | None = None
    size: int | None = None
    is_partial: bool = False  # there are more files than were counted
    digest: str = ""  # SHA-256 of the MLmodel file
    problem: str = ""


def read_model_facts(store: ArtifactStore, path: str) -> ModelFacts:
    """The facts of the model in the folder `path`. Hostile or broken files cost bounded time and raise nothing."""
    try:
        facts = _mlmodel_facts(store, path)
        facts = replace(facts, requirements=_requirements(store, path))
        if facts.input_example:
            facts = replace(facts, input_example=_with_text(store, path, facts.input_example))
        return _with_sizes(store, path, facts)
    except StoreUnavailable:
        raise  # what is not known now would stay unknown: better to register again when the store is back
    except (RegistryError, OSError) as error:
        return ModelFacts(problem=f"The model's files can't be read: {error}")


def parse_mlmodel(data: bytes) -> ModelFacts:
    """The facts an MLmodel file holds by itself."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        content = read(data.decode(errors="replace"))
    except UnreadableYaml as error:
        return ModelFacts(has_mlmodel=True, digest=digest, problem=f"The MLmodel file can't be read: {error}."[:TEXT])
    if not isinstance(content, dict):
        return ModelFacts(has_mlmodel=True, digest=digest, problem="The MLmodel file is not a mapping.")
    flavors = _mapping(content.get("flavors"))
    return ModelFacts(
        has_mlmodel=True,
        digest=digest,
        flavors={_text(name): _flavor_version(name, _mapping(flavors[name])) for name in list(flavors)[:50]},
        signature=_signature(_mapping(content.get("signature"))),
        python_version=_text(_mapping(flavors.get("python_function")).get("python_version")),
        mlflow_version=_text(content.get("mlflow_version")),
        utc_time_created=_text(content.get("utc_time_created")),
        model_size_bytes=_whole(content.get("model_size_bytes")),
        model_uuid=_text(content.get("model_uuid")),
        model_id=_text(content.get("model_id")),
        run_id=_text(content.get("run_id")),
        metadata=_metadata(_mapping(content.get("metadata"))),
        input_example=_example(_mapping(content.get("saved_input_example_info"))),
    )


def _mlmodel_facts(store: ArtifactStore, path: str) -> ModelFacts:
    location = join(path, MLMODEL)
    info = store.stat(location)
    if info is None or info.size is None:
        return ModelFacts()
    if info.size > MLMODEL_BYTES:
        return ModelFacts(has_mlmodel=True, problem=f"The MLmodel file is larger than {MLMODEL_BYTES} bytes.")
    return parse_mlmodel(_head(store, location, MLMODEL_BYTES))


def _head(store: ArtifactStore, location: str, limit: int) -> bytes:
    with store.open(location, 0, limit) as stream:
        blocks = []
        while block := stream.read(limit):
            blocks.append(block)
    return b"".join(blocks)


def _requirements(store: ArtifactStore, path: str) -> tuple[str, ...]:
    location = join(path, "requirements.txt")
    if (info := store.stat(location)) and not info.is_dir:
        text = _head(store, location, REQUIREMENTS_BYTES).decode(errors="replace")
        return _lines(text.splitlines())
    location = join(path, "conda.yaml")
    if not (info := store.stat(location)) or info.is_dir:
        return ()
    try:
        environment = read(_head(store, location, REQUIREMENTS_BYTES).decode(errors="replace"))
    except UnreadableYaml:
        return ()
    dependencies = _mapping(environment).get("dependencies")
    pip = [line for entry in _sequence(dependencies) for line in _sequence(_mapping(entry).get("pip"))]
    return _lines(pip)


def _lines(lines: list[Any]) -> tuple[str, ...]:
    kept = (_text(line).strip() for line in lines[: 4 * LINES])
    return tuple(islice((line for line in kept if line and not line.startswith("#")), LINES))


def _with_text(store: ArtifactStore, path: str, example: InputExample) -> InputExample:
    try:
        location = join(path, example.path)
        info = store.stat(location)
    except RegistryError:
        return example
    if info is None or info.size is None:
        return example
    text = _head(store, location, EXAMPLE_BYTES).decode(errors="replace")
    return replace(example, text=text, is_truncated=info.size > EXAMPLE_BYTES)


def _with_sizes(store: ArtifactStore, path: str, facts: ModelFacts) -> ModelFacts:
    sizes = [info.size or 0 for info in islice(store.walk(path), WALKED_FILES + 1)]
    counted = sizes[:WALKED_FILES]
    return replace(facts, file_count=len(counted), size=sum(counted), is_partial=len(sizes) > WALKED_FILES)


def _flavor_version(name: str, flavor: dict[str, Any]) -> str:
    """MLflow: most flavors say `<name>_version`, some the short name of their library (`xgb_version`)."""
    if name == "python_function":
        return _text(flavor.get("python_version"))
    own = flavor.get(f"{name}_version")
    others = [value for key, value in flavor.items() if key.endswith("_version") and key != "python_version"]
    return _text(own if own is not None else next(iter(others), ""))


def _signature(signature: dict[str, Any]) -> dict[str, list[Column]] | None:
    columns = {part: _columns(signature.get(part)) for part in ("inputs", "outputs", "params")}
    return columns if any(columns.values()) else None


def _columns(text: Any) -> list[Column]:
    """MLflow: each part of a signature is JSON inside the YAML."""
    if not isinstance(text, str):
        return []
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return columns_of(content)


def columns_of(content: Any, most: int = COLUMNS) -> list[Column]:
    """Of a part of a signature, or of a dataset's schema, which is written in the same way."""
    return [_column(_mapping(entry)) for entry in _sequence(content)[:most]]


def _column(entry: dict[str, Any]) -> Column:
    column: Column = {"name": _text(entry.get("name")), "type": _type(entry)[:TEXT]}
    column["required"] = entry.get("required") is not False
    shape = _mapping(entry.get("tensor-spec")).get("shape", entry.get("shape"))
    if isinstance(shape, list):
        column["shape"] = [number for number in map(_whole, shape[:32]) if number is not None]
    if "default" in entry:
        column["default"] = _json(entry["default"])
        column["required"] = False
    return column


def _type(entry: dict[str, Any], depth: int = 0) -> str:
    kind = _text(entry.get("type")) or "unknown"
    if depth >= TYPE_DEPTH:
        return "…"
    if kind == "tensor":
        return f"tensor({_text(_mapping(entry.get('tensor-spec')).get('dtype'))})"
    if kind == "array":
        return f"array({_type(_mapping(entry.get('items')), depth + 1)})"
    if kind == "map":
        return f"map({_type(_mapping(entry.get('values')), depth + 1)})"
    if kind == "object":
        properties = _mapping(entry.get("properties"))
        parts = [_property(name, _mapping(properties[name]), depth) for name in list(properties)[:30]]
        return f"object({', '.join(parts)})"
    return kind


def _property(name: str, entry: dict[str, Any], depth: int) -> str:
    mark = "?" if entry.get("required") is False else ""
    return f"{_text(name)}{mark}: {_type(entry, depth + 1)}"


def _example(info: dict[str, Any]) -> InputExample | None:
    path = _text(info.get("artifact_path"))
    if not path:
        return None
    return InputExample(
        path=posixpath.normpath(path), kind=_text(info.get("type")), orient=_text(info.get("pandas_orient"))
    )


def _metadata(metadata: dict[str, Any]) -> dict[str, str]:
    return {
        _text(key): _text(value) if isinstance(value, str) else _json(value)
        for key, value in list(metadata.items())[:50]
    }


def _json(value: Any) -> str:
    try:
        return _text(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return "…"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _whole(value: Any) -> int | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and abs(value) < 2**63 else None


def _text(value: Any) -> str:
    """A plain value as a short text every database can keep: PostgreSQL refuses NUL and half character pairs."""
    if value is None or isinstance(value, list | dict):
        return ""
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", str(value)[:TEXT])
