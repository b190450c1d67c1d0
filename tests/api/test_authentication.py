import threading
from base64 import b64encode
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import User
from django.test import override_settings

from models_app.api import authentication
from models_app.models import Event, Workspace
from models_app.services import users
from tests import make
from tests.api.conftest import Api

GET = "mlflow/registered-models/search"


def basic(name: str, password: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia", password="correct: horse")


@pytest.fixture
def login_required() -> Iterator[None]:
    with override_settings(LOGIN_REQUIRED=True):
        yield


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    seen: list[str] = []

    def check(password: str, encoded: str) -> bool:
        seen.append(password)
        return check_password(password, encoded)

    monkeypatch.setattr(authentication, "check_password", check)
    return seen


def test_without_login_the_local_user_acts(api: Api, settings) -> None:
    api.post("mlflow/registered-models/create", name="iris")

    event = Event.objects.get(kind="registered_model.created")
    assert (event.actor_name, event.via) == (settings.LOCAL_USER, "api")
    assert event.actor is not None
    assert event.request_id


@pytest.mark.usefixtures("login_required", "mia")
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer token",
        "Basic " + b64encode(b"mia").decode(),
        "Basic " + b64encode(b"mia:wrong").decode(),
        "Basic " + b64encode(b"nobody:correct: horse").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"mia\x00:x").decode(),
    ],
)
def test_a_stranger_is_asked_for_his_name(api: Api, header: str) -> None:
    response = api.client.get(f"/api/2.0/{GET}", **api.headers, HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response.json()["error_code"] == "UNAUTHENTICATED"
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.usefixtures("login_required")
def test_a_right_password_is_hashed_once(api: Api, mia: User, checks: list[str]) -> None:
    known = api.as_of(**basic("mia", "correct: horse"))
    for _ in range(3):
        known.get(GET)

    assert checks == ["correct: horse"]
    known.post("mlflow/registered-models/create", name="iris")
    assert Event.objects.get(kind="registered_model.created").actor == mia


@pytest.mark.usefixtures("login_required", "mia")
def test_a_wrong_password_is_never_remembered(api: Api, checks: list[str]) -> None:
    for _ in range(2):
        api.as_of(**basic("mia", "wrong")).get(GET, expect=401)

    assert checks == ["wrong", "wrong"]


@pytest.mark.usefixtures("login_required")
def test_a_changed_password_and_a_closed_account_count_at_once(api: Api, mia: User) -> None:
    known = api.as_of(**basic("mia", "correct: horse"))
    known.get(GET)
    mia.set_password("another")
    mia.save()
    known.get(GET, expect=401)

    changed = api.as_of(**basic("mia", "another"))
    changed.get(GET)
    mia.is_active = False
    mia.save()
    changed.get(GET, expect=401)


@pytest.mark.usefixtures("login_required", "mia")
def test_a_password_is_forgotten_after_a_while(api: Api, checks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    known = api.as_of(**basic("mia", "correct: horse"))
    known.get(GET)
    now = authentication.time.monotonic()
    monkeypatch.setattr(authentication.time, "monotonic", lambda: now + authentication.CACHE_SECONDS + 1)
    known.get(GET)

    assert len(checks) == 2


def test_the_memory_of_passwords_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authentication, "CACHE_SIZE", 3)
    for number in range(10):
        authentication._remember(bytes([number]))

    assert list(authentication._verified) == [bytes([7]), bytes([8]), bytes([9])]


@pytest.mark.usefixtures("login_required", "mia")
def test_too_many_logins_at_once_are_sent_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody_waits = threading.BoundedSemaphore(1)
    monkeypatch.setattr(users, "_queueing", nobody_waits)
    nobody_waits.acquire()
    refusal = api.as_of(**basic("mia", "correct: horse")).get(GET, expect=429)
    assert refusal["error_code"] == "REQUEST_LIMIT_EXCEEDED"

    nobody_waits.release()
    api.as_of(**basic("mia", "correct: horse")).get(GET)


@pytest.mark.usefixtures("login_required", "mia")
def test_a_session_is_no_authority(api: Api) -> None:
    api.client.login(username="mia", password="correct: horse")

    api.get(GET, expect=401)


def test_a_workspace_separates(api: Api) -> None:
    Workspace(name="team-a", created_at=1).save()
    make.model("iris")
    team = api.as_of(HTTP_X_MLFLOW_WORKSPACE="team-a")

    assert team.get(GET) == {}
    team.post("mlflow/registered-models/create", name="iris", description="theirs")
    number = team.post("mlflow/experiments/create", name="theirs")["experiment_id"]
    assert api.get("mlflow/experiments/get", experiment_id=number, expect=404)
    found = team.get("mlflow/experiments/get", experiment_id=number)["experiment"]
    assert found["workspace"] == "team-a"
    assert found["artifact_location"] == f"mlflow-artifacts:/workspaces/team-a/{number}"
    assert "description" not in api.get("mlflow/registered-models/get", name="iris")["registered_model"]


@pytest.mark.parametrize(("name", "expect"), [("nowhere", 404), ("Not A Name", 400), ("default", 200), ("", 200)])
def test_a_workspace_has_to_exist(api: Api, name: str, expect: int) -> None:
    api.as_of(HTTP_X_MLFLOW_WORKSPACE=name).get(GET, expect=expect)


def test_files_of_another_workspace_do_not_exist(api: Api, store) -> None:
    Workspace(name="team-a", created_at=1).save()
    team = api.as_of(HTTP_X_MLFLOW_WORKSPACE="team-a")
    number = team.post("mlflow/experiments/create", name="theirs")["experiment_id"]
    proxy = "/api/2.0/mlflow-artifacts/artifacts"
    # With the prefix of the workspace or without, it is the same file.
    put = team.client.put(f"{proxy}/{number}/a.txt", b"1", "text/plain", **team.headers)
    assert put.status_code == 200
    assert team.client.get(f"{proxy}/workspaces/team-a/{number}/a.txt", **team.headers).status_code == 200
    assert team.get("mlflow-artifacts/artifacts", path=f"{number}")["files"][0]["path"] == "a.txt"

    for path in (f"workspaces/team-a/{number}/a.txt", f"{number}/a.txt"):
        assert api.client.get(f"{proxy}/{path}", **api.headers).status_code == 404
