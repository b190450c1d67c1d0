"""Runs side by side: a table of what they differ in, or their charts, at one address that names the runs."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from models_app.actors import Actor
from models_app.templatetags.registry import exact_time
from models_app.web import comparison, comparison_facts, http
from models_app.web.charts.questions import ChartQuestion
from models_app.web.comparison import Cell, Question, Section
from models_app.web.selections import MOST_RUNS, Selection, ids_in, selected
from models_app.web.spreadsheets import CsvValue, as_csv
from models_app.web.views.charts import answer, chart_context

TABLE, CHARTS = "table", "charts"
SEVERAL = {"axes"}  # what an address may hold more than one of, beside the runs
SECTIONS = (
    comparison.DETAILS,
    comparison.METRICS,
    comparison.PARAMS,
    comparison.TAGS,
    comparison_facts.INPUTS,
    comparison_facts.MODELS,
    comparison_facts.FILES,
)


@require_safe
def run_comparison(request: HttpRequest) -> HttpResponseBase:
    actor = http.actor_from(request)
    state = _state(request)
    address = f"{request.path}?{state.urlencode()}" if state else request.path
    if "without" in request.GET and not http.wants_fragment(request):
        return HttpResponseRedirect(address)
    selection = selected(actor, state.getlist("ids")).with_reference(state.get("base", ""))
    # What the links of the page are made from: each names all runs, so it names no more than are compared.
    state.setlist("ids", state.getlist("ids")[:MOST_RUNS])
    request.GET = state  # type: ignore[assignment]  # a copy that can be written
    if state.get("view") == CHARTS:
        context = {
            **_frame(selection, CHARTS),
            **chart_context(request, selection.chosen, ChartQuestion.of_request(request)),
            "page_href": request.path,
        }
        return answer(request, "runs/compare_charts.html", context)
    response = render(
        request,
        http.fragment(request, "runs/compare.html", "comparison", "comparison-files"),
        {**_frame(selection, TABLE), **_table(actor, selection, _question(request))},
    )
    if http.wants_fragment(request) and http.target_of(request) == "comparison":
        push_url(response, address)
    return response


def _state(request: HttpRequest) -> QueryDict:
    """The address as it should stand: no field that was left empty, no run that was taken out, no field twice."""
    state = QueryDict(mutable=True)
    without = request.GET.get("without", "")
    state.setlist("ids", [run_id for run_id in ids_in(request) if run_id != without])
    for key in request.GET:
        values = [value for value in request.GET.getlist(key) if value] if key not in {"ids", "without"} else []
        if key in SEVERAL:
            state.setlist(key, values)
        elif values and request.GET.getlist(key)[-1] and (key, values[-1]) != ("base", without):
            state[key] = values[-1]
    return state


def _question(request: HttpRequest) -> Question:
    only = request.GET.get("section", "")
    return Question(
        shows_all=request.GET.get("show") == "all",
        words=request.GET.get("find", "").lower().replace("\x00", "").split()[:10],
        only=only if only in SECTIONS else "",
        start=http.whole_number(request.GET.get("from")) or 0,
    )


def _frame(selection: Selection, view: str) -> dict[str, Any]:
    experiments = {run.experiment_id: run.experiment for run in selection.runs}
    return {
        "selection": selection,
        "experiment": next(iter(experiments.values())) if len(experiments) == 1 else None,
        "most_runs": MOST_RUNS,
        "view": view,
    }


def _table(actor: Actor, selection: Selection, question: Question) -> dict[str, Any]:
    sections = _sections(actor, selection, question) if selection.chosen else []
    return {
        "question": question,
        "sections": [section for section in sections if section.rows or section.same_count or question.only],
        "asks_for_files": question.only in {"", comparison_facts.FILES},
    }


def _sections(actor: Actor, selection: Selection, question: Question) -> list[Section]:
    """Files are listed by the store, which may be far away: only when they are asked for by themselves."""
    tags = comparison_facts.tags_of(selection)
    makers: dict[str, Callable[[], Section]] = {
        comparison.DETAILS: partial(comparison_facts.details, selection, tags, question),
        **{kind.name: partial(comparison.keyed_section, kind, selection, question) for kind in comparison.KINDS},
        comparison_facts.INPUTS: partial(comparison_facts.inputs, selection, question),
        comparison_facts.MODELS: partial(comparison_facts.models, actor, selection, tags, question),
    }
    if question.only == comparison_facts.FILES:
        return [comparison_facts.files(selection, question)]
    return [make() for name, make in makers.items() if question.only in {"", name}]


@require_safe
def run_comparison_csv(request: HttpRequest) -> HttpResponseBase:
    """The table with all its rows and whole values; differences only, and words looked for, as on the page."""
    actor = http.actor_from(request)
    selection = selected(actor, ids_in(request)).with_reference(request.GET.get("base", ""))
    return as_csv("runs", _csv_rows(actor, selection, _question(request)))


def _csv_rows(actor: Actor, selection: Selection, question: Question) -> Iterator[list[CsvValue]]:
    yield ["Section", "Key", *(str(run) for run in selection.runs)]
    if not selection.chosen:
        return
    yield ["Details", "Status", *(run.status for run in selection.runs)]
    yield ["Details", "Duration (ms)", *(run.duration_ms for run in selection.runs)]
    tags = comparison_facts.tags_of(selection)
    if question.only in {"", comparison.DETAILS}:
        yield from _csv_of(comparison_facts.details(selection, tags, question))
    for kind in comparison.KINDS:
        if question.only in {"", kind.name}:
            for key, cells in comparison.all_rows(kind, selection, question):
                yield [kind.title, key, *cells]
    if question.only in {"", comparison_facts.INPUTS}:
        yield from _csv_of(comparison_facts.inputs(selection, question))
    if question.only in {"", comparison_facts.MODELS}:
        yield from _csv_of(comparison_facts.models(actor, selection, tags, question))


def _csv_of(section: Section) -> Iterator[list[CsvValue]]:
    for row in section.rows:
        yield [section.title, row.key, *(_csv_value(cell) for cell in row.cells)]


def _csv_value(cell: Cell) -> CsvValue:
    return exact_time(cell.at) if cell.at is not None else cell.value
