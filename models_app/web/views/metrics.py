"""The curves of a run: every metric small beside the others, or one of them large, with its figures as a table."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from models_app.errors import DoesNotExist
from models_app.models import Metric, Run
from models_app.web import http, snippets
from models_app.web.charts.panel import Panel, make_panel, one_run_panel
from models_app.web.charts.questions import ChartQuestion
from models_app.web.selections import Chosen, marked
from models_app.web.views.charts import answer, chart_context
from models_app.web.views.runs import find_run, head

POINTS_SHOWN = 200
SINGLES_SHOWN = 200
_LOGGING = ("for step in range(100):", '    mlflow.log_metric("loss", 1 / (step + 1), step=step)')


@require_safe
def run_metrics(request: HttpRequest, run_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    question = ChartQuestion.of_request(request, find="q")
    chosen = marked([run])
    panel, own = _one(request, run, chosen, question) if question.key else _all(request, run, chosen[0], question)
    context = {
        **head(actor, run, "Metrics"),
        **chart_context(request, chosen, question, panel),
        "page_href": request.path,
        "is_found": run.latest_metrics.exists(),
        **own,
    }
    return answer(request, "runs/metrics.html", context, "points")


def _all(request: HttpRequest, run: Run, each: Chosen, question: ChartQuestion) -> tuple[Panel, dict[str, Any]]:
    panel, singles = one_run_panel(each, question)
    snippet = snippets.continue_run(snippets.server_of(request), run.pk, *_LOGGING)
    return panel, {
        "singles": [] if question.start else singles[:SINGLES_SHOWN],
        "single_count": len(singles),
        "metric_count": panel.total + len(singles),
        "has_only_singles": bool(singles) and not panel.charts and not question.as_figures,
        "snippet": snippet,
    }


def _one(request: HttpRequest, run: Run, chosen: list[Chosen], question: ChartQuestion) -> tuple[Panel, dict[str, Any]]:
    extent = Metric.objects.filter(key=question.key).extents(run.pk).get(question.key)
    if extent is None:
        raise DoesNotExist(f"The run {run} logged no metric {question.key}.")
    start = question.start
    points = Metric.objects.filter(run_id=run.pk, key=question.key).order_by("step", "timestamp", "value", "is_nan")
    panel = make_panel(chosen, ChartQuestion.of_request(request).at_start)
    return panel, {
        "extent": extent,
        "points": points[start : start + POINTS_SHOWN],
        "first_shown": start + 1,
        "last_shown": min(start + POINTS_SHOWN, extent.count),
        "next_from": start + POINTS_SHOWN if start + POINTS_SHOWN < extent.count else None,
        "previous_from": max(0, start - POINTS_SHOWN) if start else None,
    }
