"""Registered models: the list, a model's page and activity, and creating, renaming and deleting a model."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from models_app import search
from models_app.actors import Actor
from models_app.errors import AlreadyExists, DoesNotExist, InvalidValue, RegistryError
from models_app.models import Event, ModelAlias, ModelVersion, RegisteredModel, RegisteredModelTag
from models_app.models.model_versions import ModelVersionQuerySet
from models_app.models.registered_models import CHAMPION, RegisteredModelQuerySet, is_prompt
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import descriptions
from models_app.services import registered_models as services
from models_app.services.access import Level, level_for
from models_app.web import addresses, facets, figures, history, http, snippets, subjects
from models_app.web.alias_panel import alias_panel, loss_of
from models_app.web.forms.registered_models import ConfirmForm, CreateModelForm, RenameModelForm, taken_message
from models_app.web.lists import Question, listed, read_list
from models_app.web.rights import rights_of

LIST_SORT = "-changed"
LIST_SCHEMA = replace(search.REGISTERED_MODELS, sortable={"name": "name", "changed": "changed_at"})
RECENT_EVENTS = 8
FACET_ROWS = 200
FACET_TITLES = 6
METRIC_COLUMNS = 4
TREND_VERSIONS = 30
VERSIONS_PAGE = 25
LATEST_VERSIONS = 5
MOST_CHOSEN = 10  # tags and aliases, each a subquery: of 3,000 in an address, PostgreSQL makes no plan in a minute


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the list; `shown` is the champion's version, else the latest, whose `headline` metric is shown."""

    model: RegisteredModel
    tags: list[RegisteredModelTag]
    champion: ModelAlias | None
    other_aliases: list[ModelAlias]
    latest: ModelVersion | None
    shown: ModelVersion | None
    headline: str
    value: float | str | None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _list(request, is_home=True)


@require_safe
def registered_model_list(request: HttpRequest) -> HttpResponse:
    return _list(request, is_home=False)


def _list(request: HttpRequest, *, is_home: bool) -> HttpResponse:
    actor = http.actor_from(request)
    question = Question.of(request, LIST_SORT)
    visible = RegisteredModel.objects.visible_to(actor).without_prompts()
    narrowed = _narrowed(visible, request.GET)
    listing = read_list(narrowed.for_table(), LIST_SCHEMA, question, LIST_SORT)
    is_narrowed = question.is_narrowed or any(request.GET.get(key) for key in ("tag", "alias", "owner"))
    found = [] if listing.problem else _facets(narrowed, question.text, request.GET)
    recent = Event.objects.visible_to(actor).newest_first()[:RECENT_EVENTS] if is_home and not is_narrowed else []
    context = {
        "question": question,
        "listing": listing,
        "rows": _rows(actor, listing.rows),
        "facets": found,
        "chosen": facets.chosen(found),
        "is_narrowed": is_narrowed,
        "is_home": is_home,
        "recent": history.lines(actor, recent),
        "may_create": level_for(actor) >= Level.EDIT,
        "snippet": snippets.first_model(snippets.server_of(request)),
    }
    template = http.fragment(request, "registered_models/list.html", "models")
    return render(request, template, context, status=listing.status)


def _narrowed(models: RegisteredModelQuerySet, params: QueryDict) -> RegisteredModelQuerySet:
    tags, aliases = set(params.getlist("tag")), set(params.getlist("alias"))
    if (count := len(tags) + len(aliases)) > MOST_CHOSEN:
        raise InvalidValue(f"Choose at most {MOST_CHOSEN} tags and aliases; the address names {count}.")
    for tag in sorted(tags):
        key, _, value = tag.partition("=")
        models = models.tagged(key, value)
    for alias in sorted(aliases):
        models = models.with_alias(alias)
    if owners := params.getlist("owner"):
        models = models.filter(created_by__in=owners)
    return models


def _rows(actor: Actor, models: list[RegisteredModel]) -> list[Row]:
    wanted = [model.latest_version_id for model in models if model.latest_version_id]  # type: ignore[attr-defined]  # an annotation
    latest = ModelVersion.objects.visible_to(actor).select_related("summary").in_bulk(wanted)
    return [_row(model, latest.get(model.latest_version_id)) for model in models]  # type: ignore[attr-defined]  # ditto


def _row(model: RegisteredModel, latest: ModelVersion | None) -> Row:
    aliases = list(model.aliases.all())
    champion = next((alias for alias in aliases if alias.name == CHAMPION), None)
    shown = champion.version if champion else latest
    metrics = shown.summary.metrics if shown else {}
    headline = figures.headline(metrics)
    others = [alias for alias in aliases if alias is not champion]
    tags = [tag for tag in model.tags.all() if not tag.key.startswith(SYSTEM_PREFIX)]
    return Row(model, tags, champion, others, latest, shown, headline, metrics.get(headline))


def _facets(narrowed: RegisteredModelQuerySet, text: str, params: QueryDict) -> list[facets.Facet]:
    found: Any = search.search_box(narrowed, LIST_SCHEMA, text)
    aliases = [(name, f"@{name}", count) for name, count in found.alias_counts(FACET_ROWS)]
    by_key: dict[str, list[tuple[str, str, int]]] = {}
    for key, value, count in found.tag_counts(FACET_ROWS):
        by_key.setdefault(key, []).append((f"{key}={value}", value or "(empty)", count))
    owners = [(name, name, count) for name, count in found.owner_counts(FACET_ROWS)]
    return [
        group
        for group in (
            facets.facet(params, "alias", "Alias", aliases),
            *(facets.facet(params, "tag", key, by_key[key]) for key in list(by_key)[:FACET_TITLES]),
            facets.facet(params, "owner", "Owner", owners),
        )
        if group.values
    ]


@require_safe
def registered_model_detail(request: HttpRequest, name: str) -> HttpResponse:
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).with_aliases().get_by_name(name)
    versions = ModelVersion.objects.visible_to(actor).filter(model=model)
    before = http.whole_number(request.GET.get("before"))
    page = _version_page(versions, before)
    champion = next((alias for alias in model.aliases.all() if alias.name == CHAMPION), None)
    shown = champion.version if champion else page["newest"]
    metrics = shown.summary.metrics if shown else {}
    headline = figures.headline(metrics)
    context = {
        "model": model,
        "subject": subjects.subject_of(actor, model),
        "html": descriptions.rendered(model.description),
        "panel": alias_panel(actor, model),
        "champion": champion,
        "shown": shown,
        "headline": headline,
        "headline_value": metrics.get(headline),
        "latest_versions": [
            {"version": row["version"], "value": row["version"].summary.metrics.get(headline)}
            for row in ([] if page["before"] else page["rows"][:LATEST_VERSIONS])
        ],
        "trend": _trend(versions, page["metric_keys"]),
        "use": _use_snippet(request, model, champion, shown),
        "register_snippet": snippets.register_version(snippets.server_of(request), model.name),
        "version_count": versions.count(),
        "tabs": tabs_of(model, "overview"),
        "is_prompt": is_prompt(model.tags.all()),
        **page,
        **rights_of(actor, model),
    }
    template = http.fragment(request, "registered_models/detail.html", "versions", "in-use", "latest")
    return render(request, template, context)


def _version_page(versions: ModelVersionQuerySet, before: int | None) -> dict[str, Any]:
    """A page of versions, the newest first; `newest` is the model's latest version (known on the first page only)."""
    found = versions.for_table()
    rows = list((found.filter(number__lt=before) if before else found)[: VERSIONS_PAGE + 1])
    shown = rows[:VERSIONS_PAGE]
    keys = figures.columns((version.summary.metrics for version in shown), METRIC_COLUMNS)
    return {
        "metric_keys": keys,
        "rows": [
            {
                "version": version,
                "tags": [tag for tag in version.tags.all() if not tag.key.startswith(SYSTEM_PREFIX)],
                "values": [version.summary.metrics.get(key) for key in keys],
            }
            for version in shown
        ],
        "newest": (found.first() if before else shown[0]) if shown or before else None,
        "next_before": shown[-1].number if len(rows) > VERSIONS_PAGE else None,
        "before": before,
    }


def _trend(versions: ModelVersionQuerySet, keys: list[str]) -> list[dict[str, Any]]:
    """Per metric column its values over the last versions, oldest first."""
    past = versions.metric_history(TREND_VERSIONS)
    return [
        {
            "key": key,
            "values": [figures.number_of(metrics.get(key)) for metrics in past],
            "label": f"{key} over the last {len(past)} versions",
        }
        for key in keys
    ]


def _use_snippet(
    request: HttpRequest, model: RegisteredModel, champion: ModelAlias | None, shown: ModelVersion | None
) -> str:
    if shown is None:
        return ""
    place = f"@{CHAMPION}" if champion else f"/{shown.number}"
    if is_prompt(model.tags.all()):
        return snippets.load_prompt(snippets.server_of(request), f"prompts:/{model.name}{place}")
    return snippets.load_model(snippets.server_of(request), f"models:/{model.name}{place}")


def tabs_of(model: RegisteredModel, current: str) -> list[dict[str, Any]]:
    page = addresses.registered_model(model.name)
    return [
        {"name": "Overview", "href": page, "current": current == "overview"},
        {"name": "Activity", "href": f"{page}/activity", "current": current == "activity"},
    ]


@require_safe
def registered_model_activity(request: HttpRequest, name: str) -> HttpResponse:
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).get_by_name(name)
    found = Event.objects.visible_to(actor).of_model(model.pk)
    context = {
        "model": model,
        "page": history.read_page(actor, found, http.whole_number(request.GET.get("before"))),
        "is_later_page": "before" in request.GET,
        "tabs": tabs_of(model, "activity"),
        "is_prompt": is_prompt(model.tags.all()),
        **rights_of(actor, model),
    }
    return render(request, http.fragment(request, "registered_models/activity.html", "activity"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def registered_model_create(request: HttpRequest) -> HttpResponse:
    template = "registered_models/create.html"
    form = CreateModelForm(http.posted(request), auto_id="new-model-%s")
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), {"form": form})
    if form.is_valid():
        try:
            model = services.create_registered_model(actor=http.actor_from(request), **form.cleaned_data)
        except AlreadyExists:
            form.add_error("name", taken_message(form.cleaned_data["name"]))
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, addresses.registered_model(model.name), f"Model {model.name} created.")
    return http.form_response(request, template, "create-form", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def registered_model_rename(request: HttpRequest, name: str) -> HttpResponse:
    template = "registered_models/rename.html"
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).with_aliases().get_by_name(name)
    form = RenameModelForm(http.posted(request), initial={"new_name": name}, auto_id="rename-model-%s")
    context = {"form": form, "model": model, "consequences": _consequences_of_renaming(model)}
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if form.is_valid():
        try:
            renamed = services.rename_registered_model(actor=actor, name=name, **form.cleaned_data)
        except AlreadyExists:
            form.add_error("new_name", taken_message(form.cleaned_data["new_name"]))
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, addresses.registered_model(renamed.name), f"{name} is now {renamed.name}.")
    return http.form_response(request, template, "rename-form", context)


def _consequences_of_renaming(model: RegisteredModel) -> list[str]:
    said = [f"Clients that load models:/{model.name}/… fail until they use the new name."]
    if aliases := [f"@{alias.name}" for alias in model.aliases.all()]:
        said.append(f"{listed(aliases)} and all versions, tags and history move along.")
    return said


@require_http_methods(["GET", "HEAD", "POST"])
def registered_model_delete(request: HttpRequest, name: str) -> HttpResponse:
    template = "registered_models/delete.html"
    actor = http.actor_from(request)
    model = RegisteredModel.objects.visible_to(actor).with_aliases().get_by_name(name)
    aliases = [f"@{alias.name}" for alias in model.aliases.all()]
    form = ConfirmForm(http.posted(request), expected=name if aliases else "", auto_id="delete-model-%s")
    context = {"form": form, "model": model, "consequences": _consequences_of_deleting(actor, model, aliases)}
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if form.is_valid():
        services.delete_registered_model(actor=actor, name=name)
        return http.moved(request, "/models", f"Model {name} deleted.")
    return http.form_response(request, template, "delete-form", context)


def _consequences_of_deleting(actor: Actor, model: RegisteredModel, aliases: list[str]) -> list[str]:
    count = ModelVersion.objects.visible_to(actor).filter(model=model).count()
    said = []
    if aliases:
        said.append(loss_of(aliases))
    if count:
        said.append(f"{count:,} {'version goes' if count == 1 else 'versions go'}, with descriptions and tags.")
    said.append("Runs, logged models and their files stay; what happened to the model stays in the activity log.")
    said.append("This can't be undone. A new model with the same name starts again at version 1.")
    return said


@require_safe
def registered_model_alias(request: HttpRequest, name: str, alias: str) -> HttpResponse:
    try:
        version = services.get_version_by_alias(actor=http.actor_from(request), name=name, alias=alias)
    except InvalidValue:
        raise DoesNotExist(f"No version of {name} has the alias @{alias}.") from None
    return redirect(addresses.model_version(name, version.number))
