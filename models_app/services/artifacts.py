"""Artifacts of runs, logged models and versions: where they lie, reading them, and who may write or delete them."""

import logging
from dataclasses import replace
from typing import BinaryIO

from django.db import transaction

from models_app import events
from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import Experiment, LoggedModel, ModelVersion, Run, Workspace
from models_app.services.access import Level, require
from models_app.services.publishing import publish
from models_app.services.sources import LOGGED_MODEL_SOURCE, RUN_SOURCE
from models_app.storage import ArtifactInfo, get_store
from models_app.storage.paths import clean_path, client_path, join, path_of, uri_of

logger = logging.getLogger("laurel.artifacts")


def files_root(owner: Run | LoggedModel | ModelVersion) -> str | None:
    """The folder of its files in our store; None when they lie elsewhere (a bucket of the user's own) or nowhere."""
    if isinstance(owner, ModelVersion):
        return locate(owner.storage_location, workspace=owner.model.workspace_id)
    return _path_or_none(owner.artifact_uri)


def locate(location: str, *, workspace: str) -> str | None:
    """The store path behind any URI a version may name, seen from `workspace`: others' runs stay out of reach."""
    if match := RUN_SOURCE.fullmatch(location):
        return _files_of_run(workspace, match[1], match[2] or "")
    if match := LOGGED_MODEL_SOURCE.fullmatch(location):
        logged_model = LoggedModel.objects.filter(pk=match[1], experiment__workspace_id=workspace).first()
        return _path_or_none(logged_model.artifact_uri) if logged_model else None
    return _path_or_none(location)


def _files_of_run(workspace: str, run_id: str, path: str) -> str | None:
    run = Run.objects.filter(pk=run_id, experiment__workspace_id=workspace).first()
    root = _path_or_none(run.artifact_uri) if run else None
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
            return _path_or_none(newest.artifact_uri)
    return found


def _as_logged(root: str, path: str) -> str:
    """A client's upload may have got another name, see `client_path`; a file put there by hand has its own."""
    found = join(root, path)
    return join(root, client_path(path)) if "%" in path and get_store().stat(found) is None else found


def _path_or_none(uri: str) -> str | None:
    try:
        return path_of(uri)
    except InvalidValue:
        return None  # nothing can lie there


def list_files(root: str, path: str = "") -> list[ArtifactInfo]:
    """The direct children, their paths counted from `root`."""
    return [_seen_from(root, info) for info in get_store().list(join(root, path))]


def stat_file(root: str, path: str) -> ArtifactInfo | None:
    info = get_store().stat(join(root, path))
    return _seen_from(root, info) if info else None


def _seen_from(root: str, info: ArtifactInfo) -> ArtifactInfo:
    base = clean_path(root)
    return replace(info, path=info.path[len(base) :].lstrip("/")) if base else info


def check_readable(actor: Actor, path: str) -> str:
    """The cleaned store path, if the actor may read there: what lies in another workspace does not exist."""
    path = clean_path(path)
    require(actor, Level.READ, _experiment_at(actor, path))
    return path


def put_file(*, actor: Actor, root: str = "", path: str, stream: BinaryIO, size: int | None = None) -> ArtifactInfo:
    """Stores a whole file below `root`; `size` is what the sender announced, None when it did not."""
    target = join(root, path)
    require(actor, Level.EDIT, _experiment_at(actor, target))
    return _seen_from(root, get_store().put(target, stream, size))


def delete_files(*, actor: Actor, root: str = "", path: str) -> None:
    """Deletes a file or folder. Whole runs, models and experiments need the right to manage, as deleting them does."""
    target = join(root, path)
    experiment = _experiment_at(actor, target)
    owner, rest = _owner_at(experiment, target)
    require(actor, Level.EDIT if rest else Level.MANAGE, owner)
    store = get_store()
    if store.stat(target) is None:
        return
    store.delete(target)
    logger.info("%s deleted the artifacts %s.", actor.name, target)
    if owner is not None:
        with transaction.atomic():
            publish(actor, events.ArtifactsDeleted(path=rest or target), owner)


def _experiment_at(actor: Actor, path: str) -> Experiment | None:
    """Whose files lie at a store path. Paths of no experiment belong to the workspace they lie in."""
    segments = path.split("/")
    workspace = Workspace.DEFAULT
    if segments[0] == "workspaces" and len(segments) > 1:
        workspace, segments = segments[1], segments[2:]
    experiment = None
    if segments and segments[0].isascii() and segments[0].isdecimal() and len(segments[0]) < 19:
        experiment = Experiment.objects.filter(pk=int(segments[0]), workspace_id=workspace).first()
    if experiment is None:
        experiment = _experiment_by_location(path)
    if actor.workspace != (experiment.workspace_id if experiment else workspace):
        raise DoesNotExist(f"There is no artifact {path!r}.", field="path")
    return experiment


def _experiment_by_location(path: str) -> Experiment | None:
    """Some experiments were created with an artifact location of their own."""
    segments = path.split("/")
    locations = [uri_of("/".join(segments[:count])) for count in range(1, len(segments) + 1)]
    return Experiment.objects.filter(artifact_location__in=locations).order_by("-artifact_location").first()


def _owner_at(experiment: Experiment | None, path: str) -> tuple[Run | LoggedModel | Experiment | None, str]:
    """The run or logged model whose files lie at a store path, and the path counted from its root."""
    segments = path.split("/")
    for end in [number for number, segment in enumerate(segments) if segment == "artifacts" and number >= 2]:
        kind: type[Run] | type[LoggedModel] = LoggedModel if segments[end - 2] == "models" else Run
        if owner := kind._default_manager.filter(pk=segments[end - 1], experiment=experiment).first():
            return owner, "/".join(segments[end + 1 :])
    return experiment, ""
