"""model-versions/…: the versions of registered models."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from models_app import limits, names
from models_app.actors import Actor
from models_app.api import messages
from models_app.api.messages import Message, Tag, pairs
from models_app.api.mlflow import files, pages, serializers
from models_app.errors import InvalidValue
from models_app.models import ModelVersion
from models_app.search import MODEL_VERSIONS
from models_app.services import model_versions as service

_INTEGER = re.compile(r"[ \t\r\n]*[+-]?\d+(_\d+)*[ \t\r\n]*")  # what int() takes, but for rarer blanks
_DIGITS = 18


class OfModel(Message):
    name: str

    def __post_init__(self) -> None:
        # An empty name is a missing one, which is told apart where messages are read.
        if self.name:
            names.check_model_reference(self.name)


class Create(OfModel):
    source: str
    run_id: str = ""
    model_id: str = ""
    tags: list[Tag] = []
    run_link: str = ""
    description: str = ""


class OfVersion(OfModel):
    version: str


class Update(OfVersion):
    description: str = ""


class Search(Message):
    filter: str = ""
    max_results: int = limits.MODEL_VERSIONS_PAGE_DEFAULT
    order_by: list[str] = []
    page_token: str = ""


class TransitionStage(OfVersion):
    stage: str
    archive_existing_versions: bool = False


class SetTag(OfVersion):
    key: str
    value: str = ""


class DeleteTag(OfVersion):
    key: str


class GetArtifact(OfVersion):
    path: str


def create(actor: Actor, message: Create) -> dict[str, Any]:
    version = service.create_model_version(
        actor=actor,
        name=message.name,
        source=message.source,
        run_id=message.run_id,
        model_id=message.model_id,
        tags=pairs(message.tags),
        description=message.description,
        run_link=message.run_link,
    )
    return {"model_version": serializers.model_versions([version])[0]}


def get(actor: Actor, message: OfVersion) -> dict[str, Any]:
    versions = ModelVersion.objects.visible_to(actor)
    version = versions.get_by_number(message.name, version_number(message.version))
    return {"model_version": serializers.model_versions([version])[0]}


def update(actor: Actor, message: Update) -> dict[str, Any]:
    number = version_number(message.version)
    version = service.update_model_version(
        actor=actor, name=message.name, version=number, description=message.description
    )
    return {"model_version": serializers.model_versions([version])[0]}


def delete(actor: Actor, message: OfVersion) -> dict[str, Any]:
    service.delete_model_version(actor=actor, name=message.name, version=version_number(message.version))
    return {}


def search(actor: Actor, message: Search) -> dict[str, Any]:
    versions = ModelVersion.objects.visible_to(actor)
    page = pages.found(versions, MODEL_VERSIONS, message, order_by=message.order_by, largest=limits.MODEL_VERSIONS_PAGE)
    return {**serializers.some(model_versions=serializers.model_versions(page.rows)), **pages.token(page)}


def transition_stage(actor: Actor, message: TransitionStage) -> dict[str, Any]:
    number = version_number(message.version)
    version = service.transition_model_version_stage(
        actor=actor,
        name=message.name,
        version=number,
        stage=message.stage,
        archive_existing_versions=message.archive_existing_versions,
    )
    return {"model_version": serializers.model_versions([version])[0]}


def get_download_uri(actor: Actor, message: OfVersion) -> dict[str, Any]:
    versions = ModelVersion.objects.visible_to(actor)
    version = versions.get_by_number(message.name, version_number(message.version))
    return {"artifact_uri": version.storage_location}


def set_tag(actor: Actor, message: SetTag) -> dict[str, Any]:
    number = version_number(message.version)
    service.set_model_version_tag(actor=actor, name=message.name, version=number, key=message.key, value=message.value)
    return {}


def delete_tag(actor: Actor, message: DeleteTag) -> dict[str, Any]:
    number = version_number(message.version)
    service.delete_model_version_tag(actor=actor, name=message.name, version=number, key=message.key)
    return {}


def get_artifact(actor: Actor, request: HttpRequest) -> HttpResponseBase:
    message = messages.read(GetArtifact, request)
    versions = ModelVersion.objects.visible_to(actor)
    version = versions.get_by_number(message.name, version_number(message.version))
    return files.serve(actor, request, version, message.path)


def version_number(text: str) -> int:
    """MLflow: version numbers travel as text; "01" is a way to write 1."""
    if not _INTEGER.fullmatch(text) or len(text) > _DIGITS:
        raise InvalidValue(f"Model version must be an integer, got {text[:100]!r}.", field="version")
    return int(text)
