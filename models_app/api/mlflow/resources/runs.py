"""runs/…: runs with their params, tags, metrics and inputs."""

from typing import Any

from models_app import limits
from models_app.actors import Actor
from models_app.api.messages import Int64, Message, Tag, enum_name, pairs
from models_app.api.mlflow import pages, serializers
from models_app.api.mlflow.resources.experiments import experiment_number, of_view_type
from models_app.models import Run
from models_app.search import RUNS
from models_app.services import metrics as metric_service
from models_app.services import runs as service
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord

STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


class Create(Message):
    experiment_id: str
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 = 0
    tags: list[Tag] = []


class OfRun(Message):
    run_id: str


class Update(OfRun):
    status: str | int | None = None
    end_time: Int64 | None = None
    run_name: str = ""


class Metric(Message):
    key: str
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LogMetric(Metric, kw_only=True):
    run_id: str


class LogParameter(OfRun):
    key: str
    value: str = ""


class SetTag(OfRun):
    key: str
    value: str = ""


class DeleteTag(OfRun):
    key: str


class LogBatch(OfRun):
    metrics: list[Metric] = []
    params: list[Tag] = []
    tags: list[Tag] = []


class Dataset(Message):
    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str = ""
    profile: str = ""


class DatasetInput(Message, kw_only=True):
    tags: list[Tag] = []
    dataset: Dataset


class ModelInput(Message):
    model_id: str


class ModelOutput(ModelInput):
    step: Int64 = 0


class LogInputs(OfRun):
    datasets: list[DatasetInput] = []
    models: list[ModelInput] = []


class LogOutputs(OfRun):
    models: list[ModelOutput]


class LogModel(OfRun):
    model_json: str


class Search(Message):
    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: str | int | None = None
    max_results: Int64 = limits.RUNS_PAGE_DEFAULT
    order_by: list[str] = []
    page_token: str = ""


def create(actor: Actor, message: Create) -> dict[str, Any]:
    run = service.create_run(
        actor=actor,
        experiment_id=experiment_number(message.experiment_id),
        user_id=message.user_id,
        run_name=message.run_name,
        start_time=message.start_time,
        tags=pairs(message.tags),
    )
    return {"run": serializers.runs([run])[0]}


def get(actor: Actor, message: OfRun) -> dict[str, Any]:
    return {"run": serializers.runs([service.find_run(actor, message.run_id)])[0]}


def update(actor: Actor, message: Update) -> dict[str, Any]:
    run = service.update_run(
        actor=actor,
        run_id=message.run_id,
        status=enum_name(message.status, STATUSES, "status"),
        end_time=message.end_time,
        run_name=message.run_name or None,
    )
    return {"run_info": serializers.run_info(run)}


def delete(actor: Actor, message: OfRun) -> dict[str, Any]:
    service.delete_run(actor=actor, run_id=message.run_id)
    return {}


def restore(actor: Actor, message: OfRun) -> dict[str, Any]:
    service.restore_run(actor=actor, run_id=message.run_id)
    return {}


def log_metric(actor: Actor, message: LogMetric) -> dict[str, Any]:
    metric_service.log_metric(actor=actor, run_id=message.run_id, point=_point(message))
    return {}


def log_parameter(actor: Actor, message: LogParameter) -> dict[str, Any]:
    metric_service.log_parameter(actor=actor, run_id=message.run_id, key=message.key, value=message.value)
    return {}


def log_batch(actor: Actor, message: LogBatch) -> dict[str, Any]:
    metric_service.log_batch(
        actor=actor,
        run_id=message.run_id,
        metrics=[_point(metric) for metric in message.metrics],
        params=pairs(message.params),
        tags=pairs(message.tags),
    )
    return {}


def log_inputs(actor: Actor, message: LogInputs) -> dict[str, Any]:
    datasets = [_dataset_record(given) for given in message.datasets]
    models = [model.model_id for model in message.models]
    service.log_inputs(actor=actor, run_id=message.run_id, datasets=datasets, models=models)
    return {}


def log_outputs(actor: Actor, message: LogOutputs) -> dict[str, Any]:
    models = [(model.model_id, model.step) for model in message.models]
    service.log_outputs(actor=actor, run_id=message.run_id, models=models)
    return {}


def log_model(actor: Actor, message: LogModel) -> dict[str, Any]:
    service.log_model(actor=actor, run_id=message.run_id, model_json=message.model_json)
    return {}


def set_tag(actor: Actor, message: SetTag) -> dict[str, Any]:
    service.set_run_tag(actor=actor, run_id=message.run_id, key=message.key, value=message.value)
    return {}


def delete_tag(actor: Actor, message: DeleteTag) -> dict[str, Any]:
    service.delete_run_tag(actor=actor, run_id=message.run_id, key=message.key)
    return {}


def search(actor: Actor, message: Search) -> dict[str, Any]:
    numbers = [experiment_number(text, "experiment_ids") for text in message.experiment_ids]
    page = pages.found(
        of_view_type(Run.objects.visible_to(actor), message.run_view_type, "run_view_type"),
        RUNS,
        message,
        order_by=message.order_by,
        largest=limits.RUNS_PAGE,
        experiment_ids=numbers,
    )
    return {**serializers.some(runs=serializers.runs(page.rows)), **pages.token(page)}


def _point(metric: Metric) -> Point:
    return Point(
        key=metric.key,
        value=metric.value,
        timestamp=metric.timestamp,
        step=metric.step,
        model_id=metric.model_id,
        dataset_name=metric.dataset_name,
        dataset_digest=metric.dataset_digest,
    )


def _dataset_record(given: DatasetInput) -> DatasetRecord:
    dataset = given.dataset
    return DatasetRecord(
        name=dataset.name,
        digest=dataset.digest,
        source_type=dataset.source_type,
        source=dataset.source,
        schema=dataset.schema,
        profile=dataset.profile,
        tags=tuple(pairs(given.tags)),
    )
