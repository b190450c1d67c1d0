"""A registry with an experiment of very many runs, to measure pages on.

By hand: `python -m tests.benchmarks.many_runs FOLDER [--runs 100000] [--metrics 50]`, then serve that folder. Rows are
inserted as they are, without the services: a hundred thousand runs would take the protocol an hour.
"""

import argparse
import os
import random
import uuid
from typing import Any

MINUTE = 60_000
FIRST = 1_780_000_000_000
AT_ONCE = 1_000
FAMILIES = ("linear", "forest", "boosting", "network", "neighbours")
CURVE_STEPS = 200
CURVES = 300  # the latest runs of the experiment that have curves
LONG_CURVE = 1_000_000
RUN = (
    "run_id", "experiment_id", "name", "user_id", "created_by", "status", "started_at", "ended_at", "artifact_uri",
)  # fmt: skip
POINT = ("key", "value", "is_nan", "step", "timestamp")


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill a folder with an experiment of very many runs.")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--metrics", type=int, default=50)
    given = parser.parse_args()
    os.environ |= {"LAUREL_DATA_DIR": given.folder, "DJANGO_SETTINGS_MODULE": "registry_site.settings"}
    os.environ.setdefault("LAUREL_SECRET_KEY", uuid.uuid4().hex * 2)
    os.makedirs(given.folder, exist_ok=True)

    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    fill(given.runs, given.metrics)


def fill(run_count: int, metric_count: int) -> None:
    from models_app.actors import SYSTEM
    from models_app.services import experiments

    chance = random.Random(7)
    large = experiments.create_experiment(actor=SYSTEM, name=f"{run_count:,} runs")
    for start in range(0, run_count, AT_ONCE):
        add_runs(large.pk, range(start, min(start + AT_ONCE, run_count)), run_count, metric_count, chance)
        print(f"{min(start + AT_ONCE, run_count):,} runs", flush=True)
    long = experiments.create_experiment(actor=SYSTEM, name="One long curve")
    add_long_curve(long.pk, chance)


def add_runs(experiment_id: int, numbers: range, run_count: int, metric_count: int, chance: random.Random) -> None:
    from django.db import transaction

    from models_app.models import LatestMetric, Metric, Param, Run, RunTag
    from models_app.services.rows import insert_rows

    runs: list[tuple[Any, ...]] = []
    params: list[tuple[Any, ...]] = []
    tags: list[tuple[Any, ...]] = []
    points: list[tuple[Any, ...]] = []
    latest: list[tuple[Any, ...]] = []
    parent = ""
    for number in numbers:
        run_id = uuid.UUID(int=chance.getrandbits(128)).hex
        at = FIRST + number * MINUTE
        status = "FAILED" if number % 17 == 0 else "FINISHED"
        place = f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts"
        runs.append((run_id, experiment_id, f"trial-{number}", "mia", "mia", status, at, at + 5 * MINUTE, place))
        family, depth = chance.choice(FAMILIES), chance.randint(1, 12)
        params += [(run_id, "family", family), (run_id, "depth", str(depth)), (run_id, "batch_size", "32")]
        params += [(run_id, f"p{index}", f"{chance.random():.4f}") for index in range(7)]
        tags += [(run_id, "mlflow.runName", f"trial-{number}"), (run_id, "team", chance.choice(("red", "blue")))]
        tags.append((run_id, "mlflow.source.name", "train.py"))
        if number % 10 == 0:
            parent = run_id
        elif number % 10 < 4:
            tags.append((run_id, "mlflow.parentRunId", parent))
        has_curves = number >= run_count - CURVES
        for index in range(metric_count):
            key = ("accuracy", "loss")[index] if index < 2 else f"metric_{index:02}"
            steps = CURVE_STEPS if has_curves and index < 2 else 1
            level = chance.random()
            for step in range(steps):
                value = level * (step + 1) / steps if key == "accuracy" else level / (step + 1)
                points.append((run_id, key, value, False, step, at + step * 1_000))
            last = points[-1]
            latest.append((run_id, experiment_id, *last[1:]))
    params.sort()
    tags.sort()
    with transaction.atomic():
        insert_rows(Run, RUN, runs)
        insert_rows(Param, ("run_id", "key", "value"), params)
        insert_rows(RunTag, ("run_id", "key", "value"), tags)
        insert_rows(Metric, ("run_id", *POINT), points)
        insert_rows(LatestMetric, ("run_id", "experiment_id", *POINT), latest)


def add_long_curve(experiment_id: int, chance: random.Random) -> None:
    from django.db import transaction

    from models_app.models import LatestMetric, Metric, Run
    from models_app.services.rows import insert_rows

    run_id = uuid.UUID(int=chance.getrandbits(128)).hex
    place = f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts"
    run = (run_id, experiment_id, "a million points", "mia", "mia", "FINISHED", FIRST, FIRST + 600 * MINUTE, place)
    value = 0.0
    with transaction.atomic():
        insert_rows(Run, RUN, [run])
        for start in range(0, LONG_CURVE, AT_ONCE * 10):
            points = []
            for step in range(start, start + AT_ONCE * 10):
                value += chance.gauss(0, 1)
                points.append((run_id, "loss", value, False, step, FIRST + step * 30))
            insert_rows(Metric, ("run_id", *POINT), points)
        insert_rows(LatestMetric, ("run_id", "experiment_id", *POINT), [(run_id, experiment_id, *points[-1][1:])])
    print(f"{LONG_CURVE:,} points in run {run_id}", flush=True)


if __name__ == "__main__":
    main()
