"""Artifacts of runs, logged models and versions: where they lie, reading them, and who may write or delete them."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

from django.core.signing import BadSignature, Signer
from django.db import transaction

from models_app import events
from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import Experiment, LoggedModel, ModelVersion, Run, Workspace
from models_app.services.access import Level, require
from models_app.services.publishing import publish
from models_app.services.sources import LOGGED_MODEL_SOURCE, RUN_SOURCE
from models_app.storage import ArtifactInfo, DirectAccess, IsFolder, get_store
from models_app.storage.paths import BUCKET_SCHEME, clean_path, client_path, join, own_uris, path_of

logger = logging.getLogger("laurel.artifacts")

DOWNLOAD_SECONDS = 60 * 60  # a client asks for all parts of a file by one address, some of them only later


def files_root(owner: Run | LoggedModel | ModelVersion) -> str | None:
    """The folder of its files in our store; None when they lie elsewhere (a bucket of the user's own) or nowhere."""
    if isinstance(owner, ModelVersion):
        return locate(owner.storage_location, workspace=owner.model.workspace_id)
    in_bucket = owner.artifact_uri.startswith(BUCKET_SCHEME)  # only then the workspace matters, which costs a query
    return _path_or_none(owner.artifact_uri, owner.experiment.workspace_id if in_bucket else "")


def locate(location: str, *, workspace: str) -> str | None:
    """The store path behind any URI a version may name, seen from `workspace`: others' runs stay out of reach."""
    if match := RUN_SOURCE.fullmatch(location):
        return _files_of_run(workspace, match[1], match[2] or "")
    if match := LOGGED_MODEL_SOURCE.fullmatch(location):
        logged_model = LoggedModel.objects.filter(pk=match[1], experiment__workspace_id=workspace).first()
        return _path_or_none(logged_model.artifact_uri, workspace) if logged_model else None
    return _path_or_none(location, workspace)


def _files_of_run(workspace: str, run_id: str, path: str) -> str | None:
    run = Run.objects.filter(pk=run_id, experiment__workspace_id=workspace).first()
    root = _path_or_none(run.artifact_uri, workspace) if run else None
    if run is None or root is None:
        return None
    try:
        found = _as_logged(root, path)
    except InvalidValue:
        return None
    if path and get_store().stat(found) is None:
        # MLflow: since version 3 `runs:/<id>/<name>` may mean the model the run logged under that name.
        logged = LoggedModel.objects.filter(source_run_id=run.pk, name=path.strip("/"), deleted_at=None)
        if newest := logged.filter(experiment__workspace_id=workspace).order_by("-created_at").first():
            return _path_or_none(newest.artifact_uri, workspace)
    return found


def _as_logged(root: str, path: str) -> str:
    """A client's upload may have got another name, see `client_path`; a file put there by hand has its own."""
    found = join(root, path)
    return join(root, client_path(path)) if "%" in path and get_store().stat(found) is None else found


def _path_or_none(uri: str, workspace: str) -> str | None:
    try:
        path = path_of(uri)
    except InvalidValue:
        return None  # nothing can lie there
    # MLflow: a version may name any address in a bucket. In our own that must not open another workspace's files.
    if path is not None and uri.startswith(BUCKET_SCHEME) and _place_at(path)[0] != workspace:
        return None
    return path


def list_files(root: str, path: str = "") -> list[ArtifactInfo]:
    """The direct children, their paths counted from `root`."""
    return [seen_from(root, info) for info in get_store().list(join(root, path))]


def stat_file(root: str, path: str) -> ArtifactInfo | None:
    info = get_store().stat(join(root, path))
    return seen_from(root, info) if info else None


def has_file(root: str, path: str) -> bool:
    return get_store().is_file(join(root, path))


def seen_from(root: str, info: ArtifactInfo) -> ArtifactInfo:
    base = clean_path(root)
    return replace(info, path=info.path[len(base) :].lstrip("/")) if base else info


def check_readable(actor: Actor, path: str) -> str:
    """The cleaned store path, if the actor may read there: what lies in another workspace does not exist."""
    path = clean_path(path)
    require(actor, Level.READ, _experiment_at(actor, path))
    return path


def put_file(*, actor: Actor, root: str = "", path: str, stream: BinaryIO, size: int | None = None) -> ArtifactInfo:
    """Stores a whole file below `root`; `size` is what the sender announced, None when it did not."""
    target = _file_below(root, path)
    require(actor, Level.EDIT, _experiment_at(actor, target))
    return seen_from(root, get_store().put(target, stream, size))


def _file_below(root: str, path: str) -> str:
    target = join(root, path)
    if root and target == clean_path(root):
        raise InvalidValue("Invalid path: an upload needs the name of a file.", field="path")
    return target


def delete_files(*, actor: Actor, root: str = "", path: str) -> None:
    """Deletes a file or folder. Whole runs, models and experiments need the right to manage, as deleting them does."""
    target = join(root, path)
    experiment = _experiment_at(actor, target)
    owner, rest = _owner_at(experiment, target)
    require(actor, Level.EDIT if rest else Level.MANAGE, owner)
    if not get_store().delete(target):
        return
    logger.info("%s deleted the artifacts %s.", actor.name, target)
    if owner is not None:
        with transaction.atomic():
            publish(actor, events.ArtifactsDeleted(path=rest or target), owner)


def begin_upload(*, actor: Actor, path: str, part_count: int) -> tuple[str, list[str]]:
    """Begins an upload in parts to a store path; its id and the address of each part."""
    path = clean_path(path)
    require(actor, Level.EDIT, _experiment_at(actor, path))
    direct = _direct()
    upload_id = direct.begin_upload(path)
    return _signer(path).sign(upload_id), direct.part_urls(path, upload_id, part_count)


def complete_upload(*, actor: Actor, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
    path = clean_path(path)
    require(actor, Level.EDIT, _experiment_at(actor, path))
    _direct().complete_upload(path, _own_upload(path, upload_id), parts)


def abort_upload(*, actor: Actor, path: str, upload_id: str) -> None:
    path = clean_path(path)
    require(actor, Level.EDIT, _experiment_at(actor, path))
    _direct().abort_upload(path, _own_upload(path, upload_id))


def sign_download(actor: Actor, path: str, seconds: int = DOWNLOAD_SECONDS) -> tuple[str, int]:
    """The address of a stored file, good for `seconds`, and its size."""
    path = check_readable(actor, path)
    info = get_store().stat(path)
    if info is None:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    if info.is_dir:
        raise IsFolder(path)
    return _direct().download_url(path, seconds), info.size or 0


def sign_upload(*, actor: Actor, root: str, path: str, seconds: int) -> str:
    target = _file_below(root, path)
    require(actor, Level.EDIT, _experiment_at(actor, target))
    return _direct().upload_url(target, seconds)


def _direct() -> DirectAccess:
    direct = get_store().direct
    if direct is None:
        raise InvalidValue("This server passes all files through itself: it has no signed addresses to give.")
    return direct


def _signer(path: str) -> Signer:
    """An upload's id is only good for the path whose rights were looked at: not every bucket holds to that itself."""
    return Signer(salt=f"laurel.uploads:{path}")


def _own_upload(path: str, upload_id: str) -> str:
    try:
        return _signer(path).unsign(upload_id)
    except BadSignature:
        raise InvalidValue(f"No upload to {path!r} has the id {upload_id[:100]!r}.", field="upload_id") from None


def _experiment_at(actor: Actor, path: str) -> Experiment | None:
    """Whose files lie at a store path, if that is in the actor's workspace."""
    workspace, experiment = _place_at(path)
    if actor.workspace != workspace:
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    return experiment


def _place_at(path: str) -> tuple[str, Experiment | None]:
    """The workspace of a store path and the experiment; those of no experiment belong where their folder says."""
    segments = path.split("/")
    workspace, is_folder_of_one = Workspace.DEFAULT, segments[0] == "workspaces" and len(segments) > 1
    if is_folder_of_one:
        workspace, segments = segments[1], segments[2:]
    experiment = None
    if segments and segments[0].isascii() and segments[0].isdecimal() and len(segments[0]) < 19:
        experiment = Experiment.objects.filter(pk=int(segments[0]), workspace_id=workspace).first()
    if experiment is None:
        experiment = _experiment_by_location(path, workspace if is_folder_of_one else "")
    return (experiment.workspace_id if experiment else workspace), experiment


def _experiment_by_location(path: str, workspace: str) -> Experiment | None:
    """Some experiments were created with an artifact location of their own; "" when they may be of any workspace.

    A folder stays with the workspace that named it first: naming it again, or one within, opens nobody's files.
    """
    segments = path.split("/")
    folders = ["/".join(segments[:count]) for count in range(1, len(segments) + 1)]
    locations = [uri for folder in folders for uri in (*own_uris(folder), f"mlflow-artifacts:///{folder}")]
    found = Experiment.objects.filter(artifact_location__in=locations).order_by("pk")
    holders = list(found.filter(workspace_id=workspace) if workspace else found)
    first = [holder for holder in holders if holder.workspace_id == holders[0].workspace_id]
    return max(first, key=lambda holder: len(path_of(holder.artifact_location) or ""), default=None)


def _owner_at(experiment: Experiment | None, path: str) -> tuple[Run | LoggedModel | Experiment | None, str]:
    """The run or logged model whose files lie at a store path, and the path counted from its root."""
    segments = path.split("/")
    for end in [number for number, segment in enumerate(segments) if segment == "artifacts" and number >= 2]:
        kind: type[Run] | type[LoggedModel] = LoggedModel if segments[end - 2] == "models" else Run
        if owner := kind._default_manager.filter(pk=segments[end - 1], experiment=experiment).first():
            return owner, "/".join(segments[end + 1 :])
    return experiment, ""
