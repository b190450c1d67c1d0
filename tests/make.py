"""Builders of test data: they call the services, so what tests look at is always legal."""

import io
import itertools

from models_app.actors import SYSTEM, Actor
from models_app.models import Experiment, LoggedModel, ModelVersion, RegisteredModel, Run
from models_app.services import artifacts, experiments, logged_models, metrics, model_versions, registered_models, runs
from models_app.services.metrics import Point

MLMODEL = b"""
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {sklearn_version: 1.5.0}
signature:
  inputs: '[{"type": "double", "name": "a"}, {"type": "double", "name": "b"}]'
  outputs: '[{"type": "long"}]'
"""

_count = itertools.count(1)


def actor(name: str = "mia", via: str = "command") -> Actor:
    """Without a user row: commands may do everything, which is what most tests want of whoever sets the stage."""
    return Actor(name=name, via=via)


def experiment(name: str = "", *, by: Actor = SYSTEM, **fields: object) -> Experiment:
    return experiments.create_experiment(actor=by, name=name or f"experiment-{next(_count)}", **fields)


def run(
    in_experiment: Experiment | None = None,
    *,
    by: Actor = SYSTEM,
    metrics_: dict[str, float] | None = None,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    **fields: object,
) -> Run:
    experiment_id = (in_experiment or experiment()).pk
    # A name of its own: one that is invented may hold the very word a test looks for.
    named = {"run_name": f"run-{next(_count)}"} | fields
    made = runs.create_run(actor=by, experiment_id=experiment_id, tags=(tags or {}).items(), **named)
    points = [Point(key=key, value=value, timestamp=1_700_000_000_000) for key, value in (metrics_ or {}).items()]
    if points or params:
        metrics.log_batch(actor=by, run_id=made.pk, metrics=points, params=(params or {}).items())
    return made


def model_folder(of_run: Run, path: str = "model", *, by: Actor = SYSTEM, mlmodel: bytes = MLMODEL) -> None:
    """A model among the files of the run, as a client of version 2 logs it."""
    root = artifacts.files_root(of_run) or ""
    artifacts.put_file(actor=by, root=root, path=f"{path}/MLmodel", stream=io.BytesIO(mlmodel))


def logged_model(
    of_run: Run | None = None, name: str = "model", *, by: Actor = SYSTEM, is_ready: bool = True, **fields: object
) -> LoggedModel:
    source = of_run or run()
    made = logged_models.create_logged_model(
        actor=by, experiment_id=source.experiment_id, name=name, source_run_id=source.pk, **fields
    )
    if not is_ready:
        return made
    return logged_models.finalize_logged_model(actor=by, model_id=made.pk, status=LoggedModel.Status.READY)


def model(
    name: str = "", *, by: Actor = SYSTEM, tags: dict[str, str] | None = None, **fields: object
) -> RegisteredModel:
    return registered_models.create_registered_model(
        actor=by, name=name or f"model-{next(_count)}", tags=(tags or {}).items(), **fields
    )


def version(
    of: RegisteredModel | str = "",
    *,
    of_run: Run | None = None,
    by: Actor = SYSTEM,
    tags: dict[str, str] | None = None,
    **fields: object,
) -> ModelVersion:
    """Of a model that is created when it is only named; from a run when one is given, else from a bucket."""
    name = of if isinstance(of, str) else of.name
    if isinstance(of, str) and not RegisteredModel.objects.filter(name=of).exists():
        name = model(of, by=by).name
    if of_run:
        fields = {"source": f"runs:/{of_run.pk}/model", "run_id": of_run.pk, **fields}
    fields.setdefault("source", "s3://bucket/model")
    return model_versions.create_model_version(actor=by, name=name, tags=(tags or {}).items(), **fields)
