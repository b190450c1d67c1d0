"""What is done to several runs at once: the ticked ones of a table, named by `ids` in the address or the form."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied, RegistryError
from models_app.models import ModelVersion, Run, RunTag
from models_app.services import runs as services
from models_app.web import addresses, http
from models_app.web.forms.tags import TagRows
from models_app.web.selections import ids_in
from models_app.web.views import runs

CHANGED: dict[str, object] = {"runs:changed": {}}
NAMES_SHOWN = 8


def _selected(request: HttpRequest, actor: Actor) -> list[Run]:
    ids = ids_in(request)
    if not ids:
        raise InvalidValue("Select one run or more first.", field="ids")
    if len(ids) > limits.SELECTED_RUNS:
        raise InvalidValue(f"At most {limits.SELECTED_RUNS:,} runs can be changed at once.", field="ids")
    found = Run.objects.visible_to(actor).select_related("experiment").in_bulk(ids)
    if missing := next((run_id for run_id in ids if run_id not in found), None):
        raise DoesNotExist(f"There is no run {missing}.")
    return [found[run_id] for run_id in ids]


def _page_of(selected: Sequence[Run]) -> str:
    """Where the runs stand in a table."""
    experiments = {run.experiment_id for run in selected}
    return addresses.experiment(experiments.pop()) if len(experiments) == 1 else reverse("web:experiment_list")


def _counted(selected: Sequence[Run]) -> str:
    return f"Run {selected[0]}" if len(selected) == 1 else f"{len(selected):,} runs"


def _context(selected: Sequence[Run], **more: Any) -> dict[str, Any]:
    return {
        "runs": selected,
        "names": selected[:NAMES_SHOWN],
        "unnamed": len(selected) - NAMES_SHOWN,
        "cancel_href": _page_of(selected),
        **more,
    }


@require_safe
def rename_selected(request: HttpRequest) -> HttpResponse:
    ids = ids_in(request)
    if len(ids) != 1:
        raise InvalidValue("Select exactly one run to rename it.", field="ids")
    return runs.run_rename(request, ids[0])


@require_http_methods(["GET", "HEAD", "POST"])
def delete_selected(request: HttpRequest) -> HttpResponse:
    actor = http.actor_from(request)
    selected = _selected(request, actor)
    if request.method == "POST":
        services.delete_runs(actor=actor, run_ids=[run.pk for run in selected])
        undo = f"{reverse('web:runs_restore')}?ids={','.join(run.pk for run in selected)}"
        text = f"{_counted(selected)} deleted."
        return http.saved(request, _page_of(selected), text, events=CHANGED, undo=undo)
    active = Run.objects.visible_to(actor).active()
    nested = sum(active.exclude(pk__in=selected).child_counts(run.pk for run in selected).values())
    versions = ModelVersion.objects.visible_to(actor).from_runs([run.pk for run in selected])
    context = _context(selected, nested=nested, versions=list(versions.prefetch_related("aliases")))
    return render(request, http.fragment(request, "runs/delete_selected.html", "dialog"), context)


@require_POST
def restore_selected(request: HttpRequest) -> HttpResponse:
    restored = services.restore_runs(actor=http.actor_from(request), run_ids=ids_in(request))
    return http.saved(request, _page_of(restored), f"{_counted(restored)} restored.", events=CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
def tag_selected(request: HttpRequest) -> HttpResponse:
    template = "runs/tag_selected.html"
    actor = http.actor_from(request)
    selected = _selected(request, actor)
    tags = TagRows.of(request.POST)
    context = _context(selected, tags=tags, problem="", **_tags_of(actor, selected))
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if request.POST.get("step") == "add-tag":
        return http.form_response(request, template, "tag-form", context)
    removed = request.POST.getlist("removed")
    if tags.is_valid():
        try:
            services.tag_runs(
                actor=actor, run_ids=[run.pk for run in selected], set_tags=tags.pairs, removed_keys=removed
            )
        except PermissionDenied:
            raise  # nothing that could be typed here would help
        except RegistryError as error:
            context["problem"] = error.message
        else:
            return http.saved(request, _page_of(selected), f"{_counted(selected)} tagged.", events=CHANGED)
    return http.form_response(request, template, "tag-form", context)


def _tags_of(actor: Actor, selected: Sequence[Run]) -> dict[str, Any]:
    """The tags people gave these runs, with how many of them have each, and keys to suggest."""
    own = RunTag.objects.filter(run_id__in=[run.pk for run in selected]).peoples_own()
    return {
        "present": own.counted_keys(),
        "key_suggestions": RunTag.objects.visible_to(actor).peoples_own().suggested_keys(),
    }
