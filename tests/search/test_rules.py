"""Hundreds of random searches over random objects find what the rules in plain Python find, in the same order."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import given, settings
from hypothesis import strategies as st

from models_app.actors import SYSTEM
from models_app.models import Experiment, LoggedModel, ModelVersion, RegisteredModel, Run
from models_app.search import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Comparison,
    Key,
    Order,
    Schema,
    order_field,
    paginate,
    render,
    search,
)
from tests import make
from tests.search import rules, samples
from tests.search.samples import DATASETS, MODEL_NAMES, NUMBERS, PATTERNS, SOURCES, TEXTS

pytestmark = pytest.mark.django_db

SEARCHES = 120

LIKE, NULL = "=, !=, LIKE, ILIKE", "=, !=, LIKE, ILIKE, IS NULL, IS NOT NULL"
LISTS, LIKE_LISTS, NUMERIC = "=, !=, IN, NOT IN", "=, !=, LIKE, ILIKE, IN, NOT IN", "=, !=, <, <=, >, >="

Choices = Mapping[Key, tuple[str, Sequence[Any]]]


@dataclass(frozen=True)
class Searched:
    """What is searched and by which keys; `default` and `ties` are the orders of the protocol, in its own words."""

    queryset: Callable[[], QuerySet[Any]]
    schema: Schema
    items: Sequence[rules.Item]
    choices: Choices
    orders: Sequence[str]
    default: str
    ties: str
    scope: Mapping[str, Any] = field(default_factory=dict)
    datasets: Sequence[tuple[str, str]] = ()


@st.composite
def comparisons(draw: Any, choices: Choices) -> Comparison:
    key = draw(st.sampled_from(list(choices)))
    operators, values = choices[key]
    operator = draw(st.sampled_from(operators.split(", ")))
    if operator.startswith("IS"):
        return Comparison(key, operator)
    if operator.endswith("IN"):
        return Comparison(key, operator, tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))))
    return Comparison(key, operator, draw(st.sampled_from(PATTERNS if "LIKE" in operator else values)))


@st.composite
def order(draw: Any, searched: Searched) -> list[str | Order]:
    keys = draw(st.lists(st.sampled_from(searched.orders), unique=True, max_size=2))
    if searched.schema is not LOGGED_MODELS:
        return [f"{key} {draw(st.sampled_from(['ASC', 'desc', '']))}".rstrip() for key in keys]
    return [order_field(key, draw(st.booleans()), *draw(st.sampled_from(DATASETS))) for key in keys]


def follows_the_rules(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = searched.schema

    @settings(max_examples=SEARCHES, deadline=None, database=None)
    @given(
        wanted=st.lists(comparisons(searched.choices), max_size=3),
        order_by=order(searched),
        datasets=st.lists(st.sampled_from(searched.datasets), max_size=2) if searched.datasets else st.just([]),
        size=st.sampled_from([2, 7, 100]),
        few=st.sampled_from([0, 3, 1000]),
    )
    def check(
        wanted: list[Comparison], order_by: list[str | Order], datasets: list[tuple[str, str]], size: int, few: int
    ) -> None:
        # SQLite is to start from a list of rows in some searches, and to walk the objects in others.
        monkeypatch.setattr("models_app.search.compiler.FEW", few)
        found = rules.found(schema, searched.items, wanted, datasets)
        expected = [item["pk"] for item in rules.in_order(schema, found, order_by, searched.default, searched.ties)]
        text, scope = render(wanted), {**searched.scope, **({"datasets": datasets} if datasets else {})}
        assert [row.pk for row in search(searched.queryset(), schema, text, order_by, **scope)] == expected
        assert walk(searched, text, order_by, size, scope) == expected

    check()


def walk(searched: Searched, text: str, order_by: list[str | Order], size: int, scope: dict[str, Any]) -> list[Any]:
    """Through all pages."""
    found, token = [], ""
    while True:
        page = paginate(
            searched.queryset(), searched.schema, text, order_by, max_results=size, page_token=token, **scope
        )
        assert len(page.rows) == size or not page.next_page_token
        found += [row.pk for row in page.rows]
        if not (token := page.next_page_token):
            return found


def test_experiments_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(4)
    items = [samples.experiment(dice, number) for number in range(30)]
    ids, times = [str(item["pk"]) for item in items], [item["creation_time"] for item in items]
    choices = {
        Key("", "name"): (LIKE, [item["name"] for item in items]),
        Key("attribute", "experiment_id"): (LISTS, [*ids, "0", "99999"]),
        Key("", "creation_time"): (NUMERIC, [*times, 0, 1.5]),
        Key("", "last_update_time"): (NUMERIC, times),
        Key("tags", "t"): (NULL, TEXTS),
        Key("tag", "team.name"): (NULL, TEXTS),
    }
    follows_the_rules(
        Searched(
            # The one that is always there has no place among the random ones.
            lambda: Experiment.objects.visible_to(SYSTEM).exclude(pk=0),
            EXPERIMENTS,
            items,
            choices,
            ["name", "experiment_id", "creation_time", "last_update_time"],
            "creation_time DESC, experiment_id",
            "experiment_id DESC",
        ),
        monkeypatch,
    )


def test_runs_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(1)
    places = [make.experiment(), make.experiment()]
    items = [samples.run(dice, dice.choice(places)) for _ in range(40)]
    choices = {
        Key("metrics", "m"): (NUMERIC, NUMBERS),
        Key("metric", "val loss"): (NUMERIC, NUMBERS),
        Key("params", "p"): (NULL, TEXTS),
        Key("parameter", "lr"): (NULL, TEXTS),
        Key("tags", "t"): (NULL, TEXTS),
        Key("tag", "team.name"): (NULL, TEXTS),
        Key("", "run_id"): (LIKE_LISTS, [item["run_id"] for item in items]),
        Key("attributes", "run_name"): (LIKE, TEXTS),
        Key("attr", "user_id"): (LIKE, TEXTS),
        Key("run", "status"): (LIKE, ["RUNNING", "FINISHED", "finished"]),
        Key("", "start_time"): (NUMERIC, [0, 1, 2, 1.5, -0.5, 10**30, -(10**30)]),
        Key("attribute", "end_time"): (NUMERIC, [1, 2, 1.5, 3, 2.0]),
        Key("dataset", "name"): (LIKE_LISTS, ["a", "b", "c"]),
        Key("datasets", "digest"): (LISTS, ["0", "1"]),
        Key("dataset", "context"): (LIKE_LISTS, ["train", "eval", "test"]),
    }
    orders = ["metrics.m", "metrics.`val loss`", "params.p", "tags.`team.name`", "start_time", "end_time", "run_name"]
    follows_the_rules(
        Searched(
            lambda: Run.objects.visible_to(SYSTEM),
            RUNS,
            items,
            choices,
            [*orders, "user_id", "status"],
            "start_time DESC, run_id",
            "start_time DESC, run_id",
            {"experiment_ids": [place.pk for place in places]},
        ),
        monkeypatch,
    )


def test_runs_of_one_experiment_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(2)
    where, elsewhere = make.experiment(), make.experiment()
    samples.run(dice, elsewhere)
    items = [samples.run(dice, where) for _ in range(25)]
    follows_the_rules(
        Searched(
            lambda: Run.objects.visible_to(SYSTEM),
            RUNS,
            items,
            {Key("metrics", "m"): (NUMERIC, NUMBERS), Key("params", "p"): (NULL, TEXTS)},
            ["metrics.m", "params.p", "end_time", "start_time"],
            "start_time DESC, run_id",
            "start_time DESC, run_id",
            {"experiment_ids": [where.pk]},
        ),
        monkeypatch,
    )


PROMPTS: Choices = {Key("tags", rules.PROMPT): ("=, !=, LIKE", ["true", "false", "other"])}


def test_registered_models_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(5)
    names = [f"{name}{number or ''}" for name in MODEL_NAMES for number in range(4)]
    items = [samples.registered_model(dice, name) for name in names]
    choices = {
        Key("", "name"): (LIKE_LISTS, names),
        Key("tags", "t"): (NULL, TEXTS),
        Key("tag", "team.name"): (NULL, TEXTS),
        **PROMPTS,
    }
    follows_the_rules(
        Searched(
            lambda: RegisteredModel.objects.visible_to(SYSTEM),
            REGISTERED_MODELS,
            items,
            choices,
            ["name", "last_updated_timestamp"],
            "name",
            "name",
        ),
        monkeypatch,
    )


def test_model_versions_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(3)
    models = [samples.registered_model(dice, name) for name in MODEL_NAMES]
    items = [samples.model_version(dice, dice.choice(models)) for _ in range(40)]
    choices = {
        Key("", "name"): (LIKE_LISTS, MODEL_NAMES),
        Key("attribute", "run_id"): (LIKE_LISTS, ["", "0" * 32, "2" * 32]),
        Key("", "source_path"): (LIKE, SOURCES),
        Key("", "version_number"): (NUMERIC, [1, 2, "3", "07", 10**18]),
        Key("tags", "t"): (NULL, TEXTS),
        Key("tag", "team.name"): (NULL, TEXTS),
        **PROMPTS,
    }
    follows_the_rules(
        Searched(
            lambda: ModelVersion.objects.visible_to(SYSTEM),
            MODEL_VERSIONS,
            items,
            choices,
            ["name", "version_number", "creation_timestamp", "last_updated_timestamp"],
            "last_updated_timestamp DESC, name, version_number DESC",
            "name, version_number DESC",
        ),
        monkeypatch,
    )


def test_logged_models_follow_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(6)
    where = make.experiment()
    sources = [make.run(where).pk for _ in range(4)]
    items = [samples.logged_model(dice, dice.choice(sources), where) for _ in range(40)]
    choices = {
        Key("", "name"): (LIKE_LISTS, MODEL_NAMES),
        Key("attributes", "model_id"): (LIKE_LISTS, [item["model_id"] for item in items]),
        Key("", "model_type"): (LIKE_LISTS, ["", "x", "X"]),
        Key("", "source_run_id"): (LIKE_LISTS, sources),
        Key("", "experiment_id"): (LISTS, [str(where.pk), "0"]),
        Key("", "status"): (LISTS, ["1", "2", "3"]),
        Key("", "creation_timestamp"): (NUMERIC, [item["creation_timestamp"] for item in items]),
        Key("metrics", "m"): (NUMERIC, NUMBERS),
        Key("metrics", "val loss"): (NUMERIC, NUMBERS),
        Key("params", "p"): (LIKE_LISTS, TEXTS),
        Key("tags", "t"): (LIKE_LISTS, TEXTS),
    }
    follows_the_rules(
        Searched(
            lambda: LoggedModel.objects.visible_to(SYSTEM),
            LOGGED_MODELS,
            items,
            choices,
            ["metrics.m", "metrics.val loss", "name", "model_type", "status", "creation_timestamp"],
            "creation_timestamp DESC, model_id",
            "creation_timestamp DESC, model_id",
            {"experiment_ids": [where.pk]},
            [("a", "1"), ("a", ""), ("b", ""), ("b", "2")],
        ),
        monkeypatch,
    )
