"""The curves of a run: every metric small beside the others, or one of them large, with its figures as a table."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app.errors import DoesNotExist
from models_app.models import Metric, Run
from models_app.models.metrics import Extent
from models_app.web import http, snippets
from models_app.web.charts import series as charts
from models_app.web.views.runs import find_run, head

CHARTS_SHOWN = 12
POINTS_SHOWN = 200


@require_safe
def run_metrics(request: HttpRequest, run_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    axis = request.GET.get("x", charts.STEP)
    axis = axis if axis in charts.AXES else charts.STEP
    extents = Metric.objects.extents(run.pk)
    key = request.GET.get("key", "")
    if key and key not in extents:
        raise DoesNotExist(f"The run {run} logged no metric {key}.")
    context = {
        **head(actor, run, "Metrics"),
        "axis": axis,
        "is_log": request.GET.get("scale") == "log",
        "key": key,
        **(_one(request, run, extents[key], axis) if key else _all(request, run, extents, axis)),
    }
    return render(request, http.fragment(request, "runs/metrics.html", "curves", "points"), context)


def _all(request: HttpRequest, run: Run, extents: dict[str, Extent], axis: str) -> dict[str, Any]:
    """Curves have more than one point; a single figure is said, not drawn. The later charts follow on demand."""
    words = request.GET.get("q", "").lower().split()
    found = [extent for key, extent in extents.items() if all(word in key.lower() for word in words)]
    curves = charts.in_order(extent for extent in found if extent.is_curve)
    start = http.whole_number(request.GET.get("from")) or 0
    shown = curves[start : start + CHARTS_SHOWN]
    series = [charts.read_series(run.pk, extent, axis=axis) for extent in shown]
    single_keys = [extent.key for extent in found if not extent.is_curve]
    return {
        "words": request.GET.get("q", ""),
        "curve_count": len(curves),
        "series": series,
        "next_from": start + CHARTS_SHOWN if start + CHARTS_SHOWN < len(curves) else None,
        "previous_from": max(0, start - CHARTS_SHOWN) if start else None,
        "singles": run.latest_metrics.filter(key__in=single_keys) if not start else [],
        "total": len(extents),
        "snippet": snippets.continue_run(snippets.server_of(request), run.pk, *_LOGGING) if not extents else "",
    }


_LOGGING = ("for step in range(100):", '    mlflow.log_metric("loss", 1 / (step + 1), step=step)')


def _one(request: HttpRequest, run: Run, extent: Extent, axis: str) -> dict[str, Any]:
    start = http.whole_number(request.GET.get("from")) or 0
    points = Metric.objects.filter(run_id=run.pk, key=extent.key).order_by("step", "timestamp", "pk")
    return {
        "series": [charts.read_series(run.pk, extent, axis=axis, buckets=charts.BUCKETS_LARGE)],
        "extent": extent,
        "points": points[start : start + POINTS_SHOWN],
        "first_shown": start + 1,
        "last_shown": min(start + POINTS_SHOWN, extent.count),
        "next_from": start + POINTS_SHOWN if start + POINTS_SHOWN < extent.count else None,
        "previous_from": max(0, start - POINTS_SHOWN) if start else None,
    }
