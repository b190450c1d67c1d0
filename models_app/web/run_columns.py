"""The columns of the runs table: which fields, metrics, params and tags are shown, in which order, how wide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest

from models_app.models import LatestMetric, Param, RunTag
from models_app.models.metrics import MACHINE_PREFIX
from models_app.models.tags import SYSTEM_PREFIX
from models_app.web.figures import importance

FIELD, METRIC, PARAM, TAG = "", "metrics", "params", "tags"
TITLES = {METRIC: "Metrics", PARAM: "Params", TAG: "Tags"}
SHOWN_UNASKED = {METRIC: 5, PARAM: 4, TAG: 0}
MOST_COLUMNS = 100  # the head of each holds an address that names them all: a page of 800 takes 28 MB
CHOICES_SHOWN = 60
NARROWEST, WIDEST = 48, 900  # pixels
COOKIE = "laurel_runs"
COOKIE_AGE = 400 * 24 * 3600  # as long as browsers keep one
COOKIE_LENGTH = 3_800  # browsers drop longer ones without a word


@dataclass(frozen=True, slots=True)
class Field:
    """`sort` is what a first press on the head sorts by; `note` says what that is, if it needs saying."""

    label: str
    sort: str
    is_numeric: bool = False
    note: str = ""


FIELDS = {
    "start_time": Field("Started", "-start_time"),
    "duration": Field("Duration", "-duration", is_numeric=True),
    "models": Field("Models", "models", note="By the name of its first registered model; runs without one come last"),
    "dataset": Field("Dataset", "dataset", note="By the name of the dataset it read first; runs without one come last"),
    "user_id": Field("User", "user_id"),
    "status": Field("Status", "status"),
    "source": Field("Source", "tags.mlflow.source.name"),
    "commit": Field("Commit", "tags.mlflow.source.git.commit"),
    "end_time": Field("Ended", "-end_time"),
    "run_id": Field("Run id", "run_id"),
}
FIELDS_BEFORE, FIELDS_AFTER = ("start_time", "duration", "models"), ("dataset", "user_id")


@dataclass(frozen=True, slots=True)
class Column:
    """`differs` says that the shown runs do not agree on it, `varies` that some hold another value, not none. `title`
    stands over the first of several of one kind."""

    kind: str
    key: str
    differs: bool = False
    varies: bool = False
    coverage: int = 0
    width: int | None = None
    title: str = ""

    @property
    def name(self) -> str:
        """As the `cols` of an address call it; with a kind before the dot, the filter language does too."""
        return f"{self.kind}.{self.key}" if self.kind else self.key

    @property
    def label(self) -> str:
        return self.key if self.kind else FIELDS[self.key].label

    @property
    def sort(self) -> str:
        if not self.kind:
            return FIELDS[self.key].sort
        return f"-{self.name}" if self.kind == METRIC else self.name

    @property
    def note(self) -> str:
        """On its head."""
        return self.name if self.kind else FIELDS[self.key].note

    @property
    def is_numeric(self) -> bool:
        return self.kind == METRIC or (not self.kind and FIELDS[self.key].is_numeric)


@dataclass(frozen=True, slots=True)
class Layout:
    """What somebody chose: columns in their order (none: the most telling ones), and widths in pixels by name."""

    names: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> "Layout":
        """Of the address, or else as it was remembered for this experiment."""
        remembered = parse_qs(request.COOKIES.get(COOKIE, "")[:COOKIE_LENGTH])
        names = request.GET.getlist("cols") or remembered.get("cols", [])
        widths = request.GET.getlist("w") or remembered.get("w", [])
        return cls.read(names, widths)

    @classmethod
    def read(cls, names: Iterable[str], widths: Iterable[str]) -> "Layout":
        known = [name for name in dict.fromkeys(names) if column_named(name)]
        return cls(tuple(known[:MOST_COLUMNS]), dict(filter(None, map(_width, list(widths)[:MOST_COLUMNS]))))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As an address holds it."""
        return [("cols", name) for name in self.names] + [("w", f"{name}:{px}") for name, px in self.widths.items()]

    @property
    def cookie(self) -> str:
        """ "" when it is too long to be remembered."""
        text = urlencode(self.pairs)
        return text if len(text) <= COOKIE_LENGTH else ""


def _width(text: str) -> tuple[str, int] | None:
    name, _, number = text.rpartition(":")
    if not name or not number.isascii() or not number.isdigit() or len(number) > 4:
        return None
    return name, min(max(int(number), NARROWEST), WIDEST)


def column_named(name: str) -> Column | None:
    """None for what is no column."""
    kind, dot, key = name.partition(".")
    if dot and kind in TITLES and key:
        return Column(kind, key)
    return Column(FIELD, name) if name in FIELDS else None


@dataclass(frozen=True, slots=True)
class Columns:
    """Those shown, in order, and by kind the ones that could be, the most telling first; more of them than a list
    can show are found by `words`."""

    shown: list[Column]
    choices: dict[str, list[Column]]
    left_out: int = 0

    def of_kind(self, kind: str) -> list[Column]:
        return [column for column in self.shown if column.kind == kind]

    @property
    def groups(self) -> list[tuple[str, list[Column]]]:
        return [(TITLES.get(kind, "Fields"), found) for kind, found in self.choices.items() if found]


def columns_of(run_ids: Sequence[str], layout: Layout, words: str = "") -> Columns:
    """For these runs. Three queries, whatever they hold."""
    known = {METRIC: _metrics(run_ids), PARAM: _texts(Param, run_ids), TAG: _texts(RunTag, run_ids)}
    shown = _chosen(layout, known) if layout.names else _telling(known)
    names = {column.name for column in shown}
    known[FIELD] = [Column(FIELD, key) for key in FIELDS]
    choices: dict[str, list[Column]] = {}
    left_out = 0
    for kind in (FIELD, METRIC, PARAM, TAG):
        found = [column for column in known[kind] if column.name not in names and _has_words(column, words)]
        choices[kind] = found[:CHOICES_SHOWN]
        left_out += len(found) - len(choices[kind])
    return Columns(_dressed(shown, layout.widths), choices, left_out)


def _metrics(run_ids: Sequence[str]) -> list[Column]:
    rows = LatestMetric.objects.filter(run_id__in=run_ids).order_by().values("key")
    nans = Count("pk", filter=Q(is_nan=True))
    rows = rows.annotate(count=Count("pk"), nans=nans, low=Min("value"), high=Max("value"))
    found = []
    for row in rows:
        varies = row["low"] != row["high"] or 0 < row["nans"] < row["count"]
        found.append(Column(METRIC, row["key"], varies or row["count"] < len(run_ids), varies, row["count"]))
    return sorted(found, key=_usefulness)


def _texts(table: type[Param] | type[RunTag], run_ids: Sequence[str]) -> list[Column]:
    rows = table._default_manager.filter(run_id__in=run_ids).order_by().values("key")
    if table is RunTag:
        rows = rows.exclude(key__startswith=SYSTEM_PREFIX)
    rows = rows.annotate(count=Count("pk"), low=Min("value"), high=Max("value"))
    kind = TAG if table is RunTag else PARAM
    found = []
    for row in rows:
        varies = row["low"] != row["high"]
        found.append(Column(kind, row["key"], varies or row["count"] < len(run_ids), varies, row["count"]))
    return sorted(found, key=_usefulness)


def _is_machine(column: Column) -> bool:
    return column.kind == METRIC and column.key.startswith(MACHINE_PREFIX)


def _usefulness(column: Column) -> tuple[object, ...]:
    rank = importance(column.key) if column.kind == METRIC else (column.key,)
    return (_is_machine(column), not column.varies, not column.differs, -column.coverage, rank)


def _telling(known: Mapping[str, Sequence[Column]]) -> list[Column]:
    telling = [
        column
        for kind, count in SHOWN_UNASKED.items()
        for column in [each for each in known[kind] if not _is_machine(each)][:count]
    ]
    before, after = ([Column(FIELD, key) for key in keys] for keys in (FIELDS_BEFORE, FIELDS_AFTER))
    return [*before, *telling, *after]


def _chosen(layout: Layout, known: Mapping[str, Sequence[Column]]) -> list[Column]:
    by_name = {column.name: column for columns in known.values() for column in columns}
    found = (by_name.get(name) or column_named(name) for name in layout.names)
    return [column for column in found if column]


def _dressed(columns: Iterable[Column], widths: Mapping[str, int]) -> list[Column]:
    dressed: list[Column] = []
    kind = FIELD
    for column in columns:
        title = TITLES.get(column.kind, "") if column.kind != kind else ""
        dressed.append(replace(column, width=widths.get(column.name), title=title))
        kind = column.kind
    return dressed


def _has_words(column: Column, words: str) -> bool:
    text = column.label.lower()
    return all(word in text for word in words.lower().split())
