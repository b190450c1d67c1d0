"""mlflow-artifacts/…: the artifact proxy, through which the client moves every file."""

from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from models_app.actors import Actor
from models_app.api.errors import ProtocolError
from models_app.api.messages import Message
from models_app.api.mlflow import files, serializers
from models_app.downloads import serve_file
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import Workspace
from models_app.services import artifacts as service
from models_app.storage import get_store
from models_app.storage.paths import client_path, join


class List(Message):
    path: str = ""


def list_artifacts(actor: Actor, message: List) -> dict[str, Any]:
    # MLflow: the client joins the names itself, and takes an empty answer for "this is a file, or nothing".
    location = service.check_readable(actor, _in_workspace(actor, message.path))
    infos = get_store().list(location)
    return serializers.some(files=[serializers.file_info(info, info.name) for info in infos])


def download(actor: Actor, request: HttpRequest, path: str) -> HttpResponseBase:
    location = service.check_readable(actor, _in_workspace(actor, path))
    store = get_store()
    info = store.stat(location)
    if info is None:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    if info.is_dir:
        # MLflow: its artifact routes are another framework's, with that framework's kind of error.
        return JsonResponse({"detail": f"{path!r} is a directory."}, status=400)
    return serve_file(request, store, location, inline=False)


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


def refuse_multipart(_actor: Actor, _request: HttpRequest, path: str) -> NoReturn:
    # MLflow: only with exactly this beginning does the client go on with a plain upload.
    raise ProtocolError(
        "NOT_IMPLEMENTED",
        f"Multipart upload is not supported for the current artifact repository: send {path!r} in one request.",
    )


def refuse_presigned(_actor: Actor, _request: HttpRequest, path: str) -> NoReturn:
    raise ProtocolError("NOT_IMPLEMENTED", f"Presigned downloads are not supported: get {path!r} from the proxy.")


def _in_workspace(actor: Actor, path: str) -> str:
    """MLflow: a workspace has a folder of its own in the store, whose prefix clients may leave out."""
    path = client_path(path)
    if actor.workspace == Workspace.DEFAULT or path.split("/")[0] == "workspaces":
        return path
    return join("workspaces", actor.workspace, path)
