"""The settings that are worked out from the environment."""

import stat
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.test import Client

from registry_site import settings


def postgresql(url: str) -> dict[str, object]:
    return settings.database(url, Path("/data"), threads=8)


def test_sqlite_in_the_data_folder_is_the_default() -> None:
    assert settings.database("", Path("/data"), 16)["NAME"] == "/data/laurel.db"


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:////srv/my%20models.db", Path("/srv/my models.db")), ("sqlite:///models.db", Path.cwd() / "models.db")],
)
def test_sqlite_address_names_a_file(url: str, path: Path) -> None:
    assert settings.database(url, Path("/data"), 16)["NAME"] == str(path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://h/d"])
def test_address_that_keeps_nothing_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="LAUREL_DATABASE_URL"):
        settings.database(url, Path("/data"), 16)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://ann@db.example:5433/models", ("ann", "", "db.example", "5433", "models")),
        ("postgres://ann:p%40ss%2Fw%25rd@h/d", ("ann", "p@ss/w%rd", "h", "", "d")),
        ("postgresql+psycopg2://ann:x@h/d", ("ann", "x", "h", "", "d")),
        ("postgresql://ann@/d?host=/Run/Pg", ("ann", "", "/Run/Pg", "", "d")),
        ("postgresql://ann@%2FRun%2FPg/d", ("ann", "", "/Run/Pg", "", "d")),
        ("postgresql://[::1]:5433/d", ("", "", "::1", "5433", "d")),
        ("postgresql://one:5432,two:5433/d", ("", "", "one,two", "5432,5433", "d")),
        ("postgresql://h", ("", "", "h", "", "laurel")),
    ],
)
def test_postgresql_address_is_read_as_libpq_means_it(url: str, expected: tuple[str, ...]) -> None:
    database = postgresql(url)
    assert tuple(database[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == expected


def test_postgresql_parameters_are_passed_on_beside_the_limits() -> None:
    options = postgresql("postgresql://h/d?sslmode=require&options=-c%20search_path%3Dlaurel")["OPTIONS"]
    assert isinstance(options, dict)
    assert options["sslmode"] == "require"
    assert "statement_timeout=60s" in options["options"]
    assert options["options"].endswith("-c search_path=laurel")


def test_pool_has_a_connection_for_every_thread() -> None:
    options = postgresql("postgresql://h/d")["OPTIONS"]
    assert isinstance(options, dict)
    assert options["pool"]["max_size"] >= 8


def test_unreadable_address_is_refused_without_showing_the_password() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        postgresql("postgresql://ann:sec%ret@h/d")
    assert "sec" not in str(refused.value).replace("LAUREL_DATABASE_URL", "")


def test_unknown_parameter_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="colour"):
        postgresql("postgresql://h/d?colour=red")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", []),
        ("::", []),
        ("[::]", []),
        ("fd00::5", ["[fd00::5]"]),
        ("db1", ["db1"]),
    ],
)
def test_host_is_an_allowed_host_unless_it_means_all(host: str, names: list[str]) -> None:
    assert settings.names_of(host) == names


def test_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret-key"
    first = settings.env_secret("LAUREL_NO_SUCH_SECRET", file)
    assert settings.env_secret("LAUREL_NO_SUCH_SECRET", file) == first
    assert len(first) >= 50
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_secret_that_somebody_else_just_made_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "secret-key"
    settings.make_secret(file)
    first = file.read_text()
    settings.make_secret(file)
    assert file.read_text() == first
    assert list(tmp_path.iterdir()) == [file]


def test_an_empty_secret_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    with pytest.raises(ImproperlyConfigured, match="secret-key is empty: delete it"):
        settings.env_secret("LAUREL_NO_SUCH_SECRET", tmp_path / "secret-key")


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "²"])
def test_a_number_too_low_or_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="LAUREL_NUMBER must be a whole number from 1 on"):
        settings.env_int("LAUREL_NUMBER", 5, lowest=1)


@pytest.mark.parametrize(("text", "value"), [("on", True), ("0", False), ("", True)])
def test_switch_is_read_from_the_environment(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_SWITCH", text)
    assert settings.env_bool("LAUREL_SWITCH", True) is value


def test_switch_that_is_neither_on_nor_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match="LAUREL_SWITCH must be on or off, not 'maybe'"):
        settings.env_bool("LAUREL_SWITCH", True)


@pytest.mark.parametrize(
    ("given", "place"), [("", "/data/artifacts"), ("/mnt/models", "/mnt/models"), ("s3://bucket/x/", "s3://bucket/x")]
)
def test_artifacts_lie_where_they_are_told(given: str, place: str) -> None:
    assert settings.artifact_place(given, Path("/data")) == place


@pytest.mark.parametrize("password", ["short", "password123"])
def test_a_password_that_others_would_guess_is_questioned(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


def test_a_name_that_is_not_ours_costs_the_log_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/models", headers={"host": "other.example"}).status_code == 400

    record = next(record for record in caplog.records if record.name == "django.security.DisallowedHost")
    assert "other.example" in record.getMessage()
    assert record.exc_info is None
