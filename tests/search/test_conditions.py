"""What each noun lets a filter say, and that a refusal names what is legal."""

import pytest

from models_app.errors import InvalidValue
from models_app.search import EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS, FilterError, parse
from models_app.search.conditions import condition
from models_app.search.ordering import parse_order, terms
from tests.conftest import once

pytestmark = once

SCHEMAS = {
    "experiments": EXPERIMENTS,
    "runs": RUNS,
    "registered models": REGISTERED_MODELS,
    "model versions": MODEL_VERSIONS,
    "logged models": LOGGED_MODELS,
}

LEGAL = {
    "experiments": """
        name = 'x' | attribute.name LIKE 'x' | name ILIKE "x" | `name` != 'x' | name = 'a' and tags.b = 'c'
        experiment_id = '1' | experiment_id IN ('1', '2') | experiment_id not in ('1') | creation_time > 5
        last_update_time <= 5.5 | creation_time != 3 | tag.a = 'x' | tags.a LIKE 'x' | tags.a IS NULL
        tags.a is not null
    """,
    "runs": """
        metrics.a > 1 | metric.a != -1 | params.a = 'x' | param.a like 'x' | parameters.a ILIKE 'x'
        parameter.a IS NULL
        tags.a = 'x' | tag.a is not null | run_id IN ('a') | attr.run_id = 'x' | attribute.status != 'x'
        attributes.user_id LIKE 'x' | run.run_name = 'x' | `run name` = 'x' | "Run name" = 'x'
        attributes."Run Name" = 'x'
        run_id LIKE 'a%' | artifact_uri ilike 's3%' | start_time > 1.5 | created = 3 | end_time < 5
        dataset.name = 'x' | datasets.digest IN ('x') | dataset.context NOT IN ('x') | datasets.name LIKE 'x'
    """,
    "registered models": """
        name = 'x' | attribute.name IN ('a', 'b') | name not in ('a') | name like 'x' | name ILIKE 'x' | tag.a = 'x'
        tags.a != 'x' | tags.a ILIKE 'x' | tags.a IS NULL | tags.`a b` = "it's"
    """,
    "model versions": """
        name = 'x' | run_id IN ('a') | run_id LIKE 'a%' | source_path ilike 'x' | version_number = 5
        version_number = '5'
        version_number >= '05' | attribute.version_number != 1 | tags.a = 'x' | tag.a like 'x'
    """,
    "logged models": """
        name = 'x' | name = "x" | attributes.name LIKE 'x' | model_id IN ('x') | model_type != 'x'
        source_run_id = 'x'
        experiment_id = '1' | experiment_id = 1 | status = 2 | status = 'READY' | status = 'LOGGED_MODEL_READY'
        status IN ('1', 'ready') | creation_timestamp > 5 | creation_timestamp_ms > 5.5 | creation_time < 5
        last_updated_timestamp = 5 | last_updated_timestamp_ms >= 5 | metrics.a > 1 | metrics.`a b` != 1
        params.a IN ('x')
        tags.a NOT IN ('x') | tags.a ILIKE 'x'
    """,
}

ILLEGAL = {
    "experiments": """
        attributes.name = 'x' | name like 'x' | name ilike 'x' | experiment_id in ('1') | experiment_id = 1
        experiment_id = 'a' | experiment_id LIKE '1' | experiment_id > '1' | creation_time > '5'
        creation_time LIKE 'x'
        name IS NULL | name IN ('a') | lifecycle_stage = 'x' | metrics.a > 1 | tags.a IN ('x') | tags.a = 1
        `attribute.name` = 'x' | attr.name = 'x' | experiment_id = '99999999999999999999'
    """,
    "runs": """
        metrics.a = '1' | metrics.a LIKE 'x' | metrics.a IS NULL | params.a = 1 | params.a > 'x' | params.a IN ('x')
        tags.a IN ('x') | run_name IN ('x') | status IN ('x') | status > 'x' | start_time = '5' | start_time IS NULL
        name = 'x' | experiment_id = '1' | lifecycle_stage = 'x' | Metrics.a > 1 | foo.bar = 'x' | run.name = 'x'
        dataset.source = 'x' | dataset.name > 'x' | dataset.name IS NULL | run_id = 5 | Run_ID = 'x' | `tags.a` = 'x'
    """,
    "registered models": """
        `name` = 'x' | attribute."name" = 'x' | name > 'x' | name = 5 | name IS NULL | tags.a IN ('x') | tags.a = 5
        description = 'x' | creation_timestamp > 5 | attributes.name = 'x' | timestamp > 5 | run_id = 'x'
    """,
    "model versions": """
        version = 1 | current_stage = 'x' | creation_timestamp > 1 | aliases = 'x' | source = 'x'
        source_path IN ('x')
        version_number = 5.0 | version_number = 'x' | version_number LIKE '1' | version_number IN ('1') | run_id = 5
        version_number = '5.0' | attributes.name = 'x' | `name` = 'x' | version_number = ''
    """,
    "logged models": """
        attribute.name = 'x' | metric.a > 1 | param.a = 'x' | tag.a = 'x' | foo = 'x' | name > 'x' | params.a > 5
        metrics.a IN ('1') | metrics.a = '1' | status > 1 | status = 'x' | status = 9 | name = 5 | experiment_id = 'x'
        creation_timestamp = '5' | artifact_uri = 'x' | last_updated_time > 3 | status LIKE '2' | experiment_id LIKE '1'
        params.a = 5
    """,
}


def cases(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (noun, text.strip())
        for noun, block in table.items()
        for text in block.replace("\n", "|").split("|")
        if text.strip()
    ]


@pytest.mark.parametrize(("noun", "text"), cases(LEGAL))
def test_a_legal_comparison_is_understood(noun, text):
    for comparison in parse(text):
        assert condition(SCHEMAS[noun], comparison).operator == comparison.operator


@pytest.mark.parametrize(("noun", "text"), cases(ILLEGAL))
def test_an_illegal_comparison_is_refused(noun, text):
    with pytest.raises(FilterError) as caught:
        [condition(SCHEMAS[noun], comparison) for comparison in parse(text)]
    assert caught.value.position < len(text)


@pytest.mark.parametrize(
    ("noun", "text", "position", "words"),
    [
        (
            "model versions",
            "version = 1",
            0,
            "valid keys are name, run_id, source_path, version_number; tags need their",
        ),
        (
            "runs",
            "acc > 0.9",
            0,
            "valid keys are run_id, run_name, status, user_id, artifact_uri, start_time, created, end",
        ),
        ("runs", "acc > 0.9", 0, "metrics and params and tags need their prefix, such as metrics.acc"),
        ("model versions", "name = 'a' AND name > 'x'", 20, "valid comparators are =, !=, LIKE, ILIKE, IN, NOT IN"),
        ("runs", "metrics.a = '1'", 12, "a number without quotes"),
        ("runs", "params.a = 1", 11, "a text in quotes"),
        ("runs", "foo.a = 1", 0, "metrics"),
        ("experiments", "name like 'x'", 5, "capitals"),
        ("experiments", "experiment_id = 1", 16, "a whole number in quotes"),
        ("logged models", "status = 'done'", 9, "READY"),
        ("registered models", "`name` = 'x'", 0, "without quotes"),
        ("registered models", "owner = 'x'", 0, "tags need their prefix, such as tags.owner"),
        ("runs", "run_name LIKE '" + "%x" * 33 + "'", 14, "more than 32 %"),
    ],
)
def test_a_refusal_says_where_and_what_is_legal(noun, text, position, words):
    with pytest.raises(FilterError) as caught:
        [condition(SCHEMAS[noun], comparison) for comparison in parse(text)]
    assert caught.value.position == position
    assert words in caught.value.message


ORDERS = {
    "experiments": "name | experiment_id DESC | creation_time asc | last_update_time | attribute.name",
    "runs": """run_id | run_name | status | user_id | start_time | end_time | artifact_uri | created
        Created | metrics.a
        metric.`a b` DESC | params."a b" | tags.a.b | attributes.start_time desc | metrics.desc
         start_time   DESC """,
    "registered models": "name | name DESC | timestamp | last_updated_timestamp asc | attribute.name",
    "model versions": "name | version_number desc | creation_timestamp | last_updated_timestamp",
    "logged models": "name | creation_timestamp | creation_time | metrics.a DESC | status | model_id",
}
WRONG_ORDERS = {
    "experiments": "tags.a | lifecycle_stage | attributes.name | creation_timestamp",
    "runs": """dataset.name | foo | metrics.a foo | metrics.a DESC ASC | metrics.a, params.b | run name | tags.a b
        lifecycle_stage | experiment_id | metrics.a NULLS LAST | 1 | = | metrics.a DESC; | 'a' | metrics.a "DESC" """,
    "registered models": "creation_timestamp | tags.a | Name",
    "model versions": "version | run_id | source_path | tags.a | timestamp",
    "logged models": "params.a | tags.a | foo | metric.a",
}


@pytest.mark.parametrize(("noun", "text"), cases(ORDERS))
def test_a_legal_order_is_understood(noun, text):
    assert terms(SCHEMAS[noun], [text])[0].is_descending == text.lower().endswith(" desc")


@pytest.mark.parametrize(("noun", "text"), cases(WRONG_ORDERS))
def test_an_illegal_order_is_refused(noun, text):
    with pytest.raises(FilterError) as caught:
        terms(SCHEMAS[noun], [text])
    assert caught.value.field == "order_by"


def test_an_empty_order_is_refused():
    with pytest.raises(FilterError, match="empty"):
        parse_order(" ")


def test_a_refused_order_names_what_is_sortable():
    with pytest.raises(FilterError, match=r"start_time.*metrics\.<key>, params\.<key>, tags\.<key>"):
        terms(RUNS, ["dataset.name"])


@pytest.mark.parametrize("order", [["name", "name DESC"], ["timestamp", "last_updated_timestamp"]])
def test_the_same_key_twice_in_an_order_is_refused(order):
    with pytest.raises(InvalidValue, match="twice"):
        terms(REGISTERED_MODELS, order)


def test_the_same_metric_twice_in_an_order_is_refused():
    with pytest.raises(InvalidValue, match="twice"):
        terms(RUNS, ["metrics.a", "metrics.`a` DESC"])
