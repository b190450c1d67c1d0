"""Rows into the protocol's objects: plain dicts, made in bulk with a fixed number of queries.

MLflow: an empty list is left out, ids and version numbers are text, times are milliseconds, NaN is the text "NaN".
"""

from collections.abc import Sequence
from typing import Any

from models_app.models import (
    DatasetInput,
    Experiment,
    ExperimentTag,
    LatestMetric,
    LoggedModel,
    LoggedModelMetric,
    LoggedModelParam,
    LoggedModelTag,
    ModelAlias,
    ModelInput,
    ModelOutput,
    ModelVersion,
    ModelVersionTag,
    Param,
    RegisteredModel,
    RegisteredModelTag,
    Run,
    RunTag,
)
from models_app.models.related import related_rows
from models_app.storage import ArtifactInfo

Shape = dict[str, Any]
POINT = ("key", "value", "is_nan", "timestamp", "step")


def some(**lists: list[Any]) -> Shape:
    """The lists that hold anything."""
    return {name: values for name, values in lists.items() if values}


def pairs(rows: Sequence[tuple[Any, ...]]) -> list[Shape]:
    return [{"key": key, "value": value} for key, value in rows]


def metric(key: str, value: float, is_nan: bool, timestamp: int, step: int) -> Shape:
    # Of the odd numbers only NaN can occur: infinities are stored, and answered, as the largest float.
    return {"key": key, "value": "NaN" if is_nan else value, "timestamp": timestamp, "step": step}


def experiments(rows: Sequence[Experiment]) -> list[Shape]:
    tags = related_rows(ExperimentTag, "experiment", [row.pk for row in rows], "key", "value", order="key")
    return [
        {
            "experiment_id": str(row.experiment_id),
            "name": row.name,
            "artifact_location": row.artifact_location,
            "lifecycle_stage": row.lifecycle_stage,
            "creation_time": row.created_at,
            "last_update_time": row.updated_at,
            "workspace": row.workspace_id,
            **some(tags=pairs(tags.get(row.pk, ()))),
        }
        for row in rows
    ]


def run_info(row: Run) -> Shape:
    shape: Shape = {
        "run_uuid": row.run_id,
        "run_id": row.run_id,
        "experiment_id": str(row.experiment_id),
        "run_name": row.name,
        "user_id": row.user_id,
        "status": row.status,
        "start_time": row.started_at,
        "artifact_uri": row.artifact_uri,
        "lifecycle_stage": row.lifecycle_stage,
    }
    if row.ended_at:
        shape["end_time"] = row.ended_at
    return shape


def runs(rows: Sequence[Run]) -> list[Shape]:
    pks = [row.pk for row in rows]
    metrics = related_rows(LatestMetric, "run", pks, *POINT, order="key")
    params = related_rows(Param, "run", pks, "key", "value", order="key")
    tags = related_rows(RunTag, "run", pks, "key", "value", order="key")
    datasets = _dataset_inputs(pks)
    inputs = related_rows(ModelInput, "run", pks, "model_id")
    outputs = related_rows(ModelOutput, "run", pks, "model_id", "step")
    return [
        {
            "info": run_info(row),
            "data": some(
                metrics=[metric(*point) for point in metrics.get(row.pk, ())],
                params=pairs(params.get(row.pk, ())),
                tags=pairs(tags.get(row.pk, ())),
            ),
            "inputs": some(
                dataset_inputs=datasets.get(row.pk, []),
                model_inputs=[{"model_id": model_id} for (model_id,) in inputs.get(row.pk, ())],
            ),
            "outputs": some(
                model_outputs=[{"model_id": model_id, "step": step} for model_id, step in outputs.get(row.pk, ())]
            ),
        }
        for row in rows
    ]


def _dataset_inputs(run_pks: Sequence[str]) -> dict[str, list[Shape]]:
    # Most runs have none, and the look that tells is a tenth of the price.
    with_inputs = list(related_rows(DatasetInput, "run", run_pks, "id"))
    found: dict[str, list[Shape]] = {}
    for link in DatasetInput.objects.of_runs(with_inputs) if with_inputs else ():
        found.setdefault(link.run_id, []).append(_dataset_input(link))
    return found


def _dataset_input(row: DatasetInput) -> Shape:
    dataset = row.dataset
    shape = {
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
    }
    if dataset.schema:
        shape["schema"] = dataset.schema
    if dataset.profile:
        shape["profile"] = dataset.profile
    return {**some(tags=pairs(row.tags)), "dataset": shape}


def logged_models(rows: Sequence[LoggedModel]) -> list[Shape]:
    pks = [row.pk for row in rows]
    tags = related_rows(LoggedModelTag, "logged_model", pks, "key", "value", order="key")
    params = related_rows(LoggedModelParam, "logged_model", pks, "key", "value", order="key")
    metrics = related_rows(
        LoggedModelMetric, "logged_model", pks, *POINT, "logged_model", "run_id", "dataset_name", "dataset_digest"
    )
    return [
        {
            "info": _logged_model_info(row, tags.get(row.pk, ())),
            "data": some(
                params=pairs(params.get(row.pk, ())),
                metrics=[_metric_of_model(*point) for point in metrics.get(row.pk, ())],
            ),
        }
        for row in rows
    ]


def _logged_model_info(row: LoggedModel, tags: Sequence[tuple[Any, ...]]) -> Shape:
    info: Shape = {
        "model_id": row.model_id,
        "experiment_id": str(row.experiment_id),
        "name": row.name,
        "creation_timestamp_ms": row.created_at,
        "last_updated_timestamp_ms": row.updated_at,
        "artifact_uri": row.artifact_uri,
        "status": LoggedModel.Status(row.status).label,
        "model_type": row.model_type,
        "source_run_id": row.source_run_id,
        **some(tags=pairs(tags)),
    }
    if row.status_message:
        info["status_message"] = row.status_message
    return info


def _metric_of_model(*values: Any) -> Shape:
    point, (model_id, run_id, dataset_name, dataset_digest) = values[: len(POINT)], values[len(POINT) :]
    shape = {**metric(*point), "model_id": model_id, "run_id": run_id}
    if dataset_name:
        shape["dataset_name"] = dataset_name
    if dataset_digest:
        shape["dataset_digest"] = dataset_digest
    return shape


def registered_models(rows: Sequence[RegisteredModel]) -> list[Shape]:
    pks = [row.pk for row in rows]
    tags = related_rows(RegisteredModelTag, "model", pks, "key", "value", order="key")
    aliases = related_rows(ModelAlias, "model", pks, "name", "version", order="name")
    pointed_at = {version_pk for held in aliases.values() for _, version_pk in held}
    numbers = related_rows(ModelVersion, "id", list(pointed_at), "number")
    latest = ModelVersion.objects.latest_per_stage(pks)
    version_tags = _version_tags(latest)
    latest_versions: dict[int, list[Shape]] = {}
    names = {row.pk: row.name for row in rows}
    for version in latest:
        # MLflow: these copies of versions come without aliases.
        shape = _model_version(version, names[version.model_id], version_tags.get(version.pk, ()), ())
        latest_versions.setdefault(version.model_id, []).append(shape)
    return [
        {
            "name": row.name,
            "creation_timestamp": row.created_at,
            "last_updated_timestamp": row.updated_at,
            **({"description": row.description} if row.description else {}),
            **some(
                latest_versions=latest_versions.get(row.pk, []),
                tags=pairs(tags.get(row.pk, ())),
                aliases=[
                    {"alias": alias, "version": str(numbers[version_pk][0][0])}
                    for alias, version_pk in aliases.get(row.pk, ())
                ],
            ),
        }
        for row in rows
    ]


def model_versions(rows: Sequence[ModelVersion], name: str = "") -> list[Shape]:
    """`name` when all are of one model that the rows were read without."""
    tags = _version_tags(rows)
    aliases = related_rows(ModelAlias, "version", [row.pk for row in rows], "name", order="name")
    return [_model_version(row, name or row.model.name, tags.get(row.pk, ()), aliases.get(row.pk, ())) for row in rows]


def _version_tags(versions: Sequence[ModelVersion]) -> dict[int, list[tuple[Any, ...]]]:
    return related_rows(ModelVersionTag, "version", [row.pk for row in versions], "key", "value", order="key")


def _model_version(
    row: ModelVersion, name: str, tags: Sequence[tuple[Any, ...]], aliases: Sequence[tuple[Any, ...]]
) -> Shape:
    shape: Shape = {
        "name": name,
        "version": str(row.number),
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "current_stage": row.stage,
        "description": row.description,
        "source": row.source,
        "run_id": row.run_id,
        "run_link": row.run_link,
        # MLflow: the client waits up to five minutes for a version without a status.
        "status": "READY",
        **some(tags=pairs(tags), aliases=[alias for (alias,) in aliases]),
    }
    if row.logged_model_id:
        shape["model_id"] = row.logged_model_id
    return shape


def dataset_summary(experiment_id: int, name: str, digest: str, context: str) -> Shape:
    shape = {"experiment_id": str(experiment_id), "name": name, "digest": digest}
    if context:
        shape["context"] = context
    return shape


def file_info(info: ArtifactInfo, path: str) -> Shape:
    # MLflow: its client fails without `is_dir`; the size of a folder, and of an empty file, is left out.
    shape: Shape = {"path": path, "is_dir": info.is_dir}
    if info.size:
        shape["file_size"] = info.size
    return shape
