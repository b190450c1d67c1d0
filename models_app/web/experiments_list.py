"""The list of experiments: what narrows it, its pages, and what a row says of an experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from models_app import search
from models_app.actors import Actor
from models_app.errors import InvalidValue
from models_app.models import Experiment, ExperimentTag, Run
from models_app.models.experiments import NOTE_TAG, ExperimentQuerySet
from models_app.models.tags import SYSTEM_PREFIX
from models_app.search import FilterError
from models_app.web import facets, http
from models_app.web.lists import COUNT_LIMIT, PAGE_SIZE, FilterProblem, Listing, Question, read_list

LIST_SORT = "-creation_time"
LAST_RUN = "last_run"
FACET_ROWS = 200
FACET_TITLES = 6
MOST_CHOSEN = 10  # each tag of an address is a subquery


@dataclass(frozen=True, slots=True)
class Row:
    """`last_run_at` is when the last of its active runs started, None if it has none."""

    experiment: Experiment
    note: str
    tags: list[ExperimentTag]
    run_count: int
    last_run_at: int | None


def read(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    """What the list's page shows."""
    question = Question.of(request, LIST_SORT)
    visible = Experiment.objects.visible_to(actor)
    of_state = visible.active() if question.state == "active" else visible.deleted()
    narrowed = _narrowed(of_state, request.GET)
    is_by_last_run = question.sort.removeprefix("-") == LAST_RUN
    found = narrowed.for_table()
    listing = (
        _by_last_run(actor, found, question)
        if is_by_last_run
        else read_list(found, search.EXPERIMENTS, question, LIST_SORT)
    )
    groups = [] if listing.problem else _facets(narrowed, question.text, request.GET)
    activity = Run.objects.visible_to(actor).activity(experiment.pk for experiment in listing.rows)
    return {
        "question": question,
        "listing": listing,
        "rows": [_row(experiment, activity) for experiment in listing.rows],
        "facets": groups,
        "chosen": facets.chosen(groups),
        "is_narrowed": question.is_narrowed or bool(request.GET.get("tag")),
    }


def _narrowed(experiments: ExperimentQuerySet, params: QueryDict) -> ExperimentQuerySet:
    tags = set(params.getlist("tag"))
    if len(tags) > MOST_CHOSEN:
        raise InvalidValue(f"Choose at most {MOST_CHOSEN} tags; the address names {len(tags)}.")
    for tag in sorted(tags):
        key, _, value = tag.partition("=")
        experiments = experiments.tagged(key, value)
    return experiments


def _row(experiment: Experiment, activity: Mapping[int, tuple[int, int]]) -> Row:
    tags = list(experiment.tags.all())
    run_count, last_run_at = activity.get(experiment.pk, (0, None))
    note = next((tag.value for tag in tags if tag.key == NOTE_TAG), "")
    own = [tag for tag in tags if not tag.key.startswith(SYSTEM_PREFIX)]
    return Row(experiment, note, own, run_count, last_run_at)


def _facets(narrowed: ExperimentQuerySet, text: str, params: QueryDict) -> list[facets.Facet]:
    found: Any = search.search_box(narrowed, search.EXPERIMENTS, text)
    by_key: dict[str, list[tuple[str, str, int]]] = {}
    for key, value, count in found.tag_counts(FACET_ROWS):
        by_key.setdefault(key, []).append((f"{key}={value}", value or "(empty)", count))
    groups = (facets.facet(params, "tag", key, by_key[key]) for key in list(by_key)[:FACET_TITLES])
    return [group for group in groups if group.values]


def _by_last_run(actor: Actor, experiments: ExperimentQuerySet, question: Question) -> Listing:
    """The one order that no column holds: by the newest run, of which an index knows the time."""
    try:
        found: Any = search.search_box(experiments, search.EXPERIMENTS, question.text)
    except FilterError as error:
        return Listing(problem=FilterProblem.of(question.text, error))
    counted = found.order_by()[: COUNT_LIMIT + 1].count()
    ordered = found.by_last_run(Run.objects.visible_to(actor).active(), newest_first=question.sort.startswith("-"))
    read_to, _, last_pk = question.token.partition("-")
    moment, pk = http.whole_number(read_to), http.whole_number(last_pk)
    if moment is not None and pk is not None:
        ordered = ordered.behind_last_run(moment, pk, newest_first=question.sort.startswith("-"))
    rows = list(ordered[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    token = f"{shown[-1].last_run_at}-{shown[-1].pk}" if len(rows) > PAGE_SIZE else ""
    is_beyond = counted > COUNT_LIMIT
    return Listing(shown, token, None if is_beyond else counted, is_beyond)
