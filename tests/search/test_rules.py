"""Hundreds of random searches over random objects find what the rules in plain Python find, in the same order."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db.models import QuerySet

from models_app import clock
from models_app.actors import SYSTEM
from models_app.models import ModelVersion, Run
from models_app.models.datasets import CONTEXT_TAG
from models_app.search import MODEL_VERSIONS, RUNS, Comparison, Key, Schema, paginate, render, search
from models_app.services import runs
from models_app.services.runs import DatasetRecord
from tests import make
from tests.search import rules

pytestmark = pytest.mark.django_db

LONG = "long " * 25  # longer than the stretch of a value that an index holds
TEXTS = [
    "a",
    "A",
    "ab",
    "é",
    "É",
    "a%b",
    "a_b",
    "a*b",
    "[ab]",
    "x\\y",
    "",
    "it's",
    "日本",
    LONG + "wxyz1",
    LONG + "wxyz2",
]
PATTERNS = ["%", "a%", "A_", "_", "%b", "é%", "%[ab]%", "a*b", "%\\%", "a\\_b", LONG + "%", "%2", ""]
NUMBERS = [0.0, -1.0, 0.5, 1e-9, 3, 1e300, -2.5]
SEARCHES = 120


def texts(dice: random.Random, keys: Sequence[str]) -> dict[str, str]:
    return {key: dice.choice(TEXTS) for key in keys if dice.random() < 0.6}


def make_run(dice: random.Random, where: Any) -> dict[str, Any]:
    metrics = {key: dice.choice([*NUMBERS, float("nan")]) for key in ("m", "val loss") if dice.random() < 0.7}
    params, tags = texts(dice, ("p", "lr")), texts(dice, ("t", "team.name"))
    run = make.run(
        where,
        metrics_=metrics,
        params=params,
        tags=tags,
        run_name=dice.choice(TEXTS) or "unnamed",
        user_id=dice.choice(TEXTS),
        start_time=dice.randrange(4),
    )
    if dice.random() < 0.6:
        status = dice.choice(["FINISHED", "FAILED"])
        runs.update_run(actor=SYSTEM, run_id=run.pk, status=status, end_time=dice.randrange(1, 4))
    datasets = [
        {"name": dice.choice("ab"), "digest": str(number), "context": dice.choice(["train", "eval", ""])}
        for number in range(dice.randrange(3))
    ]
    records = [
        DatasetRecord(
            name=one["name"], digest=one["digest"], source_type="code", source="", tags=[(CONTEXT_TAG, one["context"])]
        )
        for one in datasets
    ]
    runs.log_inputs(actor=SYSTEM, run_id=run.pk, datasets=records)
    run.refresh_from_db()
    attributes = {"run_name": run.name, "user_id": run.user_id, "status": run.status, "artifact_uri": run.artifact_uri}
    times = {"start_time": run.started_at, "created": run.started_at, "end_time": run.ended_at}
    tags = {tag.key: tag.value for tag in run.tags.all()}
    rows = {"metrics": metrics, "params": params, "tags": tags, "datasets": datasets}
    return {"run_id": run.pk, **attributes, **times, **rows}


def make_version(dice: random.Random, name: str) -> dict[str, Any]:
    tags = texts(dice, ("t", "team.name"))
    run_id = dice.choice(["", "0" * 32, "1" * 32])
    version = make.version(name, source=f"s3://bucket/{dice.choice(TEXTS[:4])}", run_id=run_id, tags=tags)
    return {
        "pk": version.pk,
        "name": name,
        "run_id": run_id,
        "source_path": version.source,
        "version_number": version.number,
        "creation_timestamp": version.created_at,
        "last_updated_timestamp": version.updated_at,
        "tags": tags,
    }


def comparison(dice: random.Random, choices: dict[Key, tuple[str, Sequence[Any]]]) -> Comparison:
    key = dice.choice(list(choices))
    operators, values = choices[key]
    operator = dice.choice(operators.split(", "))
    if operator.startswith("IS"):
        return Comparison(key, operator)
    if operator.endswith("IN"):
        return Comparison(key, operator, tuple(dice.choices(values, k=dice.randrange(1, 4))))
    return Comparison(key, operator, dice.choice(PATTERNS if "LIKE" in operator else values))


def compare_searches(
    monkeypatch: pytest.MonkeyPatch,
    queryset: Callable[[], QuerySet[Any]],
    schema: Schema,
    items: list[dict[str, Any]],
    choices: dict[Key, tuple[str, Sequence[Any]]],
    orders: Sequence[str],
    default: str,
    ties: str,
    **scope: Any,
) -> None:
    dice = random.Random(7)
    for _ in range(SEARCHES):
        # SQLite is to start from a list of rows in some searches, and to walk the objects in others.
        monkeypatch.setattr("models_app.search.compiler.FEW", dice.choice([0, 3, 1000]))
        comparisons = [comparison(dice, choices) for _ in range(dice.choice([0, 1, 1, 1, 2, 3]))]
        order_by = [
            f"{key} {dice.choice(['ASC', 'desc', ''])}" for key in dice.sample(orders, dice.choice([0, 1, 1, 2]))
        ]
        expected = rules.in_order(schema, rules.found(schema, items, comparisons), order_by, default, ties)
        text, wanted = render(comparisons), [item["pk"] for item in expected]
        told = f"{text!r} by {order_by}"
        assert [row.pk for row in search(queryset(), schema, text, order_by, **scope)] == wanted, told
        assert walk(queryset, schema, text, order_by, dice.choice([2, 7, 100]), scope) == wanted, told


def walk(
    queryset: Callable[[], QuerySet[Any]],
    schema: Schema,
    text: str,
    order_by: list[str],
    size: int,
    scope: dict[str, Any],
) -> list[Any]:
    found, token = [], ""
    while True:
        page = paginate(queryset(), schema, text, order_by, max_results=size, page_token=token, **scope)
        assert len(page.rows) == size or not page.next_page_token
        found += [row.pk for row in page.rows]
        if not (token := page.next_page_token):
            return found


TEXT_ROWS = "=, !=, LIKE, ILIKE, IS NULL, IS NOT NULL"
NUMERIC = "=, !=, <, <=, >, >="


def test_runs_follow_the_rules(monkeypatch):
    dice = random.Random(1)
    places = [make.experiment(), make.experiment()]
    items = [make_run(dice, dice.choice(places)) for _ in range(40)]
    for item in items:
        item["pk"] = item["run_id"]
    ids = [item["run_id"] for item in items]
    choices = {
        Key("metrics", "m"): (NUMERIC, NUMBERS),
        Key("metric", "val loss"): (NUMERIC, NUMBERS),
        Key("params", "p"): (TEXT_ROWS, TEXTS),
        Key("parameter", "lr"): (TEXT_ROWS, TEXTS),
        Key("tags", "t"): (TEXT_ROWS, TEXTS),
        Key("tag", "team.name"): (TEXT_ROWS, TEXTS),
        Key("", "run_id"): ("=, !=, LIKE, IN, NOT IN", ids),
        Key("attributes", "run_name"): ("=, !=, LIKE, ILIKE", TEXTS),
        Key("attr", "user_id"): ("=, !=, LIKE, ILIKE", TEXTS),
        Key("run", "status"): ("=, !=, LIKE, ILIKE", ["RUNNING", "FINISHED", "finished"]),
        Key("", "start_time"): (NUMERIC, [0, 1, 2, 1.5, -0.5, 10**30, -(10**30)]),
        Key("attribute", "end_time"): (NUMERIC, [1, 2, 1.5, 3, 2.0]),
        Key("dataset", "name"): ("=, !=, LIKE, IN, NOT IN", ["a", "b", "c"]),
        Key("datasets", "digest"): ("=, IN", ["0", "1"]),
        Key("dataset", "context"): ("=, !=, LIKE, ILIKE, IN, NOT IN", ["train", "eval", "test"]),
    }
    orders = ["metrics.m", "metrics.`val loss`", "params.p", "tags.`team.name`", "start_time", "end_time", "run_name"]
    compare_searches(
        monkeypatch,
        lambda: Run.objects.visible_to(SYSTEM),
        RUNS,
        items,
        choices,
        [*orders, "user_id", "status"],
        "start_time DESC, run_id",
        "start_time DESC, run_id",
        experiment_ids=[place.pk for place in places],
    )


def test_runs_of_one_experiment_follow_the_rules(monkeypatch):
    dice = random.Random(2)
    where, elsewhere = make.experiment(), make.experiment()
    make_run(dice, elsewhere)
    items = [make_run(dice, where) for _ in range(25)]
    for item in items:
        item["pk"] = item["run_id"]
    choices = {Key("metrics", "m"): (NUMERIC, NUMBERS), Key("params", "p"): (TEXT_ROWS, TEXTS)}
    compare_searches(
        monkeypatch,
        lambda: Run.objects.visible_to(SYSTEM),
        RUNS,
        items,
        choices,
        ["metrics.m", "params.p", "end_time", "start_time"],
        "start_time DESC, run_id",
        "start_time DESC, run_id",
        experiment_ids=[where.pk],
    )


def test_model_versions_follow_the_rules(monkeypatch):
    dice = random.Random(3)
    names = ["iris", "Iris", "a-b", "a b", "é", "x_y"]
    items = []
    for _ in range(40):
        # A clock that often stands still, so that the last keys of the order decide.
        with clock.at(1_700_000_000_000 + dice.randrange(3)):
            items.append(make_version(dice, dice.choice(names)))
    choices = {
        Key("", "name"): ("=, !=, LIKE, ILIKE, IN, NOT IN", names),
        Key("attribute", "run_id"): ("=, !=, LIKE, IN, NOT IN", ["", "0" * 32, "2" * 32]),
        Key("", "source_path"): ("=, !=, LIKE, ILIKE", [item["source_path"] for item in items]),
        Key("", "version_number"): (NUMERIC, [1, 2, "3", "07", 10**18]),
        Key("tags", "t"): (TEXT_ROWS, TEXTS),
        Key("tag", "team.name"): (TEXT_ROWS, TEXTS),
    }
    compare_searches(
        monkeypatch,
        lambda: ModelVersion.objects.visible_to(SYSTEM),
        MODEL_VERSIONS,
        items,
        choices,
        ["name", "version_number", "creation_timestamp", "last_updated_timestamp"],
        "last_updated_timestamp DESC, name, version_number DESC",
        "name, version_number DESC",
    )
