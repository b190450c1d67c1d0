"""The runs of an experiment: the table, its columns, and what has happened since it was drawn."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from models_app.actors import Actor
from models_app.models import Dataset, Experiment, Run
from models_app.services import descriptions
from models_app.web import addresses, http, snippets, subjects
from models_app.web.lists import Listing, answer, read_list
from models_app.web.run_columns import COOKIE, COOKIE_AGE, Layout
from models_app.web.runs_question import DEFAULT_SORT, SCHEMA, SPAN_LABELS, STATUSES, RunsQuestion
from models_app.web.runs_table import build_table
from models_app.web.views.experiments import find_experiment, head

TEMPLATE = "experiments/detail.html"
CHOICES = "columns-choices"
DATASETS_OFFERED = 30
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
    context = {
        **head(actor, experiment, "Runs"),
        "subject": subject,
        "html": descriptions.rendered(subject.description),
        "question": question,
        "listing": listing,
        "table": build_table(actor, listing.rows, question, layout, words=words),
        "layout": layout,
        "words": words,
        "filters": _filters(experiment),
        "snippet": snippets.first_run(snippets.server_of(request), experiment.name),
    }
    if http.wants_fragment(request) and http.target_of(request) == CHOICES:
        return render(request, f"experiments/columns.html#{CHOICES}", context)
    return answer(request, TEMPLATE, "runs", listing, context)


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
    if http.wants_fragment(request):
        response: HttpResponse = http.located(address, target="runs")
    else:
        response = HttpResponseRedirect(address)
    return _remembering(response, experiment, layout)


def _remembering(response: HttpResponse, experiment: Experiment, layout: Layout) -> HttpResponse:
    path = addresses.experiment(experiment.pk)
    if layout.cookie:
        response.set_cookie(COOKIE, layout.cookie, max_age=COOKIE_AGE, path=path, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
    return response
