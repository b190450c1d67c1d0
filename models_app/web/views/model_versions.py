"""Model versions: a version's page and activity, and deleting a version."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from models_app.actors import Actor
from models_app.expressions import text_is
from models_app.models import Event, LoggedModel, ModelAlias, ModelVersion, Run, VersionSummary
from models_app.models.registered_models import CHAMPION
from models_app.services import descriptions
from models_app.services import model_versions as services
from models_app.web import addresses, figures, history, http, snippets, subjects, version_facts
from models_app.web.alias_panel import alias_panel, loss_of
from models_app.web.forms.registered_models import ConfirmForm
from models_app.web.keyed import Looked, pick_keys
from models_app.web.lists import addressed, listed
from models_app.web.rights import rights_of

MAX_SHOWN_COPIES = 5


@require_safe
def model_version_detail(request: HttpRequest, name: str, number: int) -> HttpResponse:
    actor = http.actor_from(request)
    context = head(actor, name, number, "overview")
    version = context["version"]
    aliases = list(version.aliases.all())
    comparison = _comparison(actor, version, aliases)
    other = comparison.other.summary if comparison else None
    context |= {
        "subject": subjects.subject_of(actor, version),
        "html": descriptions.rendered(version.description),
        "comparison": comparison,
        **_figures(request, version, other),
        "schemas": version_facts.schemas_of(version.summary.signature),
        "datasets": version_facts.datasets_of(version.summary.datasets),
        "example": version_facts.input_example(version),
        "snippets": version_facts.use_snippets(snippets.server_of(request), version, aliases),
        "requirements": "\n".join(version.summary.requirements),
        "facts": version_facts.other_facts(version.summary.facts),
        "copies": _copies(actor, version),
    }
    template = http.fragment(request, "model_versions/detail.html", "delta", "version-figures")
    return addressed(request, render(request, template, context))


def _version(actor: Actor, name: str, number: int) -> ModelVersion:
    found = ModelVersion.objects.visible_to(actor).select_related("summary").prefetch_related("aliases", "tags")
    return found.get_by_number(name, number)


def _comparison(actor: Actor, version: ModelVersion, aliases: list[ModelAlias]) -> version_facts.Comparison | None:
    """Against the champion; the champion itself, and versions of a model without one, against the version before."""
    versions = ModelVersion.objects.visible_to(actor).filter(model=version.model_id).select_related("summary")
    is_champion = any(alias.name == CHAMPION for alias in aliases)
    champion = None if is_champion else versions.filter(aliases__name=CHAMPION).first()
    other = champion or versions.filter(number__lt=version.number).order_by("-number").first()
    if other is None:
        return None
    return version_facts.compare(version, other, other_is_champion=champion is not None)


def _figures(request: HttpRequest, version: ModelVersion, other: VersionSummary | None) -> dict[str, Any]:
    """A page of its metrics and one of its params, beside those of the other version."""
    mine = version.summary
    metrics = figures.figures(mine.metrics, other.metrics if other else None)
    params = version_facts.param_rows(mine.params, other.params if other else None)
    found = pick_keys(metrics, Looked.of(request.GET, "metrics")), pick_keys(params, Looked.of(request.GET, "params"))
    return {
        "metrics": found[0],
        "params": found[1],
        "metrics_kept": found[1].asked.kept,
        "params_kept": found[0].asked.kept,
    }


def _origin(actor: Actor, version: ModelVersion) -> dict[str, Any]:
    """Where it came from; a run or logged model that is gone, or not for this actor, leaves its id."""
    run = Run.objects.visible_to(actor).select_related("experiment").filter(pk=version.run_id).first()
    logged = LoggedModel.objects.visible_to(actor).filter(pk=version.logged_model_id).first()
    return {
        "run": run,
        "run_href": addresses.run(version.run_id) if run else "",
        "logged_model": logged,
        "logged_model_href": addresses.logged_model(version.logged_model_id) if logged else "",
        "files_href": f"{addresses.model_version(version.model.name, version.number)}/files",
    }


def _copies(actor: Actor, version: ModelVersion) -> list[ModelVersion]:
    """Versions that were copied from this one; `copy_model_version` names it as their source."""
    source = f"models:/{version.model.name}/{version.number}"
    return list(
        ModelVersion.objects.visible_to(actor).filter(text_is("source", source)).order_by("pk")[:MAX_SHOWN_COPIES]
    )


def head(actor: Actor, name: str, number: int, tab: str) -> dict[str, Any]:
    """What the head of each of a version's pages shows."""
    version = _version(actor, name, number)
    return {
        "version": version,
        "panel": alias_panel(actor, version.model, number),
        "tabs": tabs_of(version, tab),
        **_origin(actor, version),
        **rights_of(actor, version.model),
    }


def tabs_of(version: ModelVersion, current: str) -> list[dict[str, Any]]:
    page = addresses.model_version(version.model.name, version.number)
    return [
        {"name": "Overview", "href": page, "current": current == "overview"},
        {"name": "Files", "href": f"{page}/files", "current": current == "files", "count": version.summary.file_count},
        {"name": "Activity", "href": f"{page}/activity", "current": current == "activity"},
    ]


@require_safe
def model_version_activity(request: HttpRequest, name: str, number: int) -> HttpResponse:
    actor = http.actor_from(request)
    context = head(actor, name, number, "activity")
    found = Event.objects.visible_to(actor).of_version(context["version"].model_id, number)
    context |= {
        "page": history.read_page(actor, found, http.whole_number(request.GET.get("before"))),
        "is_later_page": "before" in request.GET,
    }
    return render(request, http.fragment(request, "model_versions/activity.html", "activity"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def model_version_delete(request: HttpRequest, name: str, number: int) -> HttpResponse:
    template = "model_versions/delete.html"
    actor = http.actor_from(request)
    version = _version(actor, name, number)
    aliases = [f"@{alias.name}" for alias in version.aliases.all()]
    form = ConfirmForm(http.posted(request), expected=name if aliases else "", auto_id="delete-version-%s")
    context = {"form": form, "version": version, "consequences": _consequences(actor, version, aliases)}
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if form.is_valid():
        services.delete_model_version(actor=actor, name=name, version=number)
        return http.moved(request, addresses.registered_model(name), f"Version {number} of {name} deleted.")
    return http.form_response(request, template, "delete-form", context)


def _consequences(actor: Actor, version: ModelVersion, aliases: list[str]) -> list[str]:
    said = []
    if aliases:
        said.append(loss_of(aliases))
    said.append(f"Clients that load models:/{version.model.name}/{version.number} fail.")
    if copies := _copies(actor, version):
        names = listed([f"{copy.model.name} {copy.number}" for copy in copies])
        said.append(f"{names} {'was' if len(copies) == 1 else 'were'} copied from it and keep working.")
    said.append("Its run, logged model and files stay. Its number is never used again. This can't be undone.")
    return said
