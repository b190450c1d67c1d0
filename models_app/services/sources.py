"""Where artifacts may lie, and what a version's `source` may name: MLflow's rules for both."""

import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import LoggedModel, ModelVersion, RegisteredModel, Run
from models_app.names import check_text

# MLflow's own server refuses these too: a registry that fetched them would be a way into its network.
REFUSED_SCHEMES = frozenset({"http", "https", "ftp", "sftp", "hdfs", "viewfs", "r2", "b2", "abfss"})
PROMPT_SOURCES = frozenset({"dummy-source", "prompt-template"})

LOGGED_MODEL_SOURCE = re.compile(r"models:/+(m-[0-9a-f]{32})")
# A name may hold "@": a second segment is the version or stage, else what follows the last "@" is the alias.
VERSION_SOURCE = re.compile(r"models:/+([^/]+)(?:/([^/]+)|@([^/@]+))/?")
RUN_SOURCE = re.compile(r"runs:/+([^/]+)(?:/(.*))?")


@dataclass(frozen=True, slots=True)
class ResolvedSource:
    """`source` as it is stored, `storage_location` where the client downloads from, and what produced the files."""

    source: str
    storage_location: str
    run_id: str = ""
    model_id: str = ""


def default_artifact_location(workspace: str, experiment_id: int, root: str = "") -> str:
    """`root` is the workspace's own place for artifacts, if it has one; else it has a folder in the server's store."""
    if root:
        return location_below(root, str(experiment_id))
    folder = f"workspaces/{workspace}/{experiment_id}" if workspace != "default" else str(experiment_id)
    return f"mlflow-artifacts:/{folder}"


def check_artifact_location(location: str) -> None:
    field = "artifact_location"
    check_text(location, limits.ARTIFACT_LOCATION, "Artifact location", field)
    parts = _split(location, field)
    if parts.fragment or ";" in parts.path or ".." in unquote(parts.query):
        raise InvalidValue(f"Invalid artifact location {location!r}: no fragment, parameters or '..'.", field=field)
    if _has_parent_segment(location):
        raise InvalidValue(f"Invalid artifact location {location!r}: it must not hold '..'.", field=field)
    if parts.scheme in REFUSED_SCHEMES | {"runs", "models"} or (parts.scheme == "mlflow-artifacts" and parts.netloc):
        raise InvalidValue(
            f"Invalid artifact location {location!r}: use a location of this server (leave it empty) or a bucket such "
            "as s3://bucket/path.",
            field=field,
        )


def location_below(location: str, path: str) -> str:
    """MLflow: a query of an experiment's location stays at the end of what is made from it."""
    root, mark, query = location.partition("?")
    return f"{root.rstrip('/')}/{path}{mark}{query}"


def resolve_source(
    actor: Actor, source: str, *, run_id: str = "", model_id: str = "", is_prompt: bool = False
) -> ResolvedSource:
    _check_source(source)
    if is_prompt:
        if source not in PROMPT_SOURCES:
            raise InvalidValue(f"Invalid prompt source: {source!r}.", field="source")
        return ResolvedSource(source, source, run_id, model_id)
    if match := RUN_SOURCE.fullmatch(source):
        return _from_run(source, match[1], run_id, model_id)
    if match := LOGGED_MODEL_SOURCE.fullmatch(source):
        return _from_logged_model(actor, source, match[1], run_id, model_id)
    if match := VERSION_SOURCE.fullmatch(source):
        return _from_version(actor, match[1], match[2] or "", match[3] or "", run_id, model_id)
    if source.startswith(("runs:", "models:")):
        raise InvalidValue(
            f"Invalid model version source: {source!r}. Use runs:/<run_id>/<path>, models:/<model_id> or "
            "models:/<name>/<version>.",
            field="source",
        )
    return _from_location(actor, source, run_id, model_id)


def _check_source(source: str) -> None:
    if not source.strip():
        raise InvalidValue("Missing value for required parameter 'source'.", field="source")
    check_text(source, limits.SOURCE, "Model version source", "source")
    if _has_parent_segment(source):
        raise InvalidValue(f"Invalid model version source: {source!r}. It must not contain '..'.", field="source")


def _split(location: str, field: str) -> SplitResult:
    try:
        return urlsplit(location)
    except ValueError as error:
        raise InvalidValue(f"Invalid location {location!r}: {error}.", field=field) from None


def _has_parent_segment(location: str) -> bool:
    decoded = location
    for _ in range(10):
        if ".." in re.split(r"[/\\]", decoded):
            return True
        if (again := unquote(decoded)) == decoded:
            return False
        decoded = again
    return True


def _from_run(source: str, source_run_id: str, run_id: str, model_id: str) -> ResolvedSource:
    if run_id != source_run_id:
        raise _not_of(source, "run", "run_id", source_run_id, run_id)
    if model_id:
        raise InvalidValue(
            f"Invalid model version source: {source!r}. It lies in a run; to register the logged model {model_id!r}, "
            f"use models:/{model_id} as the source.",
            field="source",
        )
    # MLflow: the client resolves runs:/ itself, so the download location is the source, untouched.
    return ResolvedSource(source, source, run_id, model_id)


def _not_of(source: str, owner: str, parameter: str, wanted: str, given: str) -> InvalidValue:
    problem = f"the request names another one, {given!r}" if given else "the request does not name it"
    return InvalidValue(
        f"Invalid model version source: {source!r}. It lies in {owner} {wanted!r}, but {problem}: "
        f"pass {parameter}={wanted!r}.",
        field="source",
    )


def _from_logged_model(actor: Actor, source: str, source_model_id: str, run_id: str, model_id: str) -> ResolvedSource:
    if model_id != source_model_id:
        raise _not_of(source, "logged model", "model_id", source_model_id, model_id)
    logged_model = _logged_model(actor, model_id)
    return ResolvedSource(source, logged_model.artifact_uri, run_id or logged_model.source_run_id, model_id)


def _logged_model(actor: Actor, model_id: str) -> LoggedModel:
    logged_model = LoggedModel.objects.visible_to(actor).active().filter(pk=model_id).first()
    if logged_model is None:
        raise DoesNotExist(f"Logged model with ID '{model_id}' not found.", field="model_id")
    return logged_model


def _from_version(actor: Actor, name: str, suffix: str, alias: str, run_id: str, model_id: str) -> ResolvedSource:
    version = _version(actor, name, suffix, alias)
    for given, known, field in ((run_id, version.run_id, "run_id"), (model_id, version.logged_model_id, "model_id")):
        if given and given != known:
            raise InvalidValue(
                f"Invalid {field} {given!r}: the source is version {version.number} of {version.model.name!r}, which "
                f"has {repr(known) if known else 'none'}: leave {field} out.",
                field=field,
            )
    source = f"models:/{version.model.name}/{version.number}"
    return ResolvedSource(source, version.storage_location, version.run_id, version.logged_model_id)


def _version(actor: Actor, name: str, suffix: str, alias: str) -> ModelVersion:
    versions = ModelVersion.objects.visible_to(actor).filter(model__name=name).order_by("-number")
    if alias and alias.lower() != "latest":
        found = versions.filter(aliases__name=alias).first()
    elif alias or suffix.lower() == "latest":
        found = versions.first()
    elif suffix.isascii() and suffix.isdecimal():
        found = versions.filter(number=int(suffix)).first() if len(suffix) <= 18 else None
    elif suffix.lower() in {stage.lower() for stage in ModelVersion.Stage.values}:
        found = versions.filter(stage__iexact=suffix).first()
    else:
        RegisteredModel.objects.visible_to(actor).get_by_name(name)
        known = ", ".join(ModelVersion.Stage.values)
        raise InvalidValue(f"Invalid Model Version stage: {suffix}. Value must be one of {known}.", field="source")
    if found is None:
        _explain_missing(actor, name, suffix, alias)
    return found


def _explain_missing(actor: Actor, name: str, suffix: str, alias: str) -> NoReturn:
    """MLflow: an alias that a model does not have is an invalid value, any other missing thing does not exist."""
    RegisteredModel.objects.visible_to(actor).get_by_name(name)
    if alias and alias.lower() != "latest":
        raise InvalidValue(f"Registered model alias {alias} not found.", field="source")
    raise DoesNotExist(
        f"Model version models:/{name}{f'@{alias}' if alias else f'/{suffix}'} not found.", field="source"
    )


def _from_location(actor: Actor, source: str, run_id: str, model_id: str) -> ResolvedSource:
    parts = _split(source, "source")
    logged_model = _logged_model(actor, model_id) if model_id else None
    run_id = run_id or (logged_model.source_run_id if logged_model else "")
    if parts.scheme in REFUSED_SCHEMES:
        raise InvalidValue(
            f"Invalid model version source: {source!r}. Sources with the scheme {parts.scheme!r} are not accepted.",
            field="source",
        )
    if parts.scheme in {"", "file", "mlflow-artifacts"} or len(parts.scheme) == 1:
        run = Run.objects.visible_to(actor).filter(pk=run_id).first() if run_id else None
        roots = [run.artifact_uri if run else "", logged_model.artifact_uri if logged_model else ""]
        if not any(_lies_within(source, root) for root in roots if root):
            raise InvalidValue(
                f"Invalid model version source: {source!r}. It must lie within the artifacts of the run or logged "
                f"model that the request names, and {_named(run_id, model_id)}.",
                field="source",
            )
    elif not parts.path.startswith("/") or not parts.path.strip("/"):
        raise InvalidValue(f"Invalid model version source: {source!r}. It names no path.", field="source")
    return ResolvedSource(source, source, run_id, model_id)


def _named(run_id: str, model_id: str) -> str:
    named = " and ".join(f"{name}={given!r}" for name, given in (("run_id", run_id), ("model_id", model_id)) if given)
    if named:
        return f"it is not below those of {named}"
    return "the request names none: register runs:/<run_id>/<path> or models:/<model_id>, or pass run_id or model_id"


def _lies_within(source: str, root: str) -> bool:
    wanted, base = _normal(source), _normal(root)
    return wanted == base or wanted.startswith(base + "/")


def _normal(location: str) -> str:
    parts = _split(location, "source")
    scheme = "" if parts.scheme in {"", "file"} else parts.scheme
    path = re.sub("/+", "/", unquote(parts.path)).rstrip("/")
    return f"{scheme}:{parts.netloc}{path}"
