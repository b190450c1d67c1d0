"""What could be registered: a folder of a run, a logged model, another version, or a location elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_app import limits
from models_app.actors import Actor
from models_app.errors import DoesNotExist
from models_app.models import Experiment, LoggedModel, ModelVersion, Run, RunTag
from models_app.models.runs import HISTORY_TAG
from models_app.services import artifacts, version_summaries
from models_app.services.sources import VERSION_SOURCE, resolve_source
from models_app.storage.paths import clean_path
from models_app.web import addresses
from models_app.web.model_sources import ModelSource, sources_of

RECENT_VERSIONS = 200  # in which the last target of an experiment is looked for
RECENT_RUNS = 200  # whose models are offered to register
VERSIONS_NAMED = 5
# What clients call a model when nobody gave it a name: the experiment's name says more.
NAMELESS = frozenset({"", "model", "models", "artifacts", "best_model", "final_model", "output", "checkpoint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`source`, `run_id` and `model_id` are what `register_model` takes.

    `origin` are the parameters of the dialog's address, `back` is the page it was chosen on.
    """

    source: str
    title: str
    back: str
    origin: dict[str, str]
    run_id: str = ""
    model_id: str = ""
    run: Run | None = None
    path: str = ""
    experiment: Experiment | None = None
    proposed_name: str = ""
    other_spellings: tuple[str, ...] = ()


def find(actor: Actor, params: Mapping[str, Any]) -> Candidate | None:
    """By the parameters of the dialog's address: run and path, model_id, or source; None when none is given."""
    if model_id := params.get("model_id"):
        return _of_logged_model(actor, model_id)
    if run_id := params.get("run"):
        return _of_run(actor, run_id, params.get("path") or "")
    source = (params.get("source") or "").strip()
    if source.startswith("runs:/"):
        run_id, _, path = source.removeprefix("runs:/").lstrip("/").partition("/")
        return _of_run(actor, run_id, path)
    if source.startswith("models:/m-"):
        return _of_logged_model(actor, source.removeprefix("models:/").rstrip("/"))
    return _of_source(actor, source) if source else None


def _of_logged_model(actor: Actor, model_id: str) -> Candidate:
    models = LoggedModel.objects.visible_to(actor).active().select_related("experiment")
    model = models.filter(pk=model_id).first()
    if model is None:
        raise DoesNotExist(f"There is no logged model {model_id}.", field="model_id")
    run = Run.objects.visible_to(actor).filter(pk=model.source_run_id).first() if model.source_run_id else None
    return Candidate(
        source=f"models:/{model.pk}",
        title=model.name,
        back=addresses.logged_model(model.pk),
        origin={"model_id": model.pk},
        run_id=model.source_run_id,
        model_id=model.pk,
        run=run,
        experiment=model.experiment,
        proposed_name=_proposed(model.name, model.experiment),
    )


def _of_run(actor: Actor, run_id: str, path: str) -> Candidate:
    run = Run.objects.visible_to(actor).select_related("experiment").filter(pk=run_id).first()
    if run is None:
        raise DoesNotExist(f"There is no run {run_id}.", field="run")
    path = clean_path(path)
    if logged := _logged_under(actor, run, path):
        return _of_logged_model(actor, logged.pk)
    source = f"{run.artifact_uri}/{path}".rstrip("/")
    return Candidate(
        source=source,
        title=path or "all files of the run",
        back=addresses.run_files(run.pk, path),
        origin={"run": run.pk, "path": path},
        run_id=run.pk,
        run=run,
        path=path,
        experiment=run.experiment,
        proposed_name=_proposed(path.rpartition("/")[2], run.experiment),
        other_spellings=(f"runs:/{run.pk}/{path}".rstrip("/"),),
    )


def _logged_under(actor: Actor, run: Run, path: str) -> LoggedModel | None:
    """MLflow: since version 3 `runs:/<id>/<name>` may mean the model the run logged under that name."""
    root = artifacts.files_root(run)
    if not path or (root and artifacts.stat_file(root, path)):
        return None
    models = LoggedModel.objects.visible_to(actor).active().filter(source_run_id=run.pk, name=path)
    return models.order_by("-created_at").first()


def _of_source(actor: Actor, source: str) -> Candidate:
    """A version to copy, or files in a bucket of the user's own."""
    resolved = resolve_source(actor, source)
    run = Run.objects.visible_to(actor).select_related("experiment").filter(pk=resolved.run_id).first()
    name, _, number = resolved.source.removeprefix("models:/").rpartition("/")
    is_copy = resolved.source.startswith("models:/")
    return Candidate(
        source=resolved.source,
        title=f"{name}, version {number}" if is_copy else resolved.source,
        back=addresses.model_version(name, int(number)) if is_copy else "/models",
        origin={"source": resolved.source},
        run_id=resolved.run_id,
        model_id=resolved.model_id,
        run=run,
        # A copy is meant for another model, so neither the experiment's last target nor its name is proposed.
        experiment=run.experiment if run and not is_copy else None,
        proposed_name=_proposed("" if is_copy else resolved.source.rstrip("/").rpartition("/")[2], None),
    )


def _proposed(name: str, experiment: Experiment | None) -> str:
    """A legal model name from what the thing is called; "" when nothing says more than "model"."""
    if name.lower() in NAMELESS:
        name = experiment.name if experiment and experiment.pk != Experiment.DEFAULT_ID else ""
    return " ".join(name.replace("/", "-").replace(":", "-").split())[: limits.MODEL_NAME]


def facts_of(actor: Actor, candidate: Candidate) -> dict[str, Any]:
    """What its files say: flavors, signature, size; {} when they lie outside our store."""
    location = resolve_source(
        actor, candidate.source, run_id=candidate.run_id, model_id=candidate.model_id
    ).storage_location
    return version_summaries.read_facts(location, workspace=actor.workspace)


def versions_of(actor: Actor, candidate: Candidate) -> list[ModelVersion]:
    """Versions registered from it already, newest first."""
    versions = ModelVersion.objects.visible_to(actor).newest_first()
    if candidate.model_id and candidate.source == f"models:/{candidate.model_id}":
        return list(versions.filter(logged_model_id=candidate.model_id)[:VERSIONS_NAMED])
    spellings = [candidate.source, f"{candidate.source}/", *candidate.other_spellings]
    return list(versions.filter(source__in=spellings)[:VERSIONS_NAMED])


def last_target(actor: Actor, candidate: Candidate) -> str:
    """The name of the model that its like was last registered into, "" when there is none.

    Its like is what runs of the same experiment logged under the same name: an experiment may train several models.
    Copies don't count: they go where models are released, and nobody should land there by pressing a button twice.
    """
    if candidate.experiment is None:
        return ""
    versions = ModelVersion.objects.visible_to(actor).newest_first()
    versions = versions.only("run_id", "source", "logged_model_id", "model_id", "model__name")
    recent = [version for version in versions[:RECENT_VERSIONS] if not VERSION_SOURCE.fullmatch(version.source)]
    runs = Run.objects.visible_to(actor).filter(experiment=candidate.experiment)
    here = set(runs.filter(pk__in={version.run_id for version in recent}).values_list("pk", flat=True))
    recent = [version for version in recent if version.run_id in here]
    logged = LoggedModel.objects.filter(pk__in={version.logged_model_id for version in recent})
    names = dict(logged.values_list("pk", "name")) if recent else {}
    wanted = _last_part(candidate.title)
    for version in recent:
        if names.get(version.logged_model_id, _last_part(version.source)) == wanted:
            return version.model.name
    return ""


def _last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def recent_models(actor: Actor, text: str) -> list[tuple[ModelSource, Run]]:
    """Models of the newest runs, newest first, whose name, run or experiment holds `text`."""
    runs = list(
        Run.objects.visible_to(actor).active().select_related("experiment").order_by("-started_at")[:RECENT_RUNS]
    )
    tags = RunTag.objects.visible_to(actor).filter(run__in=runs, key=HISTORY_TAG).values_list("run_id", "value")
    found = sources_of(actor, {run.pk: "" for run in runs} | dict(tags))
    wanted = text.lower()
    return [
        (source, run)
        for run in runs
        for source in found[run.pk]
        if wanted in f"{source.name} {run} {run.experiment} {run.pk}".lower()
    ]
