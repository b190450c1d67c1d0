"""The runs of an experiment: the table, its columns, and what has happened since it was drawn."""

from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from models_app import search
from models_app.actors import Actor
from models_app.errors import InvalidValue
from models_app.models import Dataset, Experiment, Run
from models_app.names import is_run_id
from models_app.search import FilterError
from models_app.services import descriptions
from models_app.web import addresses, http, runs_export, snippets, subjects
from models_app.web.filter_hints import Hint, hints
from models_app.web.filter_words import suggestions
from models_app.web.lists import Listing, answer, read_list
from models_app.web.run_columns import COOKIE, COOKIE_AGE, METRIC, PARAM, TAG, Column, Columns, Layout
from models_app.web.run_groups import AGGREGATES, MEAN, build_groups
from models_app.web.runs_question import (
    DATASET_GROUP,
    DEFAULT_SORT,
    SCHEMA,
    SPAN_LABELS,
    STATUSES,
    RunsQuestion,
    found_runs,
)
from models_app.web.runs_table import RunsTable, build_table
from models_app.web.spreadsheets import as_csv
from models_app.web.views import saved_views
from models_app.web.views.experiments import find_experiment, head

TEMPLATE = "experiments/detail.html"
CHOICES = "columns-choices"
DATASETS_OFFERED = 30
GROUPS_OFFERED = 30
LONGEST_COMPLETED = 2_000
MOST_REFRESHED = 300  # rows: a page, and the nested runs in it
MOST_NEW = 99
LONGEST_ADDRESS = 12_000  # characters; servers and proxies take 16,384, and links of the page add to it
OF_THE_FORM = {"cols", "w", "step", "find", "csrfmiddlewaretoken"}  # the rest is the address it was sent from


@require_safe
def experiment_detail(request: HttpRequest, experiment_id: int) -> HttpResponse:
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    question = RunsQuestion.of(request)
    listing = _listing(actor, experiment, question)
    layout = Layout.of(request)
    words = request.GET.get("find", "")
    subject = subjects.subject_of(actor, experiment)
    table = build_table(actor, listing.rows, question, layout, words=words)
    context = {
        **head(actor, experiment, "Runs"),
        "subject": subject,
        "html": descriptions.rendered(subject.description),
        "question": question,
        "listing": listing,
        "table": table,
        "layout": layout,
        "words": words,
        "filters": _filters(experiment),
        "seen": _newest(actor, experiment, question, listing),
        "hints": _hints(experiment, question, listing),
        "is_live": request.GET.get("live") != "off",
        "snippet": snippets.first_run(snippets.server_of(request), experiment.name),
        **_grouping(request, actor, experiment, question, listing, table),
        **saved_views.menu(request, experiment, layout),
    }
    if http.wants_fragment(request) and http.target_of(request) == CHOICES:
        return render(request, f"experiments/columns.html#{CHOICES}", context)
    return answer(request, TEMPLATE, "runs", listing, context)


def _grouping(
    request: HttpRequest,
    actor: Actor,
    experiment: Experiment,
    question: RunsQuestion,
    listing: Listing,
    table: RunsTable,
) -> dict[str, Any]:
    """What one may group by; and the groups, when the address asks for them and the filter can be read."""
    context: dict[str, Any] = {
        "group_title": "Dataset" if question.group == DATASET_GROUP else question.group.partition(".")[2],
        "group_choices": _group_choices(table.columns),
        "aggregates": AGGREGATES,
    }
    if not question.group or listing.problem:
        return context
    aggregate = request.GET.get("agg", MEAN)
    aggregate = aggregate if aggregate in dict(AGGREGATES) else MEAN
    metrics = [column.key for column in table.columns.of_kind(METRIC)]
    found = found_runs(actor, question, [experiment.pk])
    groups = build_groups(found, question, experiment.pk, metrics, aggregate)
    left_out = {"q", "group", "agg", "sort", "page", "open", "live"}
    kept = [(key, value) for key, values in request.GET.lists() if key not in left_out for value in values]
    for group in groups.rows:
        if group.query:
            others = [pair for pair in kept if pair[0] not in group.query]
            group.href = addresses.experiment(experiment.pk, [*others, *group.query.items()])
    return {**context, "groups": groups}


def _group_choices(columns: Columns) -> list[tuple[str, list[Column]]]:
    """Params and tags that the shown runs have, those that differ first; a value of each run's own makes no groups."""
    everything = [*columns.shown, *(column for found in columns.choices.values() for column in found)]
    return [
        (title, [column for column in everything if column.kind == kind][:GROUPS_OFFERED])
        for kind, title in ((PARAM, "Params"), (TAG, "Tags"))
    ]


@require_safe
def runs_csv(request: HttpRequest, experiment_id: int) -> HttpResponseBase:
    """What the page of the same query shows: its rows, or with `all` those of the pages behind it too."""
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    question, layout = RunsQuestion.of(request), Layout.of(request)
    listing = _listing(actor, experiment, question)
    if listing.problem:
        raise InvalidValue(listing.problem.message, field="q")
    if "all" in request.GET and not question.group:
        return as_csv(experiment.name, runs_export.all_rows(actor, listing, question, layout, experiment.pk))
    table = build_table(actor, listing.rows, question, layout)
    grouping = _grouping(request, actor, experiment, question, listing, table)
    if question.group:
        return as_csv(experiment.name, runs_export.group_rows(grouping["groups"], grouping["group_title"]))
    return as_csv(experiment.name, runs_export.page_rows(table.rows, table.columns))


@require_safe
def filter_words(request: HttpRequest, experiment_id: int) -> HttpResponse:
    experiment = find_experiment(http.actor_from(request), experiment_id)
    found = suggestions(experiment.pk, request.GET.get("q", "")[-LONGEST_COMPLETED:])
    return render(request, "experiments/filter_words.html", {"suggestions": found})


@require_safe
def runs_news(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """For a page that is looked at: how many runs began since it was drawn, and the rows of those that were running
    then. `rows` are the page's runs, `shown` its columns, `running` whose rows to draw anew, `seen` since when to count
    new ones."""
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    question = RunsQuestion.of(request)
    known = Run.objects.visible_to(actor).filter(experiment=experiment).in_bulk(_listed(request, "rows"))
    runs = [known[run_id] for run_id in _listed(request, "rows") if run_id in known]
    layout = Layout(Layout.read(request.GET.getlist("shown"), ()).names, Layout.of(request).widths)
    table = build_table(actor, runs, question, layout)
    running = set(_listed(request, "running"))
    rows = [row for row in table.rows if row.run.pk in running]
    seen = http.whole_number(request.GET.get("seen")) or 0
    context = {
        "experiment": experiment,
        "question": question,
        "table": table,
        "rows": rows,
        "seen": seen,
        "new_count": _begun_since(actor, experiment, question, seen),
        "swaps": True,
    }
    return render(request, "experiments/news.html", context)


def _listed(request: HttpRequest, key: str) -> list[str]:
    found = [part for text in request.GET.getlist(key) for part in text.split(",") if is_run_id(part)]
    return list(dict.fromkeys(found))[:MOST_REFRESHED]


def _begun_since(actor: Actor, experiment: Experiment, question: RunsQuestion, seen: int) -> int:
    """Of what the page's question finds; counted as far as a person would read."""
    try:
        found = found_runs(actor, question, [experiment.pk]).filter(started_at__gt=seen)
    except FilterError:
        return 0
    return found[: MOST_NEW + 1].count()


def _hints(experiment: Experiment, question: RunsQuestion, listing: Listing) -> list[Hint]:
    """Only a filter that finds nothing needs them."""
    if listing.rows or listing.problem or not question.text:
        return []
    return hints(experiment.pk, search.box(SCHEMA, question.text))


def _newest(actor: Actor, experiment: Experiment, question: RunsQuestion, listing: Listing) -> int:
    """Of all that is found: runs that are folded away, or come later in another order, are no news."""
    if listing.problem:
        return 0
    if question.sort == DEFAULT_SORT and (not question.nests or listing.total == len(listing.rows)):
        return max((run.started_at for run in listing.rows), default=0)
    found = found_runs(actor, question, [experiment.pk])
    return found.aggregate(newest=Max("started_at"))["newest"] or 0


def _listing(actor: Actor, experiment: Experiment, question: RunsQuestion) -> Listing:
    runs = question.narrow(Run.objects.visible_to(actor))
    with_rows = runs.top_level() if question.nests else runs
    return read_list(runs, SCHEMA, question, DEFAULT_SORT, with_rows=with_rows, experiment_ids=[experiment.pk])


def _filters(experiment: Experiment) -> dict[str, Any]:
    datasets = Dataset.objects.filter(experiment=experiment).order_by("name", "digest")
    return {
        "statuses": [(status, Run.Status(status).label) for status in STATUSES],
        "spans": list(SPAN_LABELS.items()),
        "datasets": list(datasets.values_list("name", "digest")[:DATASETS_OFFERED]),
    }


@require_POST
def set_columns(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Remembers the layout for this browser, and leads to the page that shows it. `step` is "reset", or moves a column
    one place: "up:<name>", "down:<name>"."""
    experiment = find_experiment(http.actor_from(request), experiment_id)
    names = list(dict.fromkeys(request.POST.getlist("cols")))
    step, _, moved = request.POST.get("step", "").partition(":")
    if moved in names and step in {"up", "down"}:
        at = names.index(moved)
        names.insert(max(0, at - 1) if step == "up" else at + 1, names.pop(at))
    layout = Layout() if step == "reset" else Layout.read(names, request.POST.getlist("w"))
    kept = [(key, value) for key, values in request.POST.lists() if key not in OF_THE_FORM for value in values if value]
    address = addresses.experiment(experiment.pk, kept + layout.pairs)
    if len(address) > LONGEST_ADDRESS:
        return _too_long(request, addresses.experiment(experiment.pk, kept), len(layout.names))
    if http.wants_fragment(request):
        response: HttpResponse = http.located(address, target="runs")
    else:
        response = HttpResponseRedirect(address)
    return _remembering(response, experiment, layout)


def _too_long(request: HttpRequest, address: str, count: int) -> HttpResponse:
    message = f"The columns stay as they were: the names of these {count} are too long for one address. Choose fewer."
    if http.wants_fragment(request):
        response = HttpResponse(status=204)
        http.toast(response, message, level="error")
        return response
    http.toast(request, message, level="error")
    return HttpResponseRedirect(address)


def _remembering(response: HttpResponse, experiment: Experiment, layout: Layout) -> HttpResponse:
    path = addresses.experiment(experiment.pk)
    if layout.cookie:
        response.set_cookie(COOKIE, layout.cookie, max_age=COOKIE_AGE, path=path, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
    return response
