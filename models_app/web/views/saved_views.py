"""Saved views of an experiment's runs: named addresses that a team shares."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist, PermissionDenied, RegistryError
from models_app.models import Experiment, SavedView
from models_app.services import saved_views as services
from models_app.web import addresses, http
from models_app.web.forms.saved_views import SavedViewForm
from models_app.web.run_columns import Layout
from models_app.web.views.experiments import find_experiment

OF_A_MOMENT = {"page", "open", "find", "view", "live"}  # where one is, not how one looks at the runs


def menu(request: HttpRequest, experiment: Experiment, layout: Layout) -> dict[str, Any]:
    """The experiment's views for the page that shows its runs, and the address of what it shows, columns included."""
    views = list(experiment.saved_views.all()[: limits.SAVED_VIEWS])
    current_id = http.whole_number(request.GET.get("view"))
    current = next((view for view in views if view.pk == current_id), None)
    query = query_of(request, layout)
    return {
        "views": views,
        "view": current,
        "is_view_changed": current is not None and current.query != query,
        "view_query": query,
        "share_href": request.build_absolute_uri(f"{addresses.experiment(experiment.pk)}{'?' if query else ''}{query}"),
    }


def query_of(request: HttpRequest, layout: Layout) -> str:
    """What the page shows, the remembered columns too, so that another browser shows the same."""
    asked = [
        (key, value)
        for key, values in request.GET.lists()
        for value in values
        if value and key not in {*OF_A_MOMENT, "cols", "w"}
    ]
    return urlencode(asked + layout.pairs)


@require_safe
def show(request: HttpRequest, experiment_id: int, view_id: int) -> HttpResponse:
    experiment = find_experiment(http.actor_from(request), experiment_id)
    view = experiment.saved_views.filter(pk=view_id).first()
    if view is None:
        raise DoesNotExist("There is no such view; somebody may have deleted it.")
    return HttpResponseRedirect(_address(view))


def _address(view: SavedView) -> str:
    return addresses.experiment(view.experiment_id, [*parse_qsl(view.query), ("view", str(view.pk))])


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """A dialog. `Undo` after a deletion posts the fields in the address."""
    template = "experiments/save_view.html"
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    if request.method != "POST":
        form = SavedViewForm(initial={"query": request.GET.get("query", "")})
        return render(request, http.fragment(request, template, "dialog"), _context(experiment, form))
    form = SavedViewForm(request.POST if "name" in request.POST else request.GET)
    if form.is_valid():
        try:
            view = services.create_saved_view(actor=actor, experiment_id=experiment.pk, **form.cleaned_data)
        except PermissionDenied:
            raise  # nothing that could be typed here would help
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, _address(view), f"View {view.name} saved for everybody.")
    return http.form_response(request, template, "view-form", _context(experiment, form))


def _context(experiment: Experiment, form: SavedViewForm) -> dict[str, Any]:
    return {"experiment": experiment, "form": form, "cancel_href": addresses.experiment(experiment.pk)}


@require_POST
def update(request: HttpRequest, experiment_id: int, view_id: int) -> HttpResponse:
    actor = http.actor_from(request)
    _require_of(actor, experiment_id, view_id)
    view = services.update_saved_view(actor=actor, view_id=view_id, query=request.POST.get("query", ""))
    return http.moved(request, _address(view), f"View {view.name} changed.")


@require_POST
def delete(request: HttpRequest, experiment_id: int, view_id: int) -> HttpResponse:
    actor = http.actor_from(request)
    _require_of(actor, experiment_id, view_id)
    view = services.delete_saved_view(actor=actor, view_id=view_id)
    again = urlencode({"name": view.name, "query": view.query})
    undo = f"{reverse('web:saved_view_create', args=[experiment_id])}?{again}"
    page = addresses.experiment(experiment_id, parse_qsl(view.query))
    return http.moved(request, page, f"View {view.name} deleted.", undo=undo)


def _require_of(actor: Actor, experiment_id: int, view_id: int) -> None:
    if not find_experiment(actor, experiment_id).saved_views.filter(pk=view_id).exists():
        raise DoesNotExist("There is no such view; somebody may have deleted it.")
