"""artifacts/… and get-artifact: the files of a run, for direct users of the REST API."""

from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponseBase

from models_app.actors import Actor
from models_app.api import messages
from models_app.api.messages import Int64, Message
from models_app.api.mlflow import files
from models_app.errors import InvalidValue
from models_app.services import runs
from models_app.services.artifacts import put_file
from models_app.storage.paths import client_path

UPLOAD_BYTES = 10 * 1024 * 1024


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
        put_file(actor=actor, root=files.root_of(run), path=client_path(message.path), stream=stream, size=size)
    return {}


def presigned_upload(_actor: Actor, message: PresignedUpload) -> NoReturn:
    raise _unsigned()


def presigned_download(_actor: Actor, message: PresignedDownload) -> NoReturn:
    raise _unsigned()


def _unsigned() -> InvalidValue:
    return InvalidValue(
        "This server passes all files through its artifact proxy; it has no presigned addresses to give."
    )
