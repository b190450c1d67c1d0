"""A registry in use is brought up to date: its tables hold rows, which a fresh one's do not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from tests.conftest import ON_POSTGRESQL

ALIAS = "earlier"
pytestmark = pytest.mark.skipif(ON_POSTGRESQL, reason="of SQLite's tables")


@pytest.fixture
def earlier(tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    connections.databases[ALIAS] = {**settings.DATABASES["default"], "NAME": str(tmp_path / "earlier.db")}
    with django_db_blocker.unblock():
        yield connections[ALIAS]
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.databases[ALIAS]


def test_runs_of_before_get_their_duration(earlier):
    state = MigrationExecutor(earlier).migrate([("models_app", "0005_metric_history")])
    workspaces, experiments, runs = (
        state.apps.get_model("models_app", name).objects.using(ALIAS) for name in ("Workspace", "Experiment", "Run")
    )
    workspaces.create(name="team", created_at=1)
    experiments.create(experiment_id=1, workspace_id="team", name="iris", created_at=1, updated_at=1)
    runs.create(run_id="ab", experiment_id=1, name="one", status="FINISHED", started_at=1_000, ended_at=4_500)
    executor = MigrationExecutor(earlier)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] == "models_app"])
    with earlier.cursor() as cursor:
        cursor.execute("SELECT name, duration_ms FROM runs")
        assert cursor.fetchall() == [("one", 3500)]
