"""What a dataset says of itself: its columns, its size and where it came from, as far as a client told."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from models_app.model_files import columns_of
from models_app.models import DatasetInput
from models_app.templatetags.registry import filesize
from models_app.web import addresses
from models_app.web.version_facts import type_of

LISTED_SCHEMA, LISTED_TEXT = 20_000, 4_000  # characters read of each dataset in a list
LISTED_COLUMNS = 12
MOST_COLUMNS = 50_000
PLACE_KEYS = ("uri", "url", "path", "table_name", "delta_table_name")
SPELT = {"uri": "URI", "url": "URL"}
WEB_SCHEMES = {"http", "https"}
LONGEST_VALUE = 2_000
PARTS = (("features", "features"), ("targets", "targets"))


@dataclass(frozen=True, slots=True)
class Column:
    """`part` tells features from targets where the client did; "" else."""

    name: str
    type: str
    is_required: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """`href` is "" for what is no address of the web."""

    label: str
    value: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class InputFacts:
    """A dataset as a run read it; `shape` and `place` are "" where the client did not say them."""

    name: str
    digest: str
    href: str
    context: str
    source_type: str
    shape: str
    place: str
    columns: list[Column]
    column_count: int
    profile: list[Fact]

    @property
    def shown_type(self) -> str:
        """ "" where the place says it already: "s3" before "s3://…", "http" before "https://…"."""
        return "" if self.place.startswith((f"{self.source_type}:", f"{self.source_type}s:")) else self.source_type

    @property
    def is_tensor(self) -> bool:
        return any(column.type.startswith("tensor") for column in self.columns)


def facts_of(each: DatasetInput) -> InputFacts:
    """Of an input read `with_texts(LISTED_SCHEMA, LISTED_TEXT)`."""
    dataset: Any = each.dataset
    texts: Any = each
    columns = columns_in(texts.schema_start)
    profile = json_of(texts.profile_start)
    places = (json_of(texts.source_start).get(key) for key in PLACE_KEYS)
    return InputFacts(
        name=dataset.name,
        digest=dataset.digest,
        href=addresses.dataset(dataset.digest) if dataset.digest else "",
        context=each.context,
        source_type=dataset.source_type,
        shape=shape_of(profile, columns),
        place=next((place for place in places if isinstance(place, str)), ""),
        columns=columns[:LISTED_COLUMNS],
        column_count=len(columns),
        profile=profile_facts(texts.profile_start),
    )


def json_of(text: str) -> dict[str, Any]:
    """{} for what is no JSON object: these texts are of a client's own making."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def shape_of(profile: dict[str, Any], columns: list[Column]) -> str:
    """ "150 rows, 5 columns", or a tensor's "1,257 by 64"."""
    rows: Any = profile.get("num_rows")
    shape: Any = profile.get("features_shape")
    if not _is_whole(rows):
        return _sizes(shape) if _is_shape(shape) else ""
    parts = [f"{rows:,} row{'' if rows == 1 else 's'}"]
    if columns:
        parts.append(f"{len(columns):,} column{'' if len(columns) == 1 else 's'}")
    return ", ".join(parts)


def columns_in(schema: str) -> list[Column]:
    """Of a table's columns, or of the tensors that features and targets are."""
    content = json_of(schema)
    if isinstance(colspec := content.get("mlflow_colspec"), list):
        return _columns(colspec)
    tensors = content.get("mlflow_tensorspec")
    if not isinstance(tensors, dict):
        return []
    return [column for key, part in PARTS for column in _columns(_listed(tensors.get(key)), part)]


def _listed(value: Any) -> Any:
    """MLflow: the parts of a tensor schema are JSON within the JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return []


def _columns(content: Any, part: str = "") -> list[Column]:
    rows = [(str(row.get("name", "")), row) for row in columns_of(content, MOST_COLUMNS)]
    return [
        # The one tensor that the features are has no name of its own.
        Column(name or part, type_of(row), bool(row.get("required", True)), part if name else "")
        for name, row in rows
    ]


def profile_facts(profile: str) -> list[Fact]:
    return [
        Fact(key.replace("_", " ").replace("num ", "", 1), _said(key, value)) for key, value in json_of(profile).items()
    ][:50]


def _said(key: str, value: Any) -> str:
    if _is_whole(value):
        return f"{filesize(value)} ({value:,} bytes)" if key.endswith(("nbytes", "_in_bytes")) else f"{value:,}"
    if _is_shape(value):
        return _sizes(value)
    return value[:LONGEST_VALUE] if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:LONGEST_VALUE]


def source_facts(source: str) -> list[Fact]:
    """What the client said of where the data came from; MLflow puts the run's own tags below `tags`."""
    content = json_of(source)
    flat = {key: value for key, value in content.items() if key != "tags" and value not in (None, "")}
    tags = content.get("tags")
    flat |= tags if isinstance(tags, dict) else {}
    return [
        Fact(SPELT.get(key, key.removeprefix("mlflow.").replace("_", " ")), _said(key, value), _web_address(value))
        for key, value in flat.items()
    ][:50]


def _web_address(value: Any) -> str:
    try:
        is_address = isinstance(value, str) and urlsplit(value).scheme in WEB_SCHEMES
    except ValueError:
        return ""
    return value if is_address and len(value) <= LONGEST_VALUE else ""


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18


def _is_shape(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 32 and all(map(_is_whole, value))


def _sizes(shape: list[int]) -> str:
    return " × ".join(f"{size:,}" for size in shape)
