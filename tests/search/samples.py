"""Random objects of every noun: rows in the database, made by the services, and what the rules know of each."""

import random
from collections.abc import Sequence
from typing import Any

from models_app import clock
from models_app.actors import SYSTEM
from models_app.models import Experiment, LoggedModelMetric
from models_app.models.datasets import CONTEXT_TAG
from models_app.services import logged_models, metrics, runs
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord
from tests import make
from tests.search.rules import PROMPT, Item

LONG = "long " * 25  # longer than the stretch of a value that an index holds
TEXTS = ["a", "A", "ab", "é", "É", "a%b", "a_b", "a*b", "[ab]", "x\\y", "", "it's", "日本", f"{LONG}1", f"{LONG}2"]
PATTERNS = ["%", "a%", "A_", "_", "%b", "é%", "%[ab]%", "a*b", "%\\%", "a\\_b", LONG + "%", "%2", ""]
NUMBERS = [0.0, -1.0, 0.5, 1e-9, 3, 1e300, -2.5]
MODEL_NAMES = ["iris", "Iris", "a-b", "a b", "é", "x_y"]
SOURCES = [f"s3://bucket/{text}" for text in TEXTS[:4]]
DATASETS = [("a", "1"), ("a", "2"), ("b", "1"), ("", "")]


def texts(dice: random.Random, *keys: str) -> dict[str, str]:
    return {key: dice.choice(TEXTS) for key in keys if dice.random() < 0.6}


def moment(dice: random.Random) -> Any:
    """A clock that often stands still, so that the last keys of an order decide."""
    return clock.at(1_700_000_000_000 + dice.randrange(3))


def experiment(dice: random.Random, number: int) -> Item:
    tags = texts(dice, "t", "team.name")
    with moment(dice):
        made = make.experiment(f"{dice.choice(TEXTS)} {number}", tags=tags.items())
    times = {"creation_time": made.created_at, "last_update_time": made.updated_at}
    return {"pk": made.pk, "experiment_id": made.pk, "name": made.name, **times, "tags": tags}


def run(dice: random.Random, where: Experiment) -> Item:
    measured = {key: dice.choice([*NUMBERS, float("nan")]) for key in ("m", "val loss") if dice.random() < 0.7}
    params, tags = texts(dice, "p", "lr"), texts(dice, "t", "team.name")
    made = make.run(
        where, metrics_=measured, params=params, tags=tags, run_name=dice.choice(TEXTS) or "unnamed",
        user_id=dice.choice(TEXTS), start_time=dice.randrange(4),
    )  # fmt: skip
    if dice.random() < 0.6:
        status = dice.choice(["FINISHED", "FAILED"])
        runs.update_run(actor=SYSTEM, run_id=made.pk, status=status, end_time=dice.randrange(1, 4))
    datasets = _log_datasets(dice, made.pk)
    made.refresh_from_db()
    attributes = {"run_name": made.name, "user_id": made.user_id, "status": made.status}
    times = {"start_time": made.started_at, "created": made.started_at, "end_time": made.ended_at}
    tags = {tag.key: tag.value for tag in made.tags.all()}
    rows = {"metrics": measured, "params": params, "tags": tags, "datasets": datasets}
    return {"pk": made.pk, "run_id": made.pk, "artifact_uri": made.artifact_uri, **attributes, **times, **rows}


def _log_datasets(dice: random.Random, run_id: str) -> list[dict[str, str]]:
    datasets = [
        {"name": dice.choice("ab"), "digest": str(number), "context": dice.choice(["train", "eval", ""])}
        for number in range(dice.randrange(3))
    ]
    records = [
        DatasetRecord(
            name=one["name"], digest=one["digest"], source_type="code", source="", tags=((CONTEXT_TAG, one["context"]),)
        )
        for one in datasets
    ]
    runs.log_inputs(actor=SYSTEM, run_id=run_id, datasets=records)
    return datasets


def registered_model(dice: random.Random, name: str) -> Item:
    tags = texts(dice, "t", "team.name")
    if dice.random() < 0.4:
        tags[PROMPT] = dice.choice(["true", "true", "false"])
    with moment(dice):
        made = make.model(name, tags=tags)
    times = {"timestamp": made.updated_at, "last_updated_timestamp": made.updated_at}
    return {"pk": made.pk, "name": name, **times, "tags": tags, "is_prompt": tags.get(PROMPT) == "true"}


def model_version(dice: random.Random, of: Item) -> Item:
    tags, run_id = texts(dice, "t", "team.name"), dice.choice(["", "0" * 32, "1" * 32])
    with moment(dice):
        made = make.version(of["name"], source=dice.choice(SOURCES), run_id=run_id, tags=tags)
    return {
        "pk": made.pk, "name": of["name"], "run_id": run_id, "source_path": made.source, "version_number": made.number,
        "creation_timestamp": made.created_at, "last_updated_timestamp": made.updated_at, "tags": tags,
        "is_prompt": of["is_prompt"],
    }  # fmt: skip


def logged_model(dice: random.Random, source: str, where: Experiment) -> Item:
    """`source` is the id of a run."""
    params, tags = texts(dice, "p", "lr"), texts(dice, "t")
    with moment(dice):
        made = logged_models.create_logged_model(
            actor=SYSTEM, experiment_id=where.pk, name=dice.choice(MODEL_NAMES), model_type=dice.choice(["", "x", "X"]),
            source_run_id=source, params=params.items(), tags=tags.items(),
        )  # fmt: skip
        if dice.random() < 0.5:
            made = logged_models.finalize_logged_model(actor=SYSTEM, model_id=made.pk, status=dice.choice([2, 3]))
    for _ in range(dice.randrange(4)):
        _measure(dice, source, made.pk)
    times = {"creation_timestamp": made.created_at, "last_updated_timestamp": made.updated_at}
    attributes = {"name": made.name, "model_type": made.model_type, "source_run_id": source, "status": made.status}
    rows = {"metrics": _points(made.pk), "params": params, "tags": tags}
    return {"pk": made.pk, "model_id": made.pk, "experiment_id": where.pk, **times, **attributes, **rows}


def _measure(dice: random.Random, run_id: str, model_id: str) -> None:
    name, digest = dice.choice(DATASETS)
    point = Point(
        key=dice.choice(["m", "val loss"]), value=dice.choice([*NUMBERS, float("nan")]), timestamp=dice.randrange(3),
        step=dice.randrange(3), model_id=model_id, dataset_name=name, dataset_digest=digest,
    )  # fmt: skip
    metrics.log_metric(actor=SYSTEM, run_id=run_id, point=point)


def _points(model_id: str) -> Sequence[dict[str, Any]]:
    return [
        {
            "pk": row.pk, "key": row.key, "value": float("nan") if row.is_nan else row.value,
            "timestamp": row.timestamp, "step": row.step, "dataset": (row.dataset_name, row.dataset_digest),
        }
        for row in LoggedModelMetric.objects.filter(logged_model_id=model_id)
    ]  # fmt: skip
