"""Datasets: what is known of one digest, and every run and version that came of it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.models import Dataset, DatasetInput, LatestMetric, ModelVersion, Run
from models_app.models.datasets import DatasetInputQuerySet, DatasetQuerySet
from models_app.web import facets, figures, http
from models_app.web.dataset_facts import (
    Column,
    Fact,
    columns_in,
    json_of,
    profile_facts,
    shape_of,
    source_facts,
)
from models_app.web.keyed import text_of
from models_app.web.lists import addressed

NAMES_SHOWN, NAMES_OFFERED = 5, 100
TEXT_READ = 64_000
COLUMNS_SHOWN = 100
USES_PAGE = 50
VERSIONS_PAGE = 20
METRIC_COLUMNS, KEYS_CONSIDERED = 4, 200
FEW_USES = 5_000  # whose runs are listed to find their versions; of more, each version is looked up


@dataclass(frozen=True, slots=True)
class Named:
    """The dataset as it is known under one name; `columns` are those that hold the words looked for."""

    name: str
    experiment_count: int
    shape: str
    source_type: str
    source: list[Fact]
    profile: list[Fact]
    columns: list[Column]
    column_count: int
    found_count: int
    unread: list[tuple[str, str]]

    @property
    def has_parts(self) -> bool:
        return any(column.part for column in self.columns)


@dataclass(frozen=True, slots=True)
class Use:
    """A run that read it; `values` are its metrics in the order of the table's columns."""

    run: Run
    name: str
    context: str
    values: list[Any]


@require_safe
def dataset_detail(request: HttpRequest, digest: str = "") -> HttpResponse:
    actor = http.actor_from(request)
    digest = digest or request.GET.get("digest", "")
    datasets = Dataset.objects.visible_to(actor).filter(digest=digest)
    names = datasets.by_name()
    if not names:
        raise DoesNotExist(f"There is no dataset with the digest {digest}.")
    name = request.GET.get("name", "")
    chosen = datasets.filter(name=name) if name else datasets
    described = [row for row in names if row[0] == name] if name else names
    words = text_of(request.GET, "columns_q", 200)
    start = http.whole_number(request.GET.get("columns_from")) or 0
    context = {
        "digest": digest,
        "names": [row[0] for row in names[:NAMES_OFFERED]],
        "name": name,
        "name_count": len(names),
        "sections": _described(datasets, described[:NAMES_SHOWN], words, start),
        "words": words,
        "columns_from": start,
        "columns_next": start + COLUMNS_SHOWN,
        **_uses(actor, request, chosen),
    }
    template = http.fragment(request, "datasets/detail.html", "uses", "schema")
    return addressed(request, render(request, template, context))


def _described(datasets: DatasetQuerySet, names: list[tuple[str, int, int]], words: str, start: int) -> list[Named]:
    rows = datasets.with_texts(limits.DATASET_SCHEMA, TEXT_READ).in_bulk([newest for _, newest, _ in names])
    return [_named(rows[newest], count, words.lower().split(), start) for _, newest, count in names if newest in rows]


def _named(dataset: Any, count: int, words: list[str], start: int) -> Named:
    columns = columns_in(dataset.schema_start)
    found = [column for column in columns if all(word in f"{column.name} {column.type}".lower() for word in words)]
    profile, source = profile_facts(dataset.profile_start), source_facts(dataset.source_start)
    texts = (
        ("Schema", dataset.schema_start, columns),
        ("Profile", dataset.profile_start, profile),
        ("Source", dataset.source_start, source),
    )
    return Named(
        name=dataset.name,
        experiment_count=count,
        shape=shape_of(json_of(dataset.profile_start), columns),
        source_type=dataset.source_type,
        source=source,
        profile=profile,
        columns=found[start : start + COLUMNS_SHOWN],
        column_count=len(columns),
        found_count=len(found),
        # What is no JSON, or none that is known, is shown as it is.
        unread=[(title, text[:2_000]) for title, text, read in texts if text and text != "{}" and not read],
    )


def _uses(actor: Actor, request: HttpRequest, datasets: DatasetQuerySet) -> dict[str, Any]:
    every = DatasetInput.objects.of_datasets(datasets)
    counted = every.contexts()
    contexts = request.GET.getlist("context")[:10]
    uses = every.filter(context__in=contexts) if contexts else every
    before = http.whole_number(request.GET.get("before"))
    page = uses.filter(pk__lt=before) if before else uses
    rows = page.order_by("-pk").values_list("pk", "run_id", "dataset__name", "context")
    inputs = list(rows[: USES_PAGE + 1])
    shown = inputs[:USES_PAGE]
    runs = Run.objects.visible_to(actor).select_related("experiment").in_bulk([run_id for _, run_id, _, _ in shown])
    keys, points = _metrics(list(runs))
    total = sum(count for context, count in counted if not contexts or context in contexts)
    return {
        "uses": [
            Use(runs[run_id], name, context, [points.get(run_id, {}).get(key) for key in keys])
            for _, run_id, name, context in shown
            if run_id in runs
        ],
        "metric_keys": keys,
        "total": total,
        "contexts": facets.facet(
            request.GET, "context", "Used for", [(value, value or "not said", count) for value, count in counted]
        ),
        "before": before,
        "next_before": shown[-1][0] if len(inputs) > USES_PAGE else None,
        **_versions(actor, request, every, sum(count for _, count in counted)),
    }


def _metrics(run_ids: list[str]) -> tuple[list[str], dict[str, dict[str, LatestMetric]]]:
    """The few most telling metrics that these runs have, by run."""
    points = LatestMetric.objects.filter(run_id__in=run_ids)
    keys = sorted(points.common_keys(KEYS_CONSIDERED), key=figures.importance)[:METRIC_COLUMNS]
    return keys, points.by_run(keys)


def _versions(actor: Actor, request: HttpRequest, uses: DatasetInputQuerySet, use_count: int) -> dict[str, Any]:
    visible = ModelVersion.objects.visible_to(actor).exclude(run_id="")
    trained = visible.that_read(uses, looked_up=use_count > FEW_USES).newest_first().prefetch_related("aliases")
    before = http.whole_number(request.GET.get("versions_before"))
    read = list((trained.filter(pk__lt=before) if before else trained)[: VERSIONS_PAGE + 1])
    versions = read[:VERSIONS_PAGE]
    runs = Run.objects.visible_to(actor).in_bulk({version.run_id for version in versions})
    return {
        "versions": [{"version": version, "run": runs.get(version.run_id)} for version in versions],
        "versions_before": before,
        "versions_next": versions[-1].pk if len(read) > VERSIONS_PAGE else None,
    }
