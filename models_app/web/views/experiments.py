"""Experiments: the list, the table of an experiment's runs, and what is done to an experiment as a whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_app.actors import Actor
from models_app.errors import DoesNotExist, RegistryError
from models_app.models import Experiment, ExperimentTag, ModelVersion, Run
from models_app.services import experiments as services
from models_app.services.access import Level, level_for
from models_app.web import addresses, experiments_list, http, snippets
from models_app.web.forms.experiments import CreateExperimentForm, RenameExperimentForm
from models_app.web.lists import answer
from models_app.web.rights import rights_of

METHODS = ["GET", "HEAD", "POST"]
PAGES = (
    ("Runs", "web:experiment_detail"),
    ("Charts", "web:experiment_charts"),
    ("Models", "web:experiment_models"),
)


@require_safe
def experiment_list(request: HttpRequest) -> HttpResponse:
    actor = http.actor_from(request)
    level = level_for(actor)
    context = experiments_list.read(actor, request) | {
        "may_edit": level >= Level.EDIT,
        "may_manage": level >= Level.MANAGE,
        "snippet": snippets.first_run(snippets.server_of(request), "my first experiment"),
    }
    return answer(request, "experiments/list.html", "experiments", context["listing"], context)


def find_experiment(actor: Actor, experiment_id: int) -> Experiment:
    experiment = Experiment.objects.visible_to(actor).prefetch_related("tags").filter(pk=experiment_id).first()
    if experiment is None:
        raise DoesNotExist(f"There is no experiment {experiment_id}.")
    return experiment


def head(actor: Actor, experiment: Experiment, tab: str) -> dict[str, Any]:
    """What the head of each of an experiment's pages shows: name, state, tabs, rights."""
    tabs = [{"name": name, "href": reverse(view, args=[experiment.pk]), "current": name == tab} for name, view in PAGES]
    return {"experiment": experiment, "tabs": tabs, **rights_of(actor, experiment)}


@require_http_methods(METHODS)
def experiment_create(request: HttpRequest) -> HttpResponse:
    template = "experiments/create.html"
    actor = http.actor_from(request)
    form = CreateExperimentForm(http.posted(request))
    if request.POST.get("step") == "add-tag":  # a browser without a script wants one more row
        form = CreateExperimentForm(initial=request.POST.dict(), tags=form.tags)
        return render(request, template, _create_context(actor, form))
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), _create_context(actor, form))
    if form.is_valid():
        try:
            experiment = services.create_experiment(actor=actor, **form.given)
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, addresses.experiment(experiment.pk), f"Experiment {experiment.name} created.")
    return http.form_response(request, template, "experiment-form", _create_context(actor, form))


def _create_context(actor: Actor, form: CreateExperimentForm) -> dict[str, Any]:
    tags = ExperimentTag.objects.visible_to(actor).peoples_own()
    return {"form": form, "tag_rows": form.tags.for_display(), "tag_keys": tags.suggested_keys()}


@require_http_methods(METHODS)
def experiment_rename(request: HttpRequest, experiment_id: int) -> HttpResponse:
    template = "tracking/rename.html"
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    form = RenameExperimentForm(http.posted(request), initial={"new_name": experiment.name})
    context = {
        "form": form,
        "noun": "experiment",
        "subject": experiment,
        "rename_href": reverse("web:experiment_rename", args=[experiment.pk]),
        "cancel_href": addresses.experiment(experiment.pk),
    }
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if form.is_valid():
        try:
            services.rename_experiment(actor=actor, experiment_id=experiment.pk, **form.cleaned_data)
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, addresses.experiment(experiment.pk), "Experiment renamed.")
    return http.form_response(request, template, "rename-form", context)


@require_http_methods(METHODS)
def experiment_delete(request: HttpRequest, experiment_id: int) -> HttpResponse:
    actor = http.actor_from(request)
    experiment = find_experiment(actor, experiment_id)
    if request.method == "POST":
        services.delete_experiment(actor=actor, experiment_id=experiment.pk)
        restore = reverse("web:experiment_restore", args=[experiment.pk])
        return http.moved(
            request, reverse("web:experiment_list"), f"Experiment {experiment.name} deleted.", undo=restore
        )
    context = {
        "noun": "experiment",
        "subject": experiment,
        "delete_href": reverse("web:experiment_delete", args=[experiment.pk]),
        "cancel_href": addresses.experiment(experiment.pk),
        "consequences": _consequences(actor, experiment),
    }
    return render(request, http.fragment(request, "tracking/delete.html", "dialog"), context)


def _consequences(actor: Actor, experiment: Experiment) -> list[str]:
    runs = Run.objects.visible_to(actor).filter(experiment=experiment)
    run_count = runs.active().count()
    version_count = ModelVersion.objects.visible_to(actor).from_any_of(runs).count()
    sentences = []
    if run_count:
        sentences.append(
            f"{_counted(run_count, 'run')} will be deleted with it: metrics, params, tags and files stay stored."
        )
    if version_count:
        were = "was" if version_count == 1 else "were"
        sentences.append(
            f"{_counted(version_count, 'registered version')} {were} made from its runs. "
            "They keep working, but their source run will be marked as deleted."
        )
    sentences.append("Its name stays taken until it is restored; clients that log to it get an error.")
    return sentences


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


@require_POST
def experiment_restore(request: HttpRequest, experiment_id: int) -> HttpResponse:
    experiment = services.restore_experiment(actor=http.actor_from(request), experiment_id=experiment_id)
    page = addresses.experiment(experiment.pk)
    return http.moved(request, page, f"Experiment {experiment.name} restored with all its runs.")
