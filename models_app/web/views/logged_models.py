"""Logged models: what a run saved, its metrics per dataset, its signature, and the versions registered from it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.models import LoggedModel, LoggedModelMetric, ModelVersion, Run
from models_app.models.tags import SYSTEM_PREFIX
from models_app.services import version_summaries
from models_app.web import http, snippets, version_facts
from models_app.web.model_sources import ModelSource

VERSION_FACTS = (("python_version", "Python"), ("mlflow_version", "MLflow"))


@require_safe
def logged_model_detail(request: HttpRequest, model_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    model = find_logged_model(actor, model_id)
    tags = list(model.tags.all())
    facts = version_summaries.read_facts(model.artifact_uri, workspace=model.experiment.workspace_id)
    known = facts.get("facts", {})
    context = {
        **head(actor, model, "Overview"),
        "metric_groups": _by_dataset(model.metrics.all()),
        "params": list(model.params.all()),
        "tags": [tag for tag in tags if not tag.key.startswith(SYSTEM_PREFIX)],
        "facts": facts,
        "requirements": "\n".join(facts.get("requirements", [])),
        "schemas": version_facts.schemas_of(facts.get("signature")),
        "versions_used": [(label, known[key]) for key, label in VERSION_FACTS if key in known],
        "snippet": snippets.load_model(snippets.server_of(request), f"models:/{model.pk}"),
    }
    return render(request, "logged_models/detail.html", context)


def find_logged_model(actor: Actor, model_id: str) -> LoggedModel:
    models = LoggedModel.objects.visible_to(actor).select_related("experiment").with_details()
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


def _by_dataset(points: Any) -> list[dict[str, Any]]:
    """The latest point of each metric, grouped by the dataset it was measured on; without one first."""
    latest: dict[tuple[str, str], dict[str, LoggedModelMetric]] = {}
    for point in sorted(points, key=lambda point: (point.step, point.timestamp)):
        latest.setdefault((point.dataset_name, point.dataset_digest), {})[point.key] = point
    return [
        {"name": name, "digest": digest, "metrics": [by_key[key] for key in sorted(by_key)]}
        for (name, digest), by_key in sorted(latest.items())
    ]
