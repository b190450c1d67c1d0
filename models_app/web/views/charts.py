"""Charts over several runs: the tab of an experiment, and the addresses that give a chart's points and pictures."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django_htmx.http import push_url, reswap, retarget

from models_app.models import Metric, Run
from models_app.web import addresses, http
from models_app.web.charts import columns, keys, questions, series
from models_app.web.charts.columns import read_columns
from models_app.web.charts.images import as_image
from models_app.web.charts.panel import Panel, column_names, make_panel, source_of
from models_app.web.charts.questions import ChartQuestion
from models_app.web.lists import address_of, read_list
from models_app.web.runs_question import DEFAULT_SORT, SCHEMA, RunsQuestion
from models_app.web.selections import Chosen, Selection, ids_in, marked, selected
from models_app.web.spreadsheets import CsvValue, as_csv
from models_app.web.views.experiments import find_experiment, head

COUNTS = (10, 20, 50, 100)
PULSE_SECONDS = 6
PICKED = ("across", "up", "color", "group", "axes")  # fields that choose a column
MOST_COLUMNS = 50
READERS = 4  # of a process's 8 or 16 threads; the others answer everybody else
PATIENCE = 1.0  # seconds, as does the next
ASK_AGAIN = 2
# What has a field on the page; the rest of an address is kept by the form beside the charts.
FIELDS = {"q", "n", "find", "x", "smooth", "scale", "xscale", "outliers", "of", "from", "seen", *PICKED}

_readers = threading.BoundedSemaphore(READERS)


@require_safe
def experiment_charts(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """The first runs of the same question that the runs table answers."""
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    question = RunsQuestion.of(request)
    count = http.whole_number(request.GET.get("n"))
    count = count if count in COUNTS else COUNTS[0]
    found = question.narrow(Run.objects.visible_to(actor))
    listing = read_list(found, SCHEMA, question, DEFAULT_SORT, page_size=count, experiment_ids=[experiment.pk])
    context = {
        **head(actor, experiment, "Charts"),
        "question": question,
        "listing": listing,
        "count": count,
        "counts": COUNTS,
        "page_href": request.path,
        **chart_context(request, marked(listing.rows), ChartQuestion.of_request(request)),
    }
    return answer(request, "experiments/charts.html", context, status=listing.status)


def chart_context(
    request: HttpRequest, chosen: Sequence[Chosen], question: ChartQuestion, panel: Panel | None = None
) -> dict[str, Any]:
    panel = panel or make_panel(chosen, question)
    ids = [each.pk for each in chosen]
    kept = [(key, value) for key, values in request.GET.lists() if key not in FIELDS for value in values if value]
    return {
        "chosen": chosen,
        "panel": panel,
        "charts": panel.question,
        "kept": kept,
        "kinds": questions.KINDS if len(chosen) > 1 else (),
        "figures": questions.FIGURES,
        "source": source_of(chosen, question),
        "ids_query": addresses.compare(ids).partition("?")[2],
        "compare_href": addresses.compare(ids),
        "is_running": any(each.run.is_running for each in chosen),
        "pulse_seconds": PULSE_SECONDS,
        "seen": http.whole_number(request.GET.get("seen")),
    }


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], *regions: str, status: int = 200
) -> HttpResponse:
    """The page or its charts; the address follows what was chosen, without the fields that were left empty."""
    problem = getattr(context.get("listing"), "problem", None)
    if problem and http.wants_fragment(request):
        # While a filter is being typed it is mostly wrong: the charts stay, the mistake is told below the field.
        shown = {"problem": problem, "id": "charts-problem", "is_typed": True}
        response = render(request, "components/filter_problem.html", shown, status=status)
        return retarget(reswap(push_url(response, False), "outerHTML"), "#charts-problem")
    name = http.fragment(request, template, "charts", "charts-pulse", *regions)
    response = render(request, name, context, status=status)
    return push_url(response, address_of(request)) if name.endswith("#charts") else response


@gzip_page
@require_safe
def chart_series(request: HttpRequest) -> HttpResponse:
    """The curves of one metric, thinned, as a chart of the page draws them; with the stretch it shows when zoomed.
    Curves of millions of points take seconds: who finds all places taken asks again, and the chart's script does."""
    if not _readers.acquire(timeout=PATIENCE):
        busy = {"error": "Many charts are being read right now; ask again in a moment."}
        return JsonResponse(busy, status=503, headers={"Retry-After": str(ASK_AGAIN)})
    try:
        return _series(request)
    finally:
        _readers.release()


def _series(request: HttpRequest) -> JsonResponse:
    selection = _selection(request)
    key = request.GET.get("key", "").replace("\x00", "")
    wanted = questions.wanted_in(request)
    reaches = keys.reaches(selection.ids, [key]).get(key, {})
    curves = series.read_curves(selection.chosen, key, reaches, wanted)
    return JsonResponse(
        {
            "key": key,
            "axis": series.axis_for(wanted.axis, reaches.values()),
            "thinned": any(len(curve.samples) < curve.count for curve in curves),
            "curves": [curve.data for curve in curves],
        },
        json_dumps_params={"separators": (",", ":")},
    )


def _selection(request: HttpRequest) -> Selection:
    return selected(http.actor_from(request), ids_in(request))


@require_safe
def chart_columns(request: HttpRequest) -> HttpResponse:
    """Options of the fields that choose a column: the names that hold what was typed into one of them."""
    typed = next((request.GET.getlist(name)[-1] for name in PICKED if name in request.GET), "")
    words = column_names(_selection(request).ids, typed.lower().split()[: questions.MOST_WORDS])
    return render(request, "components/options.html", {"words": words})


@require_safe
def chart_points(request: HttpRequest) -> HttpResponseBase:
    """Every point of a metric, or of all metrics, of the runs: what was logged, not what is drawn."""
    selection = _selection(request)
    key = request.GET.get("key", "").replace("\x00", "")
    return as_csv(key.replace("/", "_")[:80] or "points", _points(selection, key))


def _points(selection: Selection, key: str) -> Iterator[list[CsvValue]]:
    yield ["run_id", "run", "metric", "step", "timestamp", "value"]
    names = {each.pk: str(each.run) for each in selection.chosen}
    points = Metric.objects.filter(run_id__in=selection.ids, **({"key": key} if key else {}))
    points = points.order_by("run_id", "key", "step", "timestamp", "value", "is_nan")
    rows = points.values_list("run_id", "key", "step", "timestamp", "value", "is_nan")
    for run_id, metric, step, at, value, is_nan in rows.iterator(chunk_size=series.CHUNK):
        yield [run_id, names[run_id], metric, step, at, float("nan") if is_nan else value]


@require_safe
def chart_figures(request: HttpRequest) -> HttpResponseBase:
    """One row a run, with the columns that a picture shows."""
    selection = _selection(request)
    names = [name.replace("\x00", "") for name in request.GET.getlist("columns")][:MOST_COLUMNS]
    found = read_columns(selection.ids, [name for name in names if name.partition(".")[0] in columns.KINDS])
    rows = [
        [each.pk, str(each.run), *(column.values.get(each.pk) for column in found.values())]
        for each in selection.chosen
    ]
    return as_csv("figures", [["run_id", "run", *found], *rows])


@require_safe
def chart_picture(request: HttpRequest) -> HttpResponse:
    """A chart drawn by the server as a file: complete by itself, in the colours of paper."""
    selection = _selection(request)
    panel = make_panel(selection.chosen, ChartQuestion.of_request(request))
    shown = panel.picture or next((chart.bars for chart in panel.charts if chart.bars), None)
    response = HttpResponse(as_image(shown), content_type="image/svg+xml")
    response["Content-Disposition"] = 'attachment; filename="chart.svg"'
    return response
