"""artifacts/… and get-artifact: the files of a run, for direct users of the REST API."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from models_app.actors import Actor
from models_app.api import messages
from models_app.api.messages import Int64, Message
from models_app.api.mlflow import files
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import LoggedModel, Run
from models_app.services import artifacts as service
from models_app.services import runs
from models_app.storage import get_store
from models_app.storage.paths import client_path, join

UPLOAD_BYTES = 10 * 1024 * 1024
LONGEST_SECONDS = 7 * 24 * 60 * 60  # S3 signs for no longer


class List(Message):
    run_id: str
    path: str = ""
    page_token: str = ""


class Get(Message):
    run_id: str
    path: str


class PresignedUpload(Message, kw_only=True):
    run_id: str = ""
    model_id: str = ""
    path: str
    expiration: Int64 = 900


class PresignedDownload(Message):
    run_id: str
    path: str
    expiration: Int64 = 300


def list_artifacts(actor: Actor, message: List) -> dict[str, Any]:
    run = runs.find_run(actor, message.run_id)
    return files.listing(actor, run, message.path)


def get(actor: Actor, request: HttpRequest) -> HttpResponseBase:
    message = messages.read(Get, request)
    return files.serve(actor, request, runs.find_run(actor, message.run_id), message.path)


def upload(actor: Actor, request: HttpRequest) -> dict[str, Any]:
    with files.heard_out(request):
        message = messages.from_query(Get, request)
        run = runs.find_run(actor, message.run_id)
        stream, size = files.body_of(request, largest=UPLOAD_BYTES)
        service.put_file(actor=actor, root=files.root_of(run), path=client_path(message.path), stream=stream, size=size)
    return {}


def presigned_upload(actor: Actor, message: PresignedUpload) -> dict[str, Any]:
    if bool(message.run_id) == bool(message.model_id):
        raise InvalidValue("Exactly one of run_id and model_id must be provided.")
    owner: Run | LoggedModel
    owner = runs.find_run(actor, message.run_id) if message.run_id else _find_model(actor, message.model_id)
    _check_signing(message.expiration)
    path, root = client_path(message.path), files.root_of(owner)
    url = service.sign_upload(actor=actor, root=root, path=path, seconds=message.expiration)
    return {"presigned_url": url, "headers": {}}


def presigned_download(actor: Actor, message: PresignedDownload) -> dict[str, Any]:
    run = runs.find_run(actor, message.run_id)
    _check_signing(message.expiration)
    root = files.root_of(run)
    url, size = service.sign_download(actor, join(root, client_path(message.path)), message.expiration)
    return {"presigned_url": url, "headers": {}, "file_size": size}


def _find_model(actor: Actor, model_id: str) -> LoggedModel:
    found = LoggedModel.objects.visible_to(actor).active().filter(pk=model_id).first()
    if found is None:
        raise DoesNotExist(f"Logged model with ID '{model_id}' not found.", field="model_id")
    return found


def _check_signing(expiration: int) -> None:
    if get_store().direct is None:
        raise InvalidValue(
            "This server passes all files through its artifact proxy; it has no presigned addresses to give."
        )
    if not 1 <= expiration <= LONGEST_SECONDS:
        text = f"expiration must be between 1 and {LONGEST_SECONDS} seconds (got {expiration})."
        raise InvalidValue(text, field="expiration")
