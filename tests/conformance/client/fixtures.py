"""The stock client in this process, pointed at a server; a 5xx fails at once instead of being repeated."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conformance.client.generations import HAS_LOGGED_MODELS

ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
# Given, so that the client needn't load each model in a fresh process to find them out.
REQUIREMENTS = ["scikit-learn"]


@pytest.fixture
def server_url(request: pytest.FixtureRequest) -> str:
    """Another process names the server that it has started; else it is that of this test run."""
    return os.environ.get("LAUREL_CONFORMANCE_URL") or str(request.getfixturevalue("live_laurel").url)


@pytest.fixture(autouse=True)
def mlflow(server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    import mlflow

    mlflow.set_tracking_uri(server_url)
    mlflow.set_registry_uri(server_url)
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


@pytest.fixture
def classifier() -> Any:
    import sklearn.linear_model as linear

    return linear.LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])


@pytest.fixture
def log_model(mlflow: Any, classifier: Any) -> Any:
    def log(**options: Any) -> Any:
        return mlflow.sklearn.log_model(classifier, **named("model"), pip_requirements=REQUIREMENTS, **options)

    return log


def named(name: str) -> dict[str, str]:
    """The option of every `log_model` for it, which has changed its name."""
    return {"name" if HAS_LOGGED_MODELS else "artifact_path": name}


@pytest.fixture
def registered(mlflow: Any, experiment: Any, unique: str, log_model: Any) -> str:
    """The name of a model with two versions."""
    name = f"iris {unique}"
    with mlflow.start_run():
        log_model(registered_model_name=name)
        log_model(registered_model_name=name)
    return name


@pytest.fixture
def numbered(client: Any, unique: str) -> str:
    """The same without files of its own, for what does not look at them."""
    name = f"numbers {unique}"
    client.create_registered_model(name)
    for number in (1, 2):
        client.create_model_version(name, f"s3://bucket/{unique}/{number}")
    return name
