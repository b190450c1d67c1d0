"""Aliases: the set a version has, one that moves between versions, and taking a change back."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_app import events
from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event, ModelVersion, RegisteredModel
from models_app.services import registered_models as services
from models_app.services import undoing
from models_app.web import addresses, http
from models_app.web.alias_panel import alias_panel, held_in, newest_numbers
from models_app.web.forms.aliases import VERSIONS_LISTED, AliasForm, VersionAliasesForm, notes_on, split_aliases

CHANGED = "model_version:aliases_changed"
OFFERED = 12  # aliases of other versions, to add by one press
TOLD = 3  # changes a report names


@require_http_methods(["GET", "HEAD", "POST"])
def version_aliases(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """All aliases of one version, changed together."""
    template = "aliases/version.html"
    actor = http.actor_from(request)
    version = ModelVersion.objects.visible_to(actor).get_by_number(name, number)
    panel = alias_panel(actor, version.model, number)
    if http.wants_fragment(request) and http.target_of(request) == "aliases":
        return render(request, "components/aliases_editor.html", {"panel": panel})
    if panel.denied:
        raise PermissionDenied(panel.denied)
    held = held_in(version.model)
    form = VersionAliasesForm(http.posted(request), initial={"aliases": [line.alias for line in panel.here]})
    if form.is_valid():
        services.set_version_aliases(actor=actor, name=name, version=number, **form.cleaned_data)
        return _done(request, actor, version.model, addresses.model_version(name, number))
    context = {
        "title": f"Aliases of version {number}",
        "version": version,
        "model_page": addresses.registered_model(name),
        "form": form,
        "panel": panel,
        "notes": notes_on(form["aliases"].value() or [], held, number),
        "offered": panel.elsewhere[:OFFERED],
    }
    if form.is_bound:
        return http.form_response(request, template, "aliases-form", context)
    return render(request, http.fragment(request, template, "dialog"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def model_aliases(request: HttpRequest, name: str) -> HttpResponse:
    """All aliases of a model, and a new one."""
    template = "aliases/model.html"
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).get_by_name(name)
    panel = alias_panel(actor, model)
    if http.wants_fragment(request) and http.target_of(request) == "aliases":
        return render(request, "components/alias_rail.html", {"panel": panel})
    form = _alias_form(request, actor, model)
    context = {"model": model, "page": panel.page, "panel": panel, "form": form}
    if form.is_bound:
        return _point(request, actor, model, form, template, context)
    return render(request, http.fragment(request, template, "dialog"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def alias(request: HttpRequest, name: str, alias: str) -> HttpResponse:
    """One alias: to another version, or away."""
    template = "aliases/move.html"
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).get_by_name(name)
    panel = alias_panel(actor, model)
    line = next((line for line in panel.lines if line.alias == alias), None)
    if line is None:
        raise DoesNotExist(f"No version of {name} has the alias @{alias}.", field="alias")
    if request.method == "POST" and request.POST.get("step") == "delete":
        services.delete_registered_model_alias(
            actor=actor, name=name, alias=alias, reason=request.POST.get("reason", "")
        )
        return _done(request, actor, model, addresses.registered_model(name))
    if request.method != "POST" and panel.denied:
        raise PermissionDenied(panel.denied)
    form = _alias_form(request, actor, model, alias, line.number)
    context = {"model": model, "page": panel.page, "line": line, "form": form}
    if form.is_bound:
        return _point(request, actor, model, form, template, context)
    return render(request, http.fragment(request, template, "dialog"), context)


def _alias_form(
    request: HttpRequest, actor: Actor, model: RegisteredModel, alias: str = "", held_by: int | None = None
) -> AliasForm:
    numbers = newest_numbers(actor, model, VERSIONS_LISTED + 1)
    is_complete = len(numbers) <= VERSIONS_LISTED
    data = http.posted(request)
    if data is not None and alias:
        data = data.copy()
        data["alias"] = alias
    suggested = next((number for number in numbers if number != held_by), held_by)
    return AliasForm(
        data, numbers=numbers, is_complete=is_complete, held_by=held_by, initial={"version": suggested},
        auto_id="move-alias-%s",
    )  # fmt: skip


def _point(
    request: HttpRequest,
    actor: Actor,
    model: RegisteredModel,
    form: AliasForm,
    template: str,
    context: Mapping[str, object],
) -> HttpResponse:
    if form.is_valid():
        try:
            services.set_registered_model_alias(actor=actor, name=model.name, **form.cleaned_data)
        except (InvalidValue, DoesNotExist) as error:
            http.add_error(form, error)
        else:
            return _done(request, actor, model, addresses.registered_model(model.name))
    if http.wants_fragment(request) and http.target_of(request) != "alias-form":  # a menu has no form to show
        raise InvalidValue(" ".join(str(message) for messages in form.errors.values() for message in messages))
    return http.form_response(request, template, "alias-form", context)


def _done(request: HttpRequest, actor: Actor, model: RegisteredModel, page: str) -> HttpResponse:
    """What happened comes from the events of this very request, and so does what can be undone."""
    changes = Event.objects.visible_to(actor).filter(registered_model_id=model.pk, request_id=actor.request_id)
    told = [events.sentence(change.kind, change.before, change.after) for change in changes.order_by("id")]
    if not told:
        return http.saved(request, http.safe_next(request, page), "Nothing to change: the aliases are like that.")
    undo = reverse("web:undo_alias_changes", args=[model.name, actor.request_id])
    details = {"model": model.name, "changes": len(told)}
    return http.saved(request, http.safe_next(request, page), _report(told), events={CHANGED: details}, undo=undo)


def _report(told: list[str]) -> str:
    shown = [sentence[0].upper() + sentence[1:] for sentence in told[:TOLD]]
    more = f" And {len(told) - TOLD} more." if len(told) > TOLD else ""
    return ". ".join(shown) + "." + more


@require_POST
def undo(request: HttpRequest, name: str, request_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    model = undoing.undo_alias_changes(actor=actor, name=name, request_id=request_id)
    return _done(request, actor, model, addresses.registered_model(name))


@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    """What to know of aliases while they are typed, for version `number` of `model`, or for a version to come."""
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).filter(name=request.GET.get("model", "")).first()
    number = http.whole_number(request.GET.get("number"))
    found = notes_on(split_aliases(request.GET.getlist("aliases")), held_in(model) if model else {}, number)
    return render(request, "components/alias_notes.html", {"notes": found})
