"""Runs: the overview that stays live while a run is running, its models, and what is done to a run as a whole."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_app.actors import Actor
from models_app.errors import DoesNotExist, RegistryError
from models_app.models import LoggedModel, Metric, ModelVersion, Run
from models_app.models.metrics import MACHINE_PREFIX
from models_app.models.runs import HISTORY_TAG, PARENT_TAG
from models_app.services import descriptions
from models_app.services import runs as services
from models_app.web import addresses, http, snippets, subjects
from models_app.web.charts import series as charts
from models_app.web.dataset_facts import LISTED_SCHEMA, LISTED_TEXT, facts_of
from models_app.web.forms.runs import RenameRunForm
from models_app.web.keyed import Looked, read_keys
from models_app.web.lists import addressed
from models_app.web.model_measures import measures_of
from models_app.web.model_sources import ModelSource, sources_of_run, top_entries
from models_app.web.rights import rights_of
from models_app.web.run_facts import source_of
from models_app.web.run_family import family_of
from models_app.web.run_files import top_files
from models_app.web.run_progress import TOTALS, Progress, progress_of

METHODS = ["GET", "HEAD", "POST"]
INPUTS_PAGE = 20
MODELS_READ = 500
MODELS_PAGE, MODELS_BESIDE = 50, 5  # on their own page, and on the overview


@require_safe
def run_detail(request: HttpRequest, run_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    live = http.wants_fragment(request) and http.target_of(request) == "run-live"
    tags = told(run)
    context = {"run": run, "live": live, **_figures(request, run), "progress": _progress(run, tags)}
    if not live or not run.is_running:
        context |= head(actor, run, "Overview")
        context["listed"] = [(source, None) for source in context["sources"][:MODELS_BESIDE]]
    if not live:
        context |= _overview(actor, request, run, tags, context["sources"])
        context["top"] = None if context["entries"] is None else top_files(run, context["entries"])
    return addressed(request, render(request, http.fragment(request, "runs/detail.html", "run-live"), context))


def _overview(
    actor: Actor, request: HttpRequest, run: Run, tags: dict[str, str], sources: list[ModelSource]
) -> dict[str, Any]:
    """What stands around the figures, and does not change while the run goes on."""
    subject = subjects.subject_of(actor, run)
    return {
        "subject": subject,
        "html": descriptions.rendered(subject.description),
        "source": source_of(tags),
        "snippet": snippets.load_run(snippets.server_of(request), run.pk, [source.uri for source in sources]),
        **_inputs(actor, request, run),
        **family_of(actor, request, run, tags.get(PARENT_TAG, "")),
    }


def _progress(run: Run, tags: dict[str, str]) -> Progress | None:
    if run.status != Run.Status.RUNNING or run.is_deleted:
        return None
    params = dict(run.params.filter(key__in=TOTALS).values_list("key", "value"))
    return progress_of(run, params, tags)


def find_run(actor: Actor, run_id: str) -> Run:
    runs = Run.objects.visible_to(actor).select_related("experiment").with_told_tags()
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise DoesNotExist(f"There is no run {run_id}.")
    return run


def told(run: Run) -> dict[str, str]:
    """The tags that pages read, of a run found here."""
    return {tag.key: tag.value for tag in run.told_tags}  # type: ignore[attr-defined]  # a prefetch


def head(actor: Actor, run: Run, tab: str) -> dict[str, Any]:
    """What the head of each of a run's pages shows: name, state, tabs, models to register, rights."""
    entries = top_entries(run)
    sources = sources_of_run(actor, run, told(run).get(HISTORY_TAG, ""), entries or [])
    return {
        "run": run,
        "entries": entries,
        "sources": sources,
        "ready_sources": [source for source in sources if not source.refusal],
        "versions": [version for source in sources for version in source.versions],
        "tabs": _tabs(run, tab, len(sources)),
        **rights_of(actor, run),
    }


def _tabs(run: Run, current: str, model_count: int) -> list[dict[str, Any]]:
    pages = (
        ("Overview", "web:run_detail", None),
        ("Metrics", "web:run_metrics", None),
        ("Files", "web:run_files", None),
        ("Models", "web:run_models", model_count or None),
    )
    return [
        {"name": name, "href": reverse(view, args=[run.pk]), "count": count, "current": name == current}
        for name, view, count in pages
    ]


def _figures(request: HttpRequest, run: Run) -> dict[str, Any]:
    """A page of the metrics, those of the machine behind the model's, and a page of the params."""
    metrics = read_keys(run.latest_metrics.all(), Looked.of(request.GET, "metrics"), last=MACHINE_PREFIX)
    params = read_keys(run.params.all(), Looked.of(request.GET, "params"))
    keys = [point.key for point in metrics.rows]
    # Counting a million points takes half a second, and a running run is asked every few seconds.
    is_far = sum(point.step for point in metrics.rows) > charts.SPARK_POINTS
    is_long = is_far and Metric.objects.has_more_than(charts.SPARK_POINTS, run.pk, keys)
    extents = {} if is_long else Metric.objects.extents(run.pk, keys)
    sparks = charts.sparks(run.pk, {key: extent for key, extent in extents.items() if extent.is_curve})
    return {
        "metrics": metrics,
        "params": params,
        "is_long": is_long,
        "rows": [
            {"point": point, "extent": extents.get(point.key), "spark": sparks.get(point.key, [])}
            for point in metrics.rows
        ],
        "metrics_kept": params.asked.kept,
        "params_kept": metrics.asked.kept,
    }


def _inputs(actor: Actor, request: HttpRequest, run: Run) -> dict[str, Any]:
    """A page of the datasets it read, and the models."""
    inputs, after = run.dataset_inputs.all(), http.whole_number(request.GET.get("inputs_after"))
    page = inputs.with_texts(LISTED_SCHEMA, LISTED_TEXT).filter(pk__gt=after or 0).order_by("pk")
    read = list(page[: INPUTS_PAGE + 1])
    shown = read[:INPUTS_PAGE]
    is_part = after or len(read) > INPUTS_PAGE
    return {
        "inputs": [facts_of(each) for each in shown],
        "input_count": inputs.count() if is_part else len(read),
        "inputs_after": after,
        "inputs_next": shown[-1].pk if len(read) > INPUTS_PAGE else None,
        "model_inputs": _models_read(actor, run),
    }


def _models_read(actor: Actor, run: Run) -> list[LoggedModel]:
    ids = [model.model_id for model in run.model_inputs.all()[:MODELS_READ]]
    return list(LoggedModel.objects.visible_to(actor).filter(pk__in=ids)) if ids else []


@require_safe
def run_models(request: HttpRequest, run_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    context = head(actor, run, "Models")
    start = http.whole_number(request.GET.get("from")) or 0
    context |= {
        **_measured(context["sources"], start),
        **_inputs(actor, request, run),
        "snippet": snippets.log_model(snippets.server_of(request), run.experiment.name),
    }
    return render(request, http.fragment(request, "runs/models.html", "models"), context)


def _measured(sources: list[ModelSource], start: int) -> dict[str, Any]:
    """A page of its models, each with what it measured: a run may log one at every step."""
    shown = sources[start : start + MODELS_PAGE]
    measured = measures_of([source.logged_model for source in shown if source.logged_model])
    by_model = measured.by_model
    return {
        "listed": [(source, source.logged_model and by_model[source.logged_model.pk]) for source in shown],
        "has_more_metrics": measured.is_part,
        "next_from": start + MODELS_PAGE if start + MODELS_PAGE < len(sources) else None,
        "previous_from": max(0, start - MODELS_PAGE) if start else None,
    }


@require_http_methods(METHODS)
def run_rename(request: HttpRequest, run_id: str) -> HttpResponse:
    template = "tracking/rename.html"
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    form = RenameRunForm(http.posted(request), initial={"run_name": run.name})
    context = {
        "form": form,
        "noun": "run",
        "subject": run,
        "rename_href": reverse("web:run_rename", args=[run.pk]),
        "cancel_href": addresses.run(run.pk),
    }
    if request.method != "POST":
        return render(request, http.fragment(request, template, "dialog"), context)
    if form.is_valid():
        try:
            services.update_run(actor=actor, run_id=run.pk, **form.cleaned_data)
        except RegistryError as error:
            http.add_error(form, error)
        else:
            return http.moved(request, addresses.run(run.pk), "Run renamed.")
    return http.form_response(request, template, "rename-form", context)


@require_http_methods(METHODS)
def run_delete(request: HttpRequest, run_id: str) -> HttpResponse:
    actor = http.actor_from(request)
    run = find_run(actor, run_id)
    if request.method == "POST":
        services.delete_run(actor=actor, run_id=run.pk)
        restore = reverse("web:run_restore", args=[run.pk])
        return http.moved(request, addresses.run(run.pk), f"Run {run} deleted.", undo=restore)
    context = {
        "noun": "run",
        "subject": run,
        "delete_href": reverse("web:run_delete", args=[run.pk]),
        "cancel_href": addresses.run(run.pk),
        **_consequences(actor, run),
    }
    return render(request, http.fragment(request, "tracking/delete.html", "dialog"), context)


def _consequences(actor: Actor, run: Run) -> dict[str, Any]:
    versions = list(ModelVersion.objects.visible_to(actor).from_runs([run.pk]).prefetch_related("aliases"))
    child_count = Run.objects.visible_to(actor).active().children_of(run.pk).count()
    sentences = ["It leaves the runs table and searches; a client that still logs to it gets an error."]
    if child_count:
        stay = f"{child_count:,} nested runs stay, without their"
        sentences.append(f"{'1 nested run stays, without its' if child_count == 1 else stay} parent.")
    return {"consequences": sentences, "versions": versions}


@require_POST
def run_restore(request: HttpRequest, run_id: str) -> HttpResponse:
    run = services.restore_run(actor=http.actor_from(request), run_id=run_id)
    return http.moved(request, addresses.run(run.pk), f"Run {run} restored.")
