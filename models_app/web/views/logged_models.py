"""Logged models: an experiment's as a table, and the page of one with its metrics per dataset and its versions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from models_app import search
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.models import LoggedModel, LoggedModelMetric, ModelVersion, Run
from models_app.services import descriptions, version_summaries
from models_app.web import http, snippets, subjects, version_facts
from models_app.web.keyed import PAGE_SIZE, KeyPage, Looked, matching, read_keys
from models_app.web.lists import addressed, answer, read_list
from models_app.web.logged_models_table import MOST_COLUMNS, ModelsQuestion, build_table
from models_app.web.model_sources import ModelSource
from models_app.web.views import experiments

VERSION_FACTS = (("python_version", "Python"), ("mlflow_version", "MLflow"))
LIST_SORT = "-creation_time"
MOST_POINTS = 1_000  # a metric may have been measured on any number of datasets


@require_safe
def experiment_models(request: HttpRequest, experiment_id: int) -> HttpResponse:
    actor = http.actor_from(request)
    experiment = experiments.find_experiment(actor, experiment_id)
    question = ModelsQuestion.of(request, LIST_SORT)
    models = LoggedModel.objects.visible_to(actor).active()
    listing = read_list(models, search.LOGGED_MODELS, question, LIST_SORT, experiment_ids=[experiment.pk])
    chosen = [name for name in dict.fromkeys(request.GET.getlist("cols")) if name][:MOST_COLUMNS]
    context = {
        **experiments.head(actor, experiment, "Models"),
        "question": question,
        "listing": listing,
        "table": build_table(actor, listing.rows, chosen),
        "chosen": chosen,
        "snippet": snippets.log_model(snippets.server_of(request), experiment.name),
    }
    return answer(request, "experiments/models.html", "models", listing, context)


@require_safe
def logged_model_detail(request: HttpRequest, model_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    model = find_logged_model(actor, model_id)
    subject = subjects.subject_of(actor, model)
    facts = version_summaries.read_facts(model.artifact_uri, workspace=model.experiment.workspace_id)
    known = facts.get("facts", {})
    context = {
        **head(actor, model, "Overview"),
        **_figures(request, model),
        "subject": subject,
        "html": descriptions.rendered(subject.description),
        "facts": facts,
        "requirements": "\n".join(facts.get("requirements", [])),
        "schemas": version_facts.schemas_of(facts.get("signature")),
        "versions_used": [(label, known[key]) for key, label in VERSION_FACTS if key in known],
        "snippet": snippets.load_model(snippets.server_of(request), f"models:/{model.pk}"),
    }
    return addressed(
        request, render(request, http.fragment(request, "logged_models/detail.html", "model-figures"), context)
    )


def find_logged_model(actor: Actor, model_id: str) -> LoggedModel:
    models = LoggedModel.objects.visible_to(actor).select_related("experiment")
    model = models.filter(pk=model_id).first()
    if model is None:
        raise DoesNotExist(f"There is no logged model {model_id}.")
    return model


def head(actor: Actor, model: LoggedModel, tab: str) -> dict[str, Any]:
    versions = list(ModelVersion.objects.visible_to(actor).from_logged_models([model.pk]).prefetch_related("aliases"))
    run = Run.objects.visible_to(actor).filter(pk=model.source_run_id).first() if model.source_run_id else None
    pages = (("Overview", "web:logged_model_detail"), ("Files", "web:logged_model_files"))
    return {
        "model": model,
        "source": ModelSource(model.name, model.source_run_id, "", model, versions),
        "versions": versions,
        "run": run,
        "tabs": [
            {"name": name, "href": reverse(view, args=[model.pk]), "current": name == tab} for name, view in pages
        ],
    }


def _figures(request: HttpRequest, model: LoggedModel) -> dict[str, Any]:
    """A page of its metrics, each with the last figure on every dataset, and a page of its params."""
    every = LoggedModelMetric.objects.of_models([model.pk])
    asked, params = Looked.of(request.GET, "metrics"), read_keys(model.params.all(), Looked.of(request.GET, "params"))
    points = matching(every, asked.words, "key", "dataset_name")
    keys = points.order_by("key").values_list("key", flat=True).distinct()
    read = list((keys.filter(key__gt=asked.after) if asked.after else keys)[: PAGE_SIZE + 1])
    found = keys.count() if asked.after or len(read) > PAGE_SIZE else len(read)
    total = every.values("key").distinct().count() if asked.words else found
    latest = list(points.filter(key__in=read[:PAGE_SIZE]).latest_points()[: MOST_POINTS + 1])
    has_more_points = len(latest) > MOST_POINTS
    latest = sorted(latest[:MOST_POINTS], key=lambda point: (point.dataset_name, point.dataset_digest, point.key))
    next_after = read[PAGE_SIZE - 1] if len(read) > PAGE_SIZE else ""
    return {
        "metrics": KeyPage(asked, latest, total, found, next_after),
        "has_more_points": has_more_points,
        "params": params,
        "metrics_kept": params.asked.kept,
        "params_kept": asked.kept,
    }
