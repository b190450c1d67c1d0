"""What each noun's searches know: keys, the columns or rows behind them, comparators allowed, orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EQUALITY = ("=", "!=")
PATTERN = (*EQUALITY, "LIKE", "ILIKE")
LISTS = (*EQUALITY, "IN", "NOT IN")
PATTERN_AND_LISTS = (*PATTERN, "IN", "NOT IN")
NUMERIC = (*EQUALITY, "<", "<=", ">", ">=")
NULLS = ("IS NULL", "IS NOT NULL")

# What a key's values may be: a quoted text; an unquoted number; a whole number, quoted or not; a quoted whole number;
# a number from a list of names.
TEXT, NUMBER, WHOLE, QUOTED_WHOLE, CHOICE = "text", "number", "whole number", "quoted whole number", "choice"


@dataclass(frozen=True)
class Attribute:
    """A key with a column of its own; `choices` maps the names a value may be written with to numbers.

    `is_selective`: an index finds the few objects that have one value; `is_long`: the index holds the first part of it.
    `is_optional`: an empty text is no value.
    """

    column: str
    operators: tuple[str, ...] = PATTERN
    kind: str = TEXT
    is_selective: bool = False
    is_long: bool = False
    is_optional: bool = False
    choices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Rows:
    """Keys that are rows of a related table, one row per key unless `is_history`: tags, params, metrics.

    `experiment` is the column that repeats the object's experiment there, for an index.
    """

    word: str
    prefixes: tuple[str, ...]
    relation: str
    operators: tuple[str, ...]
    is_sortable: bool = False
    is_numeric: bool = False
    is_history: bool = False
    experiment: str = ""

    def __repr__(self) -> str:
        return self.word


@dataclass(frozen=True, eq=False, repr=False)
class Linked:
    """Keys that are columns of a related table, of which an object may have many rows: datasets of a run.

    `experiment` is the column that repeats the object's experiment there.
    """

    prefixes: tuple[str, ...]
    relation: str
    attributes: Mapping[str, Attribute]
    experiment: str

    def __repr__(self) -> str:
        return self.relation


@dataclass(frozen=True, eq=False, repr=False)
class Derived:
    """A sort key that no column of the object holds, such as the first of what it has in another table: an expression
    with a text or number of each object, NULL for those without."""

    word: str
    value: Any

    def __repr__(self) -> str:
        return self.word


@dataclass(frozen=True, eq=False)
class Schema:
    """`order` is the default, `ties` is what follows an order that was asked for; both end in something unique.
    `derived` are further keys to sort by."""

    noun: str
    attribute_prefixes: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    sortable: Mapping[str, str]
    name: str
    order: tuple[str, ...]
    ties: tuple[str, ...]
    rows: tuple[Rows, ...] = ()
    linked: tuple[Linked, ...] = ()
    derived: tuple[Derived, ...] = ()
    experiment: str = ""
    allows_quoted_attributes: bool = True
    requires_capitals: bool = False
    prompt_tags: str = ""


def tags(prefixes: tuple[str, ...] = ("tag", "tags"), *, operators: tuple[str, ...] = PATTERN, **options: Any) -> Rows:
    return Rows("tags", prefixes, "tags", (*operators, *NULLS), **options)


EXPERIMENTS = Schema(
    noun="experiments",
    attribute_prefixes=("attribute",),
    attributes={
        "name": Attribute("name", is_selective=True),
        "experiment_id": Attribute("experiment_id", LISTS, QUOTED_WHOLE, is_selective=True),
        "creation_time": Attribute("created_at", NUMERIC, NUMBER),
        "last_update_time": Attribute("updated_at", NUMERIC, NUMBER),
    },
    sortable={
        "name": "name",
        "experiment_id": "experiment_id",
        "creation_time": "created_at",
        "last_update_time": "updated_at",
    },
    name="name",
    order=("-created_at", "experiment_id"),
    ties=("-experiment_id",),
    rows=(tags(),),
    requires_capitals=True,
)

RUN_NAME = Attribute("name")
RUN_START = Attribute("started_at", NUMERIC, NUMBER)

RUNS = Schema(
    noun="runs",
    attribute_prefixes=("attribute", "attributes", "attr", "run"),
    attributes={
        "run_id": Attribute("run_id", PATTERN_AND_LISTS, is_selective=True),
        "run_name": RUN_NAME,
        "run name": RUN_NAME,
        "Run name": RUN_NAME,
        "Run Name": RUN_NAME,
        "status": Attribute("status"),
        "user_id": Attribute("user_id"),
        "artifact_uri": Attribute("artifact_uri"),
        "start_time": RUN_START,
        "created": RUN_START,
        "Created": RUN_START,
        "end_time": Attribute("ended_at", NUMERIC, NUMBER),
    },
    sortable={
        "run_id": "run_id",
        "run_name": "name",
        "status": "status",
        "user_id": "user_id",
        "artifact_uri": "artifact_uri",
        "start_time": "started_at",
        "created": "started_at",
        "Created": "started_at",
        "end_time": "ended_at",
    },
    name="run_name",
    order=("-started_at", "run_id"),
    ties=("-started_at", "run_id"),
    rows=(
        Rows(
            "metrics",
            ("metric", "metrics"),
            "latest_metrics",
            NUMERIC,
            is_sortable=True,
            is_numeric=True,
            experiment="experiment_id",
        ),
        Rows(
            "params",
            ("param", "params", "parameter", "parameters"),
            "params",
            (*PATTERN, *NULLS),
            is_sortable=True,
        ),
        tags(is_sortable=True),
    ),
    linked=(
        Linked(
            ("dataset", "datasets"),
            "dataset_inputs",
            {
                "name": Attribute("dataset__name", PATTERN_AND_LISTS),
                "digest": Attribute("dataset__digest", PATTERN_AND_LISTS),
                "context": Attribute("context", PATTERN_AND_LISTS, is_optional=True),
            },
            experiment="dataset__experiment_id",
        ),
    ),
    experiment="experiment_id",
)

REGISTERED_MODELS = Schema(
    noun="registered models",
    attribute_prefixes=("attribute",),
    attributes={"name": Attribute("name", PATTERN_AND_LISTS, is_selective=True)},
    sortable={"name": "name", "timestamp": "updated_at", "last_updated_timestamp": "updated_at"},
    name="name",
    order=("name", "pk"),
    ties=("name", "pk"),
    rows=(tags(),),
    allows_quoted_attributes=False,
    prompt_tags="tags",
)

MODEL_VERSIONS = Schema(
    noun="model versions",
    attribute_prefixes=("attribute",),
    attributes={
        "name": Attribute("model__name", PATTERN_AND_LISTS, is_selective=True),
        "run_id": Attribute("run_id", PATTERN_AND_LISTS, is_selective=True),
        "source_path": Attribute("source", is_selective=True, is_long=True),
        "version_number": Attribute("number", NUMERIC, WHOLE),
    },
    sortable={
        "name": "model__name",
        "version_number": "number",
        "creation_timestamp": "created_at",
        "last_updated_timestamp": "updated_at",
    },
    name="name",
    order=("-updated_at", "model__name", "-number", "pk"),
    ties=("model__name", "-number", "pk"),
    rows=(tags(),),
    allows_quoted_attributes=False,
    prompt_tags="model__tags",
)

LOGGED_MODEL_CREATED = Attribute("created_at", NUMERIC, NUMBER)
LOGGED_MODEL_UPDATED = Attribute("updated_at", NUMERIC, NUMBER)
LOGGED_MODEL_STATUS = {
    word: number
    for number, status in enumerate(("STATUS_UNSPECIFIED", "PENDING", "READY", "UPLOAD_FAILED"))
    for word in (str(number), status, f"LOGGED_MODEL_{status}")
}

LOGGED_MODELS = Schema(
    noun="logged models",
    attribute_prefixes=("attributes",),
    attributes={
        "name": Attribute("name", PATTERN_AND_LISTS, is_selective=True),
        "model_id": Attribute("model_id", PATTERN_AND_LISTS, is_selective=True),
        "model_type": Attribute("model_type", PATTERN_AND_LISTS),
        "source_run_id": Attribute("source_run_id", PATTERN_AND_LISTS, is_selective=True),
        "experiment_id": Attribute("experiment_id", LISTS, WHOLE),
        "status": Attribute("status", LISTS, CHOICE, choices=LOGGED_MODEL_STATUS),
        "creation_timestamp": LOGGED_MODEL_CREATED,
        "creation_timestamp_ms": LOGGED_MODEL_CREATED,
        "creation_time": LOGGED_MODEL_CREATED,
        "last_updated_timestamp": LOGGED_MODEL_UPDATED,
        "last_updated_timestamp_ms": LOGGED_MODEL_UPDATED,
    },
    sortable={
        "name": "name",
        "model_id": "model_id",
        "model_type": "model_type",
        "source_run_id": "source_run_id",
        "experiment_id": "experiment_id",
        "status": "status",
        "creation_timestamp": "created_at",
        "creation_timestamp_ms": "created_at",
        "creation_time": "created_at",
        "last_updated_timestamp": "updated_at",
        "last_updated_timestamp_ms": "updated_at",
    },
    name="name",
    order=("-created_at", "model_id"),
    ties=("-created_at", "model_id"),
    rows=(
        Rows("metrics", ("metrics",), "metrics", NUMERIC, is_sortable=True, is_numeric=True, is_history=True),
        Rows("params", ("params",), "params", (*PATTERN_AND_LISTS, *NULLS)),
        tags(("tags",), operators=PATTERN_AND_LISTS),
    ),
    experiment="experiment_id",
)
