"""How SQLite goes about a search: it starts from an index and stops when the page is full, however large the tables.

Without statistics its plans do not depend on the rows, so a few rows tell what happens with a million.
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.actors import SYSTEM
from models_app.models import Event, ModelVersion, RegisteredModel, Run
from models_app.search import MODEL_VERSIONS, REGISTERED_MODELS, RUNS, Page, Schema, paginate
from tests import make
from tests.conftest import ON_POSTGRESQL

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(ON_POSTGRESQL, reason="PostgreSQL plans by the rows there are"),
]

SORTED = "USE TEMP B-TREE FOR ORDER BY"  # all that is found is sorted before the first row is answered


def plan(search: Callable[[], object]) -> list[str]:
    """The steps of a search's last statement."""
    with CaptureQueriesContext(connection) as captured:
        search()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + captured.captured_queries[-1]["sql"])
        return [row[3] for row in cursor.fetchall()]


def page(schema: Schema, text: str = "", *order: str, size: int = 1, token: str = "", **scope: object) -> Page:
    model = {MODEL_VERSIONS: ModelVersion, REGISTERED_MODELS: RegisteredModel, RUNS: Run}[schema]
    rows = model.objects.visible_to(SYSTEM)
    return paginate(rows, schema, text, order, max_results=size, page_token=token, **scope)


@pytest.fixture
def versions():
    for _ in range(3):
        make.version("m", tags={"k": "v"})


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("models_app.search.compiler.FEW", 0)


@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_newest_versions_are_read_from_their_index(versions, size):
    steps = plan(lambda: page(MODEL_VERSIONS, size=size))
    assert steps[0] == "SEARCH model_versions USING INDEX model_version_updated (updated_at>?)"
    assert SORTED not in steps


def test_the_next_page_starts_where_the_last_one_ended(versions):
    token = page(MODEL_VERSIONS).next_page_token
    steps = plan(lambda: page(MODEL_VERSIONS, token=token))
    assert steps[0] == "SEARCH model_versions USING INDEX model_version_updated (updated_at>? AND updated_at<?)"
    assert SORTED not in steps


def test_a_rare_tag_is_where_a_search_starts(versions):
    steps = plan(lambda: page(MODEL_VERSIONS, "tags.k = 'v'"))
    assert steps[0] == "SEARCH model_versions USING INTEGER PRIMARY KEY (rowid=?)"
    assert "SEARCH U0 USING INDEX model_version_tag_value (key=? AND <expr>=?)" in steps


def test_a_frequent_tag_is_checked_version_by_version(versions, few):
    steps = plan(lambda: page(MODEL_VERSIONS, "tags.k = 'v'"))
    assert steps[0].startswith("SEARCH model_versions USING INDEX model_version_updated")
    assert SORTED not in steps


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("run_id = 'a'", "model_version_run (run_id=?)"),
        ("run_id IN ('a', 'b')", "model_version_run (run_id=?)"),
        ("source_path = 's3://bucket/model'", "model_version_source_prefix (<expr>=?)"),
        (f"source_path = '{'x' * 200}'", "model_version_source_prefix (<expr>=?)"),
    ],
)
def test_versions_of_one_origin_are_read_from_its_index(versions, text, index):
    assert plan(lambda: page(MODEL_VERSIONS, text))[0] == f"SEARCH model_versions USING INDEX {index}"


@pytest.mark.parametrize(
    ("order", "index"),
    [
        ([], "model_version_recent_in_model (model_id=? AND updated_at>?)"),
        (["version_number DESC"], "sqlite_autoindex_model_versions_1 (model_id=? AND number>?)"),
    ],
)
def test_a_models_versions_are_not_sorted(versions, order, index):
    steps = plan(lambda: page(MODEL_VERSIONS, "name = 'm'", *order))
    assert steps[0].endswith("(workspace_id=? AND name=?)")
    assert steps[1] == f"SEARCH model_versions USING INDEX {index}"
    assert SORTED not in steps


def test_versions_by_time_of_creation_are_read_from_their_index(versions):
    steps = plan(lambda: page(MODEL_VERSIONS, "", "creation_timestamp DESC"))
    assert steps[0] == "SEARCH model_versions USING INDEX model_version_created (created_at>?)"
    assert SORTED not in steps


@pytest.mark.parametrize("text", ["", "tag.`mlflow.prompt.is_prompt` != 'true'", "name ILIKE '%m%'"])
def test_models_are_read_in_the_order_of_their_names(text):
    for name in "ab":
        make.model(name)
    token = page(REGISTERED_MODELS, text).next_page_token
    for place in ("", token):
        steps = plan(lambda place=place: page(REGISTERED_MODELS, text, token=place))
        assert steps[0].startswith("SEARCH registered_models USING INDEX sqlite_autoindex_registered_models_1")
        assert SORTED not in steps


@pytest.fixture
def where():
    experiment = make.experiment()
    for value in (1, 2, 3):
        make.run(experiment, metrics_={"m": value})
    return {"experiment_ids": [experiment.pk]}


def test_newest_runs_are_read_from_their_index(where):
    steps = plan(lambda: page(RUNS, **where))
    assert "SEARCH runs USING INDEX run_recent_in_experiment (experiment_id=? AND started_at>?)" in steps
    assert SORTED not in steps


@pytest.mark.parametrize(
    ("text", "bounds"), [("", ""), ("metrics.m > 1", " AND value>?"), ("metrics.m < 3", " AND value<?")]
)
def test_runs_sorted_by_a_metric_are_read_in_the_order_of_its_index(where, text, bounds):
    steps = plan(lambda: page(RUNS, text, "metrics.m DESC", **where))
    index = f"latest_metric_value (experiment_id=? AND key=?{bounds})"
    assert any(step.startswith("SEARCH ordered_by USING") and step.endswith(index) for step in steps)
    assert SORTED not in steps


def test_the_next_page_by_a_metric_starts_where_the_last_one_ended(where):
    token = page(RUNS, "", "metrics.m DESC", **where).next_page_token
    steps = plan(lambda: page(RUNS, "", "metrics.m DESC", token=token, **where))
    index = "latest_metric_value (experiment_id=? AND key=? AND value<?)"
    assert any(step.startswith("SEARCH ordered_by USING") and step.endswith(index) for step in steps)
    assert SORTED not in steps


def test_runs_with_a_rare_metric_are_where_a_search_starts(where):
    steps = plan(lambda: page(RUNS, "metrics.m > 2", **where))
    assert "SEARCH runs USING INDEX sqlite_autoindex_runs_1 (run_id=?)" in steps


def test_runs_with_a_frequent_metric_are_checked_one_by_one(where, few):
    steps = plan(lambda: page(RUNS, "metrics.m > 0", **where))
    assert "SEARCH runs USING INDEX run_recent_in_experiment (experiment_id=? AND started_at>?)" in steps
    assert SORTED not in steps


def test_versions_with_a_rare_tag_are_where_a_pattern_starts(versions):
    steps = plan(lambda: page(MODEL_VERSIONS, "tags.k LIKE 'v%'"))
    assert steps[0] == "SEARCH model_versions USING INTEGER PRIMARY KEY (rowid=?)"
    assert "SEARCH U0 USING INDEX model_version_tag_value (key=?)" in steps


def test_the_runs_of_a_dataset_are_read_from_its_index(where):
    steps = plan(lambda: page(RUNS, "dataset.name = 'd'", **where))
    assert "SEARCH runs USING INDEX sqlite_autoindex_runs_1 (run_id=?)" in steps
    assert any(step.startswith("SEARCH U1 USING") and "experiment_id=? AND name=?" in step for step in steps)


def test_the_deletion_of_a_model_is_read_from_its_index():
    steps = plan(lambda: Event.objects.visible_to(SYSTEM).model_deletions("m").newest_first().first())
    assert steps == ["SEARCH events USING INDEX event_model_deletion (workspace_name=? AND target=?)"]
