"""Rows into the protocol's objects: plain dicts, from rows whose relations are prefetched.

MLflow: an empty list is left out, ids and version numbers are text, times are milliseconds, NaN is the text "NaN".
"""

from collections.abc import Iterable
from typing import Any

from models_app.models import (
    Dataset,
    DatasetInput,
    Experiment,
    LoggedModel,
    LoggedModelMetric,
    ModelVersion,
    RegisteredModel,
    Run,
)
from models_app.storage import ArtifactInfo

Shape = dict[str, Any]


def pairs(rows: Iterable[Any]) -> list[Shape]:
    return [{"key": row.key, "value": row.value} for row in rows]


def some(**lists: list[Any]) -> Shape:
    """The lists that hold anything."""
    return {name: values for name, values in lists.items() if values}


def experiment(row: Experiment) -> Shape:
    return {
        "experiment_id": str(row.experiment_id),
        "name": row.name,
        "artifact_location": row.artifact_location,
        "lifecycle_stage": row.lifecycle_stage,
        "creation_time": row.created_at,
        "last_update_time": row.updated_at,
        "workspace": row.workspace_id,
        **some(tags=pairs(row.tags.all())),
    }


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


def run(row: Run) -> Shape:
    data = some(
        metrics=[metric(point) for point in row.latest_metrics.all()],
        params=pairs(row.params.all()),
        tags=pairs(row.tags.all()),
    )
    inputs = some(
        dataset_inputs=[dataset_input(link) for link in row.dataset_inputs.all()],
        model_inputs=[{"model_id": link.model_id} for link in row.model_inputs.all()],
    )
    outputs = some(model_outputs=[{"model_id": link.model_id, "step": link.step} for link in row.model_outputs.all()])
    return {"info": run_info(row), "data": data, "inputs": inputs, "outputs": outputs}


def dataset_input(row: DatasetInput) -> Shape:
    tags = [{"key": key, "value": value} for key, value in row.tags]
    return {**some(tags=tags), "dataset": dataset(row.dataset)}


def dataset(row: Dataset) -> Shape:
    shape = {"name": row.name, "digest": row.digest, "source_type": row.source_type, "source": row.source}
    if row.schema:
        shape["schema"] = row.schema
    if row.profile:
        shape["profile"] = row.profile
    return shape


def number(point: Any) -> float | str:
    # Only NaN can occur: infinities are stored, and answered, as the largest float.
    return "NaN" if point.is_nan else point.value


def metric(point: Any) -> Shape:
    return {"key": point.key, "value": number(point), "timestamp": point.timestamp, "step": point.step}


def metric_of_run(point: Any) -> Shape:
    return {**metric(point), "run_id": point.run_id}


def metric_of_model(point: LoggedModelMetric) -> Shape:
    shape = {**metric(point), "model_id": point.logged_model_id, "run_id": point.run_id}
    if point.dataset_name:
        shape["dataset_name"] = point.dataset_name
    if point.dataset_digest:
        shape["dataset_digest"] = point.dataset_digest
    return shape


def logged_model(row: LoggedModel) -> Shape:
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
        **some(tags=pairs(row.tags.all())),
    }
    if row.status_message:
        info["status_message"] = row.status_message
    data = some(params=pairs(row.params.all()), metrics=[metric_of_model(point) for point in row.metrics.all()])
    return {"info": info, "data": data}


def registered_model(row: RegisteredModel, latest_versions: Iterable[ModelVersion] = ()) -> Shape:
    shape: Shape = {
        "name": row.name,
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
    }
    if row.description:
        shape["description"] = row.description
    aliases = [{"alias": alias.name, "version": str(alias.version.number)} for alias in row.aliases.all()]
    versions = [model_version(version, row.name, aliases=False) for version in latest_versions]
    shape.update(some(latest_versions=versions, tags=pairs(row.tags.all()), aliases=aliases))
    return shape


def model_version(row: ModelVersion, name: str = "", *, aliases: bool = True) -> Shape:
    """`name` saves the look-up of the registered model. MLflow: `latest_versions` are without aliases."""
    shape: Shape = {
        "name": name or row.model.name,
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
        **some(tags=pairs(row.tags.all())),
    }
    if row.logged_model_id:
        shape["model_id"] = row.logged_model_id
    if aliases:
        shape.update(some(aliases=[alias.name for alias in row.aliases.all()]))
    return shape


def file_info(info: ArtifactInfo, path: str) -> Shape:
    # MLflow: its client fails without `is_dir`; the size of a folder, and of an empty file, is left out.
    shape: Shape = {"path": path, "is_dir": info.is_dir}
    if info.size:
        shape["file_size"] = info.size
    return shape


def dataset_summary(experiment_id: int, name: str, digest: str, context: str) -> Shape:
    shape = {"experiment_id": str(experiment_id), "name": name, "digest": digest}
    if context:
        shape["context"] = context
    return shape
