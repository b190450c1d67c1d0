"""What of a run can be registered: its logged models, and folders of its artifacts that older clients logged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models_app.actors import Actor
from models_app.model_files import MLMODEL
from models_app.models import LoggedModel, ModelVersion, Run
from models_app.services import artifacts
from models_app.services.tags import listed_in
from models_app.storage import ArtifactInfo, StoreUnavailable
from models_app.web import addresses

FOLDERS_LOOKED_INTO = 50


@dataclass(frozen=True, slots=True)
class ModelSource:
    """`versions` are those already registered from it; `logged_model` is None for a folder of the run."""

    name: str
    run_id: str
    path: str = ""
    logged_model: LoggedModel | None = None
    versions: list[ModelVersion] = field(default_factory=list)

    @property
    def register_href(self) -> str:
        if self.logged_model:
            return addresses.register(model_id=self.logged_model.pk)
        return addresses.register(run_id=self.run_id, path=self.path)

    @property
    def files_href(self) -> str:
        if self.logged_model:
            return addresses.logged_model_files(self.logged_model.pk)
        return addresses.run_files(self.run_id, self.path)

    @property
    def href(self) -> str:
        if self.logged_model:
            return addresses.logged_model(self.logged_model.pk)
        return self.files_href

    @property
    def refusal(self) -> str:
        """Why it can't be registered, "" when it can: a client that died while uploading left a part of a model."""
        unfinished = {LoggedModel.Status.PENDING, LoggedModel.Status.UPLOAD_FAILED}
        if self.logged_model and self.logged_model.status in unfinished:
            return "Its upload has not finished"
        return ""

    @property
    def status(self) -> str:
        """In one word: READY, PENDING, FAILED; "" for a folder, which has none."""
        if not self.logged_model:
            return ""
        return str(self.logged_model.get_status_display()).removeprefix("LOGGED_MODEL_").rpartition("_")[2]

    @property
    def uri(self) -> str:
        return f"models:/{self.logged_model.pk}" if self.logged_model else f"runs:/{self.run_id}/{self.path}"


def sources_of(actor: Actor, history_tags: Mapping[str, str]) -> dict[str, list[ModelSource]]:
    """Per run its models. `history_tags` has a key for every run asked for, with the text of its history tag or ""."""
    run_ids = list(history_tags)
    models: dict[str, list[LoggedModel]] = {run_id: [] for run_id in run_ids}
    for model in LoggedModel.objects.visible_to(actor).active().from_runs(run_ids):
        models[model.source_run_id].append(model)
    versions: dict[str, list[ModelVersion]] = {run_id: [] for run_id in run_ids}
    for version in ModelVersion.objects.visible_to(actor).from_runs(run_ids).prefetch_related("aliases"):
        versions[version.run_id].append(version)
    return {
        run_id: _sources(run_id, models[run_id], folders_in(history_tags[run_id]), versions[run_id])
        for run_id in run_ids
    }


def sources_of_run(actor: Actor, run: Run, history: str, entries: Sequence[ArtifactInfo]) -> list[ModelSource]:
    """With folders that no client noted: a model may have been saved to disk first and logged as plain files.

    `entries` are those right below the run's files; deeper folders are found by walking to them.
    """
    noted = sources_of(actor, {run.pk: history})[run.pk]
    known = {source.path for source in noted}
    unnoted = _model_folders(run, [entry.path for entry in entries if entry.is_dir and entry.path not in known])
    if not unnoted:
        return noted
    versions = list(ModelVersion.objects.visible_to(actor).from_runs([run.pk]).prefetch_related("aliases"))
    return noted + _sources(run.pk, [], unnoted, versions)


def top_entries(run: Run) -> list[ArtifactInfo] | None:
    """What lies right below the run's files; None when the store does not answer: what the run measured is shown
    nevertheless, and the page of its files says what is wrong."""
    root = artifacts.files_root(run)
    try:
        return artifacts.list_files(root) if root is not None else []
    except StoreUnavailable:
        return None


def _model_folders(run: Run, folders: list[str]) -> list[str]:
    root = artifacts.files_root(run)
    try:
        return [path for path in folders[:FOLDERS_LOOKED_INTO] if artifacts.has_file(root or "", f"{path}/{MLMODEL}")]
    except StoreUnavailable:
        return []


def _sources(
    run_id: str, models: Iterable[LoggedModel], folders: Iterable[str], versions: list[ModelVersion]
) -> list[ModelSource]:
    found = [
        ModelSource(
            model.name, run_id, "", model, [version for version in versions if version.logged_model_id == model.pk]
        )
        for model in models
    ]
    # A client of version 3 notes its logged models in the history tag too; a version 2 client knows no other place.
    names = {source.name for source in found}
    taken = {path: versions_of_folder(versions, run_id, path) for path in folders if path not in names}
    return found + [ModelSource(path, run_id, path, None, taken[path]) for path in taken]


def versions_of_folder(versions: Iterable[ModelVersion], run_id: str, path: str) -> list[ModelVersion]:
    """Those of the run's versions whose files are this folder, however the client named it."""
    wanted = f"{run_id}/artifacts/{path}".rstrip("/")
    return [
        version
        for version in versions
        if not version.logged_model_id
        and (version.source.rstrip("/") == f"runs:/{run_id}/{path}" or version.source.rstrip("/").endswith(wanted))
    ]


def folders_in(history: str) -> list[str]:
    """The folders a history tag names, once each: [{"artifact_path": "model", …}, …]."""
    paths = [entry.get("artifact_path") for entry in listed_in(history) if isinstance(entry, dict)]
    return list(dict.fromkeys(path.strip("/") for path in paths if isinstance(path, str) and path.strip("/")))
