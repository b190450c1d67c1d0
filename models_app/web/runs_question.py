"""What the address of a page of runs asks for: a filter, states, a time range, datasets, nesting, a grouping."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from models_app import clock, search
from models_app.actors import Actor
from models_app.models import DatasetInput, ModelVersion, Run
from models_app.models.runs import RunQuerySet
from models_app.search import Comparison, Derived, FilterError, Key, Schema
from models_app.templatetags.registry import DAY, HOUR
from models_app.web.lists import STATES, Question

DEFAULT_SORT = "-start_time"
INPUTS = DatasetInput.objects.filter(run=OuterRef("pk")).order_by("pk")
VERSIONS = ModelVersion.objects.filter(
    run_id=OuterRef("pk"), deleted_at=None, model__workspace=OuterRef("experiment__workspace")
).order_by("model__name")
# The protocol sorts runs by columns of theirs; pages also by what a run has several of, the first of which counts.
SCHEMA: Schema = replace(
    search.RUNS,
    sortable={**search.RUNS.sortable, "duration": "duration_ms"},
    derived=(
        Derived("dataset", Subquery(INPUTS.values("dataset__name")[:1])),
        Derived("models", Subquery(VERSIONS.values("model__name")[:1])),
    ),
)
STATUSES = Run.Status.values
SPANS = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "365d": 365 * DAY}
SPAN_LABELS = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "365d": "Last year",
}
MOST_OPENED = 50
UNFINISHED = re.compile(r"(?:metrics|params|tags)\.(?:`[^`]*`?|\S*)", re.IGNORECASE)  # a name is hardly like that
ALL = "all"
GROUP_KINDS = ("params", "tags")
DATASET_GROUP = "dataset"


@dataclass(frozen=True, slots=True)
class RunsQuestion(Question):
    """`from_day` and `until_day` (which is included) are days of UTC as 2026-11-23. `datasets` are digests. `opened`
    are runs whose nested runs are shown, or "all". `group` is "params.<key>", "tags.<key>", "dataset", or ""."""

    statuses: tuple[str, ...] = ()
    since: str = ""
    from_day: str = ""
    until_day: str = ""
    datasets: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    is_flat: bool = False
    group: str = ""

    @classmethod
    def of(cls, request: HttpRequest, default_sort: str = DEFAULT_SORT) -> "RunsQuestion":
        asked = Question.of(request, default_sort)
        since = request.GET.get("since", "")
        statuses = [status for status in dict.fromkeys(request.GET.getlist("status")) if status in STATUSES]
        return cls(
            asked.text,
            asked.state,
            asked.sort,
            asked.token,
            statuses=tuple(statuses),
            since=since if since in SPANS else "",
            from_day=_day(request.GET.get("from_day", "")),
            until_day=_day(request.GET.get("until_day", "")),
            datasets=tuple(filter(None, dict.fromkeys(request.GET.getlist("dataset"))))[:MOST_OPENED],
            opened=tuple(dict.fromkeys(request.GET.getlist("open")))[:MOST_OPENED],
            is_flat="flat" in request.GET,
            group=_group(request.GET.get("group", "")),
        )

    @property
    def narrowing(self) -> int:
        """How many of the filters beside the box are in use."""
        return sum(map(bool, (self.statuses, self.since, self.from_day, self.until_day, self.datasets)))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.narrowing) or self.state != STATES[0]

    @property
    def nests(self) -> bool:
        """A filter may find a nested run without its parent; a ranking and groups are of all runs: those are plain."""
        if self.is_flat or self.is_narrowed or self.group:
            return False
        return self.sort.removeprefix("-") == "start_time"

    def comparisons(self, schema: Schema) -> list[Comparison]:
        if UNFINISHED.fullmatch(self.text):
            message = "after a key comes a comparison, such as > 0.9 or = 'five'"
            raise FilterError(message, position=len(self.text))
        found = Question.comparisons(self, schema)
        if self.datasets:
            found.append(Comparison(Key("dataset", "digest"), "IN", self.datasets))
        return found

    def narrow(self, runs: RunQuerySet) -> RunQuerySet:
        """By what a comparison can't say: a time range that moves on between two pages, among others."""
        runs = runs.active() if self.state == STATES[0] else runs.deleted()
        if self.statuses:
            runs = runs.filter(status__in=self.statuses)
        if self.since:
            runs = runs.filter(started_at__gte=clock.now_ms() - SPANS[self.since])
        if self.from_day:
            runs = runs.filter(started_at__gte=_start_of(self.from_day))
        if self.until_day:
            runs = runs.filter(started_at__lt=_start_of(self.until_day) + DAY)
        return runs


def _day(text: str) -> str:
    """As it is written, if it is a day."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _start_of(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), UTC).timestamp() * 1000)


def _group(text: str) -> str:
    kind, _, key = text.partition(".")
    return text if text == DATASET_GROUP or (kind in GROUP_KINDS and key) else ""


def found_runs(actor: Actor, question: RunsQuestion, experiment_ids: Sequence[int]) -> QuerySet[Any]:
    """All that the question finds, in no order. Raises FilterError."""
    runs = question.narrow(Run.objects.visible_to(actor))
    return search.search(runs, SCHEMA, question.comparisons(SCHEMA), experiment_ids=experiment_ids).order_by()
