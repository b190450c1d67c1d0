"""Many runs at once, for tests of what many cost: beside the services, which take a while for each."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from models_app.actors import SYSTEM
from models_app.models import Experiment, LatestMetric, Metric, Param, Run, RunTag
from models_app.models.runs import NAME_TAG
from models_app.services import metrics
from models_app.services.metrics import Point
from tests import make

START = 1_700_000_000_000


def many_runs(
    count: int,
    experiment: Experiment | None = None,
    *,
    metrics_: Callable[[int], Mapping[str, float]],
    params: Callable[[int], Mapping[str, str]],
) -> list[Run]:
    """As the services would leave them; what each logged is worked out from its number."""
    experiment = experiment or make.experiment()
    made = [_run(experiment, number) for number in range(count)]
    Run.objects.bulk_create(made)
    RunTag.objects.bulk_create(RunTag(run=run, key=NAME_TAG, value=run.name) for run in made)
    logged = [(run, key, value) for number, run in enumerate(made) for key, value in metrics_(number).items()]
    Metric.objects.bulk_create(Metric(run=run, key=key, value=value, timestamp=START) for run, key, value in logged)
    LatestMetric.objects.bulk_create(
        LatestMetric(run=run, experiment=experiment, key=key, value=value, timestamp=START)
        for run, key, value in logged
    )
    Param.objects.bulk_create(
        Param(run=run, key=key, value=value) for number, run in enumerate(made) for key, value in params(number).items()
    )
    return made


def _run(experiment: Experiment, number: int) -> Run:
    run_id = uuid.uuid4().hex
    return Run(
        run_id=run_id,
        experiment=experiment,
        name=f"run {number:03}",
        started_at=START + number,
        artifact_uri=f"{experiment.artifact_location}/{run_id}/artifacts",
    )


def sweep(count: int, experiment: Experiment | None = None) -> list[Run]:
    """Over a learning rate, with two single figures each."""
    return many_runs(
        count,
        experiment,
        metrics_=lambda n: {"accuracy": 0.5 + n / 1000, "f1": 0.4 + (n * 7 % 13) / 100},
        params=lambda n: {
            "lr": f"{0.001 * (n + 1):g}",
            "optimizer": ("adam", "sgd", "lion")[n % 3],
            "depth": f"{n % 5}",
        },
    )


def log(run: Run, key: str, values: Sequence[float], *, first_step: int = 0, first_at: int = START) -> None:
    points = [Point(key=key, value=v, timestamp=first_at + n * 1000, step=first_step + n) for n, v in enumerate(values)]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)


def histories(key: str, values: Mapping[Run, Sequence[float]]) -> None:
    """One point a step, for each run."""
    Metric.objects.bulk_create(
        Metric(run=run, key=key, value=value, step=n, timestamp=START + n)
        for run, of_run in values.items()
        for n, value in enumerate(of_run)
    )
    LatestMetric.objects.bulk_create(
        LatestMetric(
            run=run, experiment_id=run.experiment_id, key=key,
            value=of_run[-1], step=len(of_run) - 1, timestamp=START,
        )
        for run, of_run in values.items()
    )  # fmt: skip


def history(run: Run, key: str, values: Sequence[float]) -> None:
    histories(key, {run: values})


def series(client, key: str, *of: Run, **state: object) -> dict:
    query = urlencode([*(("ids", run.pk) for run in of), ("key", key), *state.items()])
    response = client.get(f"/charts/series?{query}")
    assert response.status_code == 200
    return response.json()
