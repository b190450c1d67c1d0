"""registered-models/…: models with their tags and aliases."""

from typing import Any

from models_app import limits
from models_app.actors import Actor
from models_app.api.messages import Message, Tag, pairs
from models_app.api.mlflow import pages, serializers
from models_app.api.mlflow.resources.model_versions import OfModel, version_number
from models_app.models import ModelVersion, RegisteredModel
from models_app.search import REGISTERED_MODELS
from models_app.services import registered_models as service
from models_app.services.model_versions import canonical_stage


class Create(Message):
    name: str
    tags: list[Tag] = []
    description: str = ""


class Rename(OfModel):
    new_name: str


class Update(OfModel):
    description: str = ""


class Search(Message):
    filter: str = ""
    max_results: int = limits.REGISTERED_MODELS_PAGE_DEFAULT
    order_by: list[str] = []
    page_token: str = ""


class GetLatestVersions(OfModel):
    stages: list[str] = []


class SetTag(OfModel):
    key: str
    value: str = ""


class DeleteTag(OfModel):
    key: str


class SetAlias(OfModel):
    alias: str
    version: str


class OfAlias(OfModel):
    alias: str


def create(actor: Actor, message: Create) -> dict[str, Any]:
    tags = pairs(message.tags)
    model = service.create_registered_model(actor=actor, name=message.name, description=message.description, tags=tags)
    return {"registered_model": serializers.registered_models([model])[0]}


def get(actor: Actor, message: OfModel) -> dict[str, Any]:
    model = RegisteredModel.objects.visible_to(actor).get_by_name(message.name)
    return {"registered_model": serializers.registered_models([model])[0]}


def rename(actor: Actor, message: Rename) -> dict[str, Any]:
    model = service.rename_registered_model(actor=actor, name=message.name, new_name=message.new_name)
    return {"registered_model": serializers.registered_models([model])[0]}


def update(actor: Actor, message: Update) -> dict[str, Any]:
    model = service.update_registered_model(actor=actor, name=message.name, description=message.description)
    return {"registered_model": serializers.registered_models([model])[0]}


def delete(actor: Actor, message: OfModel) -> dict[str, Any]:
    service.delete_registered_model(actor=actor, name=message.name)
    return {}


def search(actor: Actor, message: Search) -> dict[str, Any]:
    models = RegisteredModel.objects.visible_to(actor)
    page = pages.found(
        models, REGISTERED_MODELS, message, order_by=message.order_by, largest=limits.REGISTERED_MODELS_PAGE
    )
    return {**serializers.some(registered_models=serializers.registered_models(page.rows)), **pages.token(page)}


def get_latest_versions(actor: Actor, message: GetLatestVersions) -> dict[str, Any]:
    stages = {canonical_stage(stage, field="stages") for stage in message.stages}
    model = RegisteredModel.objects.visible_to(actor).get_by_name(message.name)
    versions = ModelVersion.objects.latest_per_stage([model.pk])
    wanted = [version for version in versions if not stages or version.stage in stages]
    return serializers.some(model_versions=serializers.model_versions(wanted, model.name))


def set_tag(actor: Actor, message: SetTag) -> dict[str, Any]:
    service.set_registered_model_tag(actor=actor, name=message.name, key=message.key, value=message.value)
    return {}


def delete_tag(actor: Actor, message: DeleteTag) -> dict[str, Any]:
    service.delete_registered_model_tag(actor=actor, name=message.name, key=message.key)
    return {}


def set_alias(actor: Actor, message: SetAlias) -> dict[str, Any]:
    version = version_number(message.version)
    service.set_registered_model_alias(actor=actor, name=message.name, alias=message.alias, version=version)
    return {}


def delete_alias(actor: Actor, message: OfAlias) -> dict[str, Any]:
    service.delete_registered_model_alias(actor=actor, name=message.name, alias=message.alias)
    return {}


def get_version_by_alias(actor: Actor, message: OfAlias) -> dict[str, Any]:
    version = service.get_version_by_alias(actor=actor, name=message.name, alias=message.alias)
    return {"model_version": serializers.model_versions([version])[0]}
