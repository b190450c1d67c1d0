"""A server that asks for a login: an account made as its operator makes it, and the client with and without it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from urllib3.util.retry import Retry

from tests import live

pytestmark = pytest.mark.conformance

NAME, PASSWORD = "mia", "correct: horse/ü"


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, live_database_url: Callable[[str], str]
) -> Iterator[live.LiveLaurel]:
    """The address of a server with login, on which one account exists."""
    url = live_database_url("login")
    env = live.environment(LAUREL_LOGIN="on")
    with live.serving(tmp_path_factory.mktemp("login"), database_url=url, env=env) as server:
        account = {
            "LAUREL_DATA_DIR": str(server.data_dir),
            "LAUREL_DATABASE_URL": url,
            "DJANGO_SUPERUSER_USERNAME": NAME,
            "DJANGO_SUPERUSER_EMAIL": "mia@example.com",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }
        command = [sys.executable, str(live.ROOT / "manage.py"), "createsuperuser", "--noinput"]
        subprocess.run(command, env=live.environment(**account), check=True, capture_output=True, timeout=60)
        yield server


@pytest.fixture
def guest(mlflow: Any, guarded: live.LiveLaurel, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The client as it comes: without credentials, and as patient with errors as ever."""
    for name in ("USERNAME", "PASSWORD", "TOKEN"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}", raising=False)
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES")
    mlflow.set_tracking_uri(guarded.url)
    mlflow.set_registry_uri(guarded.url)
    return mlflow


@pytest.fixture
def member(guest: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", NAME)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    return guest


def test_an_account_logs_registers_aliases_and_loads(member: Any, unique: str, tmp_path: Path) -> None:
    import sklearn.linear_model as linear

    member.set_experiment(unique)
    with member.start_run() as run:
        member.log_metric("loss", 0.5)
        member.log_text("hello", "notes/hello.txt")
        (tmp_path / "empty.txt").touch()
        member.log_artifact(str(tmp_path / "empty.txt"))
        model = linear.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        member.sklearn.log_model(model, name="model", registered_model_name=unique, pip_requirements=["scikit-learn"])
    client = member.MlflowClient()
    client.set_registered_model_alias(unique, "champion", "1")

    assert list(member.sklearn.load_model(f"models:/{unique}@champion").predict([[1.0]])) == [1]
    assert member.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello"
    assert {info.path for info in client.list_artifacts(run.info.run_id)} >= {"notes", "empty.txt"}
    assert client.get_model_version(unique, "1").run_id == run.info.run_id


def ask_again(_retry: Retry, _response: Any = None) -> None:
    """In place of the pause before a request is sent once more: the client would go on for minutes."""
    raise AssertionError("the client takes the answer for one that will change")


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        ({}, "This server asks for a login: set MLFLOW_TRACKING_USERNAME and _PASSWORD."),
        ({"USERNAME": NAME, "PASSWORD": "wrong"}, "The username or the password is wrong."),
        ({"USERNAME": "ghost", "PASSWORD": PASSWORD}, "The username or the password is wrong."),
        ({"TOKEN": "abc"}, "This server takes Basic credentials, not 'Bearer'."),
    ],
)
def test_whoever_has_no_account_hears_so_at_once(
    guest: Any, monkeypatch: pytest.MonkeyPatch, unique: str, credentials: dict[str, str], reason: str
) -> None:
    for name, value in credentials.items():
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    monkeypatch.setattr(Retry, "sleep", ask_again)
    client = guest.MlflowClient()
    calls: list[Callable[[], Any]] = [
        lambda: client.create_registered_model(unique),
        lambda: client.search_experiments(),
        lambda: client.get_run(32 * "0"),
        lambda: guest.set_experiment(unique),
    ]
    for call in calls:
        with pytest.raises(guest.exceptions.MlflowException) as refused:
            call()
        assert refused.value.error_code == "UNAUTHENTICATED"
        assert reason in refused.value.message


def test_files_are_kept_from_whoever_has_no_account(
    guest: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
    from requests import HTTPError

    # Large: the refusal comes while the client is still sending.
    (tmp_path / "file.txt").write_bytes(bytes(50 * 1024 * 1024))
    monkeypatch.setattr(Retry, "sleep", ask_again)
    repository = get_artifact_repository("mlflow-artifacts:/0/guest")
    for call in (lambda: repository.log_artifact(str(tmp_path / "file.txt")), lambda: repository.list_artifacts()):
        with pytest.raises(HTTPError, match="asks for a login") as refused:
            call()
        assert refused.value.response.status_code == 401
        assert refused.value.response.json()["error_code"] == "UNAUTHENTICATED"
