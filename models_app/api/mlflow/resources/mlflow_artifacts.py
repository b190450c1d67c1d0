"""mlflow-artifacts/…: the artifact proxy, through which the client moves every file."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from models_app.actors import Actor
from models_app.api import messages
from models_app.api.errors import ProtocolError, unlogged
from models_app.api.messages import Int64, Message
from models_app.api.mlflow import files, serializers
from models_app.downloads import serve_file
from models_app.errors import InvalidValue
from models_app.models import Workspace
from models_app.services import artifacts as service
from models_app.storage import IsFolder, get_store
from models_app.storage.paths import client_path, join

PARTS = 10_000
_ETAG = re.compile(r"[\x21-\x7e]+")


class List(Message):
    path: str = ""


class CreateUpload(Message):
    path: str
    num_parts: Int64 = 0


class Part(Message):
    part_number: Int64 = 0
    etag: str = ""


class CompleteUpload(Message):
    path: str
    upload_id: str
    parts: list[Part]


class AbortUpload(Message):
    path: str
    upload_id: str


def list_artifacts(actor: Actor, message: List) -> dict[str, Any]:
    # MLflow: the client joins the names itself, and takes an empty answer for "this is a file, or nothing".
    location = service.check_readable(actor, _in_workspace(actor, message.path))
    infos = get_store().list(location)
    return serializers.some(files=[serializers.file_info(info, info.name) for info in infos])


def download(actor: Actor, request: HttpRequest, path: str) -> HttpResponseBase:
    location = service.check_readable(actor, _in_workspace(actor, path))
    try:
        return serve_file(request, get_store(), location, inline=False)
    except IsFolder:
        # MLflow: its artifact routes are another framework's, with that framework's kind of error.
        return unlogged(JsonResponse({"detail": f"{path!r} is a directory."}, status=400))


def upload(actor: Actor, request: HttpRequest, path: str) -> HttpResponse:
    with files.heard_out(request):
        if not path or path.endswith("/"):
            raise InvalidValue("Invalid path: an upload needs the name of a file.", field="path")
        stream, size = files.body_of(request)
        service.put_file(actor=actor, path=_in_workspace(actor, path), stream=stream, size=size)
    return HttpResponse(b"", content_type="application/json")


def delete(actor: Actor, path: str) -> dict[str, Any]:
    if not client_path(path):
        raise InvalidValue("A workspace's whole artifact folder can't be deleted.", field="path")
    service.delete_files(actor=actor, path=_in_workspace(actor, path))
    return {}


def create_upload(actor: Actor, request: HttpRequest, path: str) -> dict[str, Any]:
    _require_parts(path)
    message = messages.read(CreateUpload, request)
    if not 1 <= message.num_parts <= PARTS:
        raise InvalidValue(f"num_parts must be from 1 to {PARTS}, not {message.num_parts}.", field="num_parts")
    target = _target(actor, path, message.path)
    upload_id, urls = service.begin_upload(actor=actor, path=target, part_count=message.num_parts)
    credentials = [{"url": url, "part_number": number, "headers": {}} for number, url in enumerate(urls, start=1)]
    return {"upload_id": upload_id, "credentials": credentials}


def complete_upload(actor: Actor, request: HttpRequest, path: str) -> dict[str, Any]:
    _require_parts(path)
    message = messages.read(CompleteUpload, request)
    parts = [(part.part_number, part.etag) for part in message.parts]
    are_sound = all(1 <= number <= PARTS and _ETAG.fullmatch(etag) for number, etag in parts)
    if not are_sound or len({number for number, _ in parts}) < len(parts):
        raise InvalidValue("Each of the parts needs its own part_number, and the etag of its upload.", field="parts")
    target = _target(actor, path, message.path)
    service.complete_upload(actor=actor, path=target, upload_id=message.upload_id, parts=parts)
    return {}


def abort_upload(actor: Actor, request: HttpRequest, path: str) -> dict[str, Any]:
    _require_parts(path)
    message = messages.read(AbortUpload, request)
    service.abort_upload(actor=actor, path=_target(actor, path, message.path), upload_id=message.upload_id)
    return {}


def presign(actor: Actor, _request: HttpRequest, path: str) -> dict[str, Any]:
    if get_store().direct is None:
        raise ProtocolError("NOT_IMPLEMENTED", f"Presigned downloads are not supported: get {path!r} from the proxy.")
    url, size = service.sign_download(actor, _in_workspace(actor, path))
    return {"url": url, "headers": {}, "file_size": size}


def _require_parts(path: str) -> None:
    """First of all, so that a client of a store without them hears nothing else."""
    if get_store().direct is None:
        # MLflow: only with exactly this beginning does the client go on with a plain upload.
        raise ProtocolError(
            "NOT_IMPLEMENTED",
            f"Multipart upload is not supported for the current artifact repository: send {path!r} in one request.",
        )


def _target(actor: Actor, folder: str, local_file: str) -> str:
    """MLflow: the client says where its file lies on its own disk, of which the last part is the name."""
    name = re.split(r"[/\\]", local_file)[-1]
    if client_path(f"folder/{name}") == "folder":
        raise InvalidValue("Invalid path: an upload needs the name of a file.", field="path")
    return _in_workspace(actor, f"{folder}/{name}".lstrip("/") if folder else name)


def _in_workspace(actor: Actor, path: str) -> str:
    """MLflow: a workspace has a folder of its own in the store, whose prefix clients may leave out."""
    path = client_path(path)
    if actor.workspace == Workspace.DEFAULT or path.split("/")[0] == "workspaces":
        return path
    return join("workspaces", actor.workspace, path)
