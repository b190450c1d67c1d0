"""The runs a run belongs to, up to the first, and those that belong to it, a page at a time."""

from typing import Any

from django.http import HttpRequest

from models_app.actors import Actor
from models_app.models import LatestMetric, Run
from models_app.web import figures, http
from models_app.web.keyed import text_of

CHILDREN_PAGE = 20
KEYS_CONSIDERED = 200


def family_of(actor: Actor, request: HttpRequest, run: Run, parent_id: str) -> dict[str, Any]:
    """`ancestors` begin with the first; they may name each other in a circle, so none is named twice."""
    runs = Run.objects.visible_to(actor)
    ids = runs.ancestor_ids(run.pk) if parent_id else []
    found = runs.in_bulk(ids) if ids else {}
    return {"ancestors": [found[pk] for pk in reversed(ids) if pk in found], **_children(actor, request, run)}


def _children(actor: Actor, request: HttpRequest, run: Run) -> dict[str, Any]:
    children = Run.objects.visible_to(actor).active().children_of(run.pk)
    place = text_of(request.GET, "children_after", 60)
    moment, _, pk = place.partition("-")
    started = http.whole_number(moment)
    after = children.after(started, pk) if started is not None else children
    read = list(after[: CHILDREN_PAGE + 1])
    shown = read[:CHILDREN_PAGE]
    points = LatestMetric.objects.filter(run_id__in=[child.pk for child in shown])
    key = min(points.common_keys(KEYS_CONSIDERED), key=figures.importance, default="") if shown else ""
    values = points.by_run([key]) if key else {}
    is_part = started is not None or len(read) > CHILDREN_PAGE
    return {
        "children": [{"run": child, "point": values.get(child.pk, {}).get(key)} for child in shown],
        "child_count": children.count() if is_part else len(read),
        "child_metric": key,
        "children_after": place if started is not None else "",
        "children_next": f"{shown[-1].started_at}-{shown[-1].pk}" if len(read) > CHILDREN_PAGE else "",
    }
