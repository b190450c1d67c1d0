"""The stock MLflow client, in this process, pointed at a live server; a 5xx fails at once instead of being repeated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


@pytest.fixture(autouse=True)
def mlflow(live_laurel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    mlflow = pytest.importorskip("mlflow")
    mlflow.set_tracking_uri(live_laurel.url)
    mlflow.set_registry_uri(live_laurel.url)
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client(mlflow: Any) -> Any:
    return mlflow.MlflowClient()


@pytest.fixture
def unique() -> str:
    """A word no other test uses: all tests share one server."""
    return uuid4().hex[:12]


@pytest.fixture
def experiment(mlflow: Any, unique: str) -> Any:
    return mlflow.set_experiment(f"experiment-{unique}")
