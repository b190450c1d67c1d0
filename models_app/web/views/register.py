"""The Register Model dialog: the next version of a model, or the first one of a new model, from what a run has made."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from models_app.actors import Actor
from models_app.errors import AlreadyExists, Conflict, PermissionDenied, RegistryError
from models_app.models import ModelVersion, ModelVersionTag, RegisteredModel
from models_app.services import descriptions, model_versions
from models_app.services.access import Level, level_for
from models_app.web import addresses, candidates, http
from models_app.web.alias_panel import alias_panel
from models_app.web.candidates import Candidate
from models_app.web.forms.aliases import notes_on, split_aliases
from models_app.web.forms.register import NEW, RegisterForm, is_new, typed_name, wrong_with_name
from models_app.web.forms.registered_models import taken_message

TEMPLATE = "register/form.html"
MODELS_LISTED = 20
MODELS_SELECTABLE = 200  # without a script: the rest is found by searching
OFFERED = 8
SOURCES_LISTED = 20
CREATED = "model_version:created"
MODEL_FIELD, NAME_CHECK = "register-model-field", "register-name-check"  # ids in the dialog
CREATE_LABEL = "Create New Model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the version would go: `model` (of `for_picker`), or a new model called `name`; else `text` says why not."""

    choice: str
    label: str
    is_new: bool = False
    name: str = ""
    name_error: str = ""
    is_taken: bool = False
    model: RegisteredModel | None = None
    text: str = ""

    @property
    def next_number(self) -> int:
        return self.model.last_version_number + 1 if self.model else 1


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    actor = http.actor_from(request)
    if level_for(actor) < Level.EDIT:
        raise PermissionDenied("You may look at models but not register any: that needs the right to edit.")
    if request.method == "POST":
        return _post(request, actor)
    candidate = candidates.find(actor, request.GET)
    initial = _initial(request.GET, actor, candidate)
    form = RegisterForm(initial=initial, is_asked=candidate is None, draft=_draft(candidate))
    target = _target_of(actor, initial["model"], initial["name"], "")
    context = _context(request, actor, candidate, form, target)
    return render(request, http.fragment(request, TEMPLATE, "dialog"), context)


def _draft(candidate: Candidate | None) -> str:
    return f"/register?{urlencode(candidate.origin)}" if candidate else "/register"


def _initial(params: QueryDict, actor: Actor, candidate: Candidate | None) -> dict[str, Any]:
    """The last target of the experiment, else a new model; its name is proposed, unless there is such a model."""
    origin = candidate.origin if candidate else {"asked": True}
    choice = params.get("model", "")
    name = candidate.proposed_name if candidate else ""
    if candidate and not choice:
        choice = candidates.last_target(actor, candidate)
    if not choice and name and RegisteredModel.objects.visible_to(actor).filter(name=name).exists():
        choice = name
    return {**origin, "model": choice or NEW, "name": "" if choice == name else name}


def _target_of(actor: Actor, choice: str, name: str, text: str) -> Target:
    """`choice` is what was picked, `text` what stands in the box when nothing was; `name` belongs to a new model."""
    if is_new(choice):
        name = typed_name(choice) or name
        return Target(choice=NEW, label=CREATE_LABEL, is_new=True, name=name, **_check_name(actor, name))
    wanted = choice or text.strip()
    if not wanted:
        return Target(choice="", label="")
    model = RegisteredModel.objects.visible_to(actor).without_prompts().for_picker().filter(name=wanted).first()
    if model is None:
        return Target(choice="", label=wanted, text=f"There is no model “{wanted}” yet: choose one, or create it.")
    return Target(choice=model.name, label=model.name, model=model)


def _check_name(actor: Actor, name: str) -> dict[str, Any]:
    if not name:
        return {}
    if RegisteredModel.objects.visible_to(actor).filter(name=name).exists():
        return {"name_error": taken_message(name), "is_taken": True}
    return {"name_error": wrong_with_name(name)}


def _context(
    request: HttpRequest,
    actor: Actor,
    candidate: Candidate | None,
    form: RegisterForm,
    target: Target,
    find: str = "",
    **more: Any,
) -> dict[str, Any]:
    tags = ModelVersionTag.objects.visible_to(actor).peoples_own()
    is_page = not http.wants_fragment(request)
    return {
        "form": form,
        "is_page": is_page,
        "find": find,
        "models": _listed(actor, find, MODELS_SELECTABLE) if is_page else [],
        "tag_rows": form.tags.for_display(),
        "tag_keys": tags.suggested_keys(),
        "back": candidate.back if candidate else "/models",
        "preview": None,
        **_origin_context(actor, candidate),
        **_target_context(actor, form, target),
        **more,
    }


def _origin_context(actor: Actor, candidate: Candidate | None) -> dict[str, Any]:
    if candidate is None:
        return {"candidate": None}
    versions = candidates.versions_of(actor, candidate)
    return {
        "candidate": candidate,
        "facts": candidates.facts_of(actor, candidate),
        "versions": versions,
        "seen": versions[0].pk if versions else 0,
    }


def _target_context(actor: Actor, form: RegisterForm, target: Target) -> dict[str, Any]:
    lines = alias_panel(actor, target.model).lines if target.model else []
    held = {line.alias: line.number for line in lines}
    return {
        "target": target,
        "form": form,
        "notes": notes_on(form["aliases"].value() or [], held),
        "offered": lines[:OFFERED],
    }


def _listed(actor: Actor, text: str, count: int) -> list[RegisteredModel]:
    return list(RegisteredModel.objects.visible_to(actor).without_prompts().for_picker(text)[:count])


def _post(request: HttpRequest, actor: Actor) -> HttpResponse:
    data = request.POST
    is_asked = "asked" in data
    candidate, problem = _posted_candidate(actor, data, is_asked)
    form = RegisterForm(data, is_asked=is_asked, draft=_draft(None if is_asked else candidate))
    target = _target_of(actor, data.get("model", ""), data.get("name", ""), data.get("model_text", ""))
    if step := data.get("step"):
        return _stay(request, actor, candidate, form, target, step)
    _check(form, target, problem)
    if form.is_valid() and candidate:
        try:
            version = _register(actor, candidate, form, target)
        except PermissionDenied:
            raise
        except RegistryError as error:
            _tell(form, error, target)
        else:
            return _registered(request, version, form.cleaned_data["aliases"])
    return http.form_response(request, TEMPLATE, "register-form", _context(request, actor, candidate, form, target))


def _posted_candidate(actor: Actor, data: QueryDict, is_asked: bool) -> tuple[Candidate | None, RegistryError | None]:
    """What was typed may lead nowhere: that is a mistake in a field, while a link that leads nowhere is not found."""
    try:
        return candidates.find(actor, data), None
    except RegistryError as error:
        if not is_asked:
            raise
        return None, error


def _stay(
    request: HttpRequest, actor: Actor, candidate: Candidate | None, form: RegisterForm, target: Target, step: str
) -> HttpResponse:
    """The buttons that work on the form without a script: nothing is checked yet, everything typed is kept."""
    kept = RegisterForm(initial={name: form[name].value() for name in form.fields}, is_asked="asked" in request.POST)
    kept.tags = form.tags
    more: dict[str, Any] = {}
    if step == "preview":
        more["preview"] = descriptions.preview(form["description"].value() or "")
    context = _context(request, actor, candidate, kept, target, find=request.POST.get("find", "").strip(), **more)
    return render(request, TEMPLATE, context)


def _check(form: RegisterForm, target: Target, problem: RegistryError | None) -> None:
    """What only the registry knows, beside what the form found itself: all of it is told at once."""
    found = {
        "source": problem.message if problem else "",
        "name": target.name_error if target.is_new else "",
        "model": target.text,
    }
    for field, message in found.items():
        if message and field not in form.errors:
            form.add_error(field, message)


def _register(actor: Actor, candidate: Candidate, form: RegisterForm, target: Target) -> ModelVersion:
    given = form.cleaned_data
    return model_versions.register_model(
        actor=actor, name=target.name if target.is_new else target.choice, create=target.is_new,
        source=candidate.source, run_id=candidate.run_id, model_id=candidate.model_id, tags=form.tags.pairs,
        description=given["description"], aliases=given["aliases"], seen=given["seen"] or 0,
    )  # fmt: skip


def _tell(form: RegisterForm, error: RegistryError, target: Target) -> None:
    if isinstance(error, AlreadyExists):
        form.add_error(
            "name", f"A model “{target.name}” was created a moment ago: choose it above or take another name."
        )
    elif isinstance(error, Conflict):
        form.add_error(None, f"{error.message} Register once more only if you want another version of the same.")
    elif error.field == "name" and not target.is_new:
        form.add_error("model", error.message)
    else:
        http.add_error(form, error)


def _registered(request: HttpRequest, version: ModelVersion, aliases: list[str]) -> HttpResponse:
    name, number = version.model.name, version.number
    page = addresses.model_version(name, number)
    uri = f"models:/{name}@{aliases[0]}" if aliases else f"models:/{name}/{number}"
    return http.saved(
        request, page, f"Registered version {number} of {name}.", url=page, label=f"Open version {number}",
        copy=f"mlflow.pyfunc.load_model({json.dumps(uri, ensure_ascii=False)})",
        events={CREATED: {"model": name, "version": number, "url": page}},
    )  # fmt: skip


@require_safe
def target(request: HttpRequest) -> HttpResponse:
    """The part of the form that depends on the model: a new one's name, or what becomes of an existing one."""
    actor = http.actor_from(request)
    given = request.GET
    form = RegisterForm(
        initial={"name": given.get("name", ""), "aliases": split_aliases(given.getlist("aliases"))}, is_asked=False
    )  # fmt: skip
    found = _target_of(actor, given.get("model", ""), given.get("name", ""), given.get("model_text", ""))
    form.initial["name"] = found.name or form.initial["name"]
    context = {**_target_context(actor, form, found), "has_focus": found.is_new}
    return render(request, f"{TEMPLATE}#register-target", context)


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Options of the Model field: Create New Model, then the models that match what is typed."""
    actor = http.actor_from(request)
    text = "" if request.GET.get("model") else request.GET.get("model_text", "").strip()
    found = _listed(actor, text, MODELS_LISTED + 1)
    context = {
        "text": text,
        "new": f"{NEW}:{text}" if text and not any(model.name == text for model in found) else NEW,
        "models": found[:MODELS_LISTED],
        "has_more": len(found) > MODELS_LISTED,
    }
    return render(request, "register/options.html", context)


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Options of the source field: models of the newest runs, by what is typed of model, run or experiment."""
    text = request.GET.get("source", "").strip()
    found = candidates.recent_models(http.actor_from(request), "" if text.startswith(("models:", "runs:")) else text)
    context = {"text": text, "rows": found[:SOURCES_LISTED], "has_more": len(found) > SOURCES_LISTED}
    return render(request, "register/sources.html", context)


@require_safe
def origin(request: HttpRequest) -> HttpResponse:
    """What the source that was typed or chosen is, or why it is nothing."""
    actor = http.actor_from(request)
    context: dict[str, Any] = {}
    try:
        candidate = candidates.find(actor, {"source": request.GET.get("source", "")})
    except RegistryError as error:
        context["problem"] = error.message
    else:
        context |= _origin_context(actor, candidate)
    return render(request, f"{TEMPLATE}#register-origin", context)


@require_safe
def name(request: HttpRequest) -> HttpResponse:
    """What is wrong with the name of a new model, while it is typed, here or in the form of an empty model."""
    typed = request.GET.get("name", "").strip()
    picker = MODEL_FIELD if http.target_of(request) == NAME_CHECK else ""
    checked = _check_name(http.actor_from(request), typed)
    return render(request, "components/name_check.html", {"name": typed, "picker": picker, **checked})
