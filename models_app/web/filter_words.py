"""What may come next in the filter box of runs: keys of the experiment, and values of the key that stands there."""

import re
from dataclasses import dataclass

from models_app.models import Param, Run, RunTag
from models_app.search import Key
from models_app.web.run_columns import FIELD, Layout, columns_of
from models_app.web.runs_question import STATUSES

RUNS_READ = 20  # the latest of the experiment: what they logged is what people look for
OFFERED = 12
LONGEST_VALUE = 80
OPEN_KEY = re.compile(r"(?:^|\bAND\s+)(?P<key>[\w.`/-]*)$", re.IGNORECASE)
OPEN_VALUE = re.compile(
    r"(?:^|\bAND\s+)(?P<key>[\w./-]+|\w+\.`[^`]+`)\s*(?:=|!=|(?:I?LIKE))\s*(?P<value>'[^']*|)$", re.IGNORECASE
)
ATTRIBUTES = ("status", "run_name", "start_time", "user_id")
VALUE_TABLES = {"params": Param, "param": Param, "tags": RunTag, "tag": RunTag}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` is the whole filter with the suggestion in it; `word` the part that is new."""

    word: str
    text: str


def suggestions(experiment_id: int, text: str) -> list[Suggestion]:
    """For the end of the text. Plain words, which look into names, complete to keys that hold them."""
    recent = Run.objects.filter(experiment_id=experiment_id, deleted_at=None).order_by("-started_at", "run_id")
    run_ids = list(recent.values_list("pk", flat=True)[:RUNS_READ])
    if match := OPEN_VALUE.search(text):
        before = text[: match.start("value")]
        words = _values(run_ids, match["key"], match["value"].removeprefix("'"))
        return [Suggestion(word, f"{before}{word} ") for word in words]
    match = OPEN_KEY.search(text)
    if match is None:
        return []
    before = text[: match.start("key")]
    return [Suggestion(word, f"{before}{word} ") for word in _keys(run_ids, match["key"])]


def _keys(run_ids: list[str], typed: str) -> list[str]:
    kind, dot, part = typed.lower().replace("`", "").partition(".")
    part = part if dot else kind
    found = columns_of(run_ids, Layout(), part)
    columns = [*found.shown, *(column for choices in found.choices.values() for column in choices)]
    attributes = [] if dot else [word for word in ATTRIBUTES if part in word]
    named = [
        str(Key(column.kind, column.key))
        for column in columns
        if column.kind != FIELD and part in column.key.lower() and (not dot or column.kind.startswith(kind))
    ]
    return list(dict.fromkeys(attributes + named))[:OFFERED]


def _values(run_ids: list[str], key: str, typed: str) -> list[str]:
    kind, dot, name = key.partition(".")
    if key.lower() == "status":
        return [f"'{status}'" for status in STATUSES if typed.upper() in status]
    table = VALUE_TABLES.get(kind.lower()) if dot else None
    if table is None:
        return []
    rows = table._default_manager.filter(run_id__in=run_ids, key=name.strip("`"), value__icontains=typed).order_by()
    values = rows.values_list("value", flat=True).distinct()[: OFFERED * 4]
    short = [value for value in values if len(value) <= LONGEST_VALUE and "\n" not in value]
    return ["'" + value.replace("'", "''") + "'" for value in short][:OFFERED]
