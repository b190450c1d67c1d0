"""logged-models/…: models as runs saved them."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from models_app import limits
from models_app.actors import Actor
from models_app.api import messages
from models_app.api.messages import Int64, Message, Tag, enum_name, pairs
from models_app.api.mlflow import files, pages, serializers
from models_app.api.mlflow.resources.experiments import experiment_number
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import LoggedModel
from models_app.search import LOGGED_MODELS, order_field
from models_app.services import logged_models as service

STATUSES = {int(status): str(status.label) for status in LoggedModel.Status}


class Create(Message):
    experiment_id: str
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[Tag] = []
    tags: list[Tag] = []


class Get(Message):
    allow_deleted: bool = False


class Finalize(Message):
    model_id: str
    status: str | int


class SetTags(Message):
    tags: list[Tag] = []


class LogParams(Message):
    model_id: str
    params: list[Tag] = []


class OnDataset(Message):
    dataset_name: str
    dataset_digest: str = ""


class OrderBy(Message):
    field_name: str
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class Search(Message):
    experiment_ids: list[str]
    filter: str = ""
    datasets: list[OnDataset] = []
    max_results: Int64 = limits.LOGGED_MODELS_PAGE_DEFAULT
    order_by: list[OrderBy] = []
    page_token: str = ""


class ListArtifacts(Message):
    artifact_directory_path: str = ""


class GetArtifact(Message):
    artifact_file_path: str


def create(actor: Actor, message: Create) -> dict[str, Any]:
    model = service.create_logged_model(
        actor=actor,
        experiment_id=experiment_number(message.experiment_id),
        name=message.name,
        model_type=message.model_type,
        source_run_id=message.source_run_id,
        params=pairs(message.params),
        tags=pairs(message.tags),
    )
    return {"model": serializers.logged_models([model])[0]}


def get(actor: Actor, message: Get, model_id: str) -> dict[str, Any]:
    return {"model": serializers.logged_models([_find(actor, model_id, with_deleted=message.allow_deleted)])[0]}


def finalize(actor: Actor, message: Finalize, model_id: str) -> dict[str, Any]:
    _require_same(message.model_id, model_id)
    name = enum_name(message.status, STATUSES, "status")
    status = next(number for number, known in STATUSES.items() if known == name)
    model = service.finalize_logged_model(actor=actor, model_id=model_id, status=status)
    return {"model": serializers.logged_models([model])[0]}


def delete(actor: Actor, model_id: str) -> dict[str, Any]:
    service.delete_logged_model(actor=actor, model_id=model_id)
    return {}


def set_tags(actor: Actor, message: SetTags, model_id: str) -> dict[str, Any]:
    service.set_logged_model_tags(actor=actor, model_id=model_id, tags=pairs(message.tags))
    return {}


def delete_tag(actor: Actor, model_id: str, key: str) -> dict[str, Any]:
    service.delete_logged_model_tag(actor=actor, model_id=model_id, key=key)
    return {}


def log_params(actor: Actor, message: LogParams, model_id: str) -> dict[str, Any]:
    _require_same(message.model_id, model_id)
    service.log_logged_model_params(actor=actor, model_id=model_id, params=pairs(message.params))
    return {}


def search(actor: Actor, message: Search) -> dict[str, Any]:
    if any(not dataset.dataset_name for dataset in message.datasets):
        raise InvalidValue("`dataset_name` in the `datasets` clause must be specified.", field="datasets")
    order = [order_field(by.field_name, by.ascending, by.dataset_name, by.dataset_digest) for by in message.order_by]
    # MLflow: 0 is 100, and there is no upper bound; whoever asks for more than a page holds gets the rest by its token.
    message.max_results = min(message.max_results or limits.LOGGED_MODELS_PAGE_ZERO, limits.LOGGED_MODELS_PAGE)
    page = pages.found(
        LoggedModel.objects.visible_to(actor).active(),
        LOGGED_MODELS,
        message,
        order_by=order,
        largest=limits.LOGGED_MODELS_PAGE,
        experiment_ids=[experiment_number(text, "experiment_ids") for text in message.experiment_ids],
        datasets=[(dataset.dataset_name, dataset.dataset_digest) for dataset in message.datasets],
    )
    return {**serializers.some(models=serializers.logged_models(page.rows)), **pages.token(page)}


def list_artifacts(actor: Actor, message: ListArtifacts, model_id: str) -> dict[str, Any]:
    return files.listing(actor, _find(actor, model_id), message.artifact_directory_path)


def get_artifact(actor: Actor, request: HttpRequest, model_id: str) -> HttpResponseBase:
    message = messages.read(GetArtifact, request)
    return files.serve(actor, request, _find(actor, model_id), message.artifact_file_path)


def _find(actor: Actor, model_id: str, *, with_deleted: bool = False) -> LoggedModel:
    models = LoggedModel.objects.visible_to(actor)
    model = (models if with_deleted else models.active()).filter(pk=model_id).first()
    if model is None:
        raise DoesNotExist(f"Logged model with ID '{model_id}' not found.", field="model_id")
    return model


def _require_same(in_body: str, in_address: str) -> None:
    # MLflow: the client sends the id twice, and its server insists on the one in the body.
    if in_body != in_address:
        raise InvalidValue(f"model_id {in_body!r} is not the model of the address, {in_address!r}.", field="model_id")
