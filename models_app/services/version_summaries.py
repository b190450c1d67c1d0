"""Version summaries: gathered when a version is registered, kept true while its run and logged model log more."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from models_app.model_files import read_model_facts
from models_app.models import (
    DatasetInput,
    LatestMetric,
    LoggedModelMetric,
    LoggedModelParam,
    ModelOutput,
    ModelVersion,
    Param,
    VersionSummary,
)
from models_app.models.metrics import MetricPoint
from models_app.services import artifacts
from models_app.storage import get_store

Number = float | str


def create_summary(version: ModelVersion, facts: dict[str, Any]) -> VersionSummary:
    """`facts` are read from the files beforehand: storage may be slow and this runs inside a transaction."""
    summary = VersionSummary(version=version, **_figures(version.run_id, version.logged_model_id), **facts)
    summary.save(force_insert=True)
    version.summary = summary
    return summary


def read_facts(storage_location: str, *, workspace: str) -> dict[str, Any]:
    """What the model's files say of it, as columns of a summary; nothing for files that lie outside our store."""
    root = artifacts.locate(storage_location, workspace=workspace)
    if root is None:
        return {}
    found = read_model_facts(get_store(), root)
    known = asdict(replace(found, input_example=None))
    columns = {name: known.pop(name) for name in ("flavors", "signature", "size", "file_count")}
    columns["requirements"] = list(known.pop("requirements"))
    if example := found.input_example:
        # Its text is read when a page shows it: thousands of summaries are loaded at once.
        known["input_example"] = {"path": example.path, "kind": example.kind, "orient": example.orient}
    return {**columns, "facts": {name: value for name, value in known.items() if value not in (None, "", False, {})}}


def refresh_figures(*, run_id: str, model_ids: Iterable[str] = ()) -> None:
    """After `run_id` logged something: the versions made from it (or from the models it measured) show it at once."""
    versions = ModelVersion.objects.filter(deleted_at=None)
    affected = list(versions.filter(run_id=run_id).only("run_id", "logged_model_id"))
    if wanted := list(model_ids):
        known = {version.pk for version in affected}
        of_models = versions.filter(logged_model_id__in=wanted).only("run_id", "logged_model_id")
        affected += [version for version in of_models if version.pk not in known]
    # One statement for all versions of one origin: a sweep may register hundreds from a run that logs on.
    by_origin: dict[tuple[str, str], list[int]] = {}
    for version in affected:
        by_origin.setdefault((version.run_id, version.logged_model_id), []).append(version.pk)
    for origin, versions_of_origin in sorted(by_origin.items()):
        VersionSummary.objects.filter(version__in=versions_of_origin).update(**_figures(*origin))


def _figures(run_id: str, model_id: str) -> dict[str, Any]:
    """A model's own params win over those of its run; of metrics, see `_metrics`."""
    params: dict[str, str] = {}
    datasets: list[dict[str, str]] = []
    if run_id:
        params |= dict(Param.objects.filter(run_id=run_id).values_list("key", "value"))
        inputs = DatasetInput.objects.filter(run_id=run_id).select_related("dataset")
        datasets = [
            {"name": each.dataset.name, "digest": each.dataset.digest, "context": each.context} for each in inputs
        ]
    if model_id:
        params |= dict(LoggedModelParam.objects.filter(logged_model_id=model_id).values_list("key", "value"))
    metrics = {key: _number(point) for key, point in sorted(_metrics(run_id, model_id).items())}
    return {"metrics": metrics, "params": dict(sorted(params.items())), "datasets": datasets}


def _metrics(run_id: str, model_id: str) -> dict[str, MetricPoint]:
    """The model's own points win over its run's: a run may log several models.

    MLflow: `log_model` copies the run's metrics of the step it was given to the model, and that step is 0 unless the
    model is a checkpoint. Where the run went on past such a copy, its latest point says how good the model became.
    """
    metrics: dict[str, MetricPoint] = {point.key: point for point in LatestMetric.objects.filter(run_id=run_id)}
    if not model_id:
        return metrics
    is_checkpoint = ModelOutput.objects.filter(run_id=run_id, model_id=model_id, step__gt=0).exists()
    points = LoggedModelMetric.objects.filter(logged_model_id=model_id)
    for point in sorted(points, key=lambda point: (point.step, point.timestamp, point.value)):
        of_run = metrics.get(point.key)
        is_copy = isinstance(of_run, LatestMetric) and not point.dataset_name and point.step < of_run.step
        if is_checkpoint or not is_copy:
            metrics[point.key] = point
    return metrics


def _number(point: MetricPoint) -> Number:
    # JSON has no NaN, and PostgreSQL insists.
    return "NaN" if point.is_nan else point.value
