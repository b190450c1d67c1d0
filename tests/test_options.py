"""The options of `serve`: they win over the environment, and a bad one is named where it was given."""

import os

import pytest

from registry_site import options
from registry_site.refusal import CannotStart
from tests.conftest import once

pytestmark = once


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in options.OPTIONS:
        monkeypatch.setenv(option.variable, "")  # noted by monkeypatch, so that it is put back
        monkeypatch.delenv(option.variable)


def test_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_PORT", "6000")
    options.apply(["--port", "7000"])
    assert os.environ["LAUREL_PORT"] == "7000"


def test_environment_wins_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_PORT", "6000")
    options.apply([])
    assert os.environ["LAUREL_PORT"] == "6000"
    assert os.environ["LAUREL_HOST"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("given", "read"),
    [("https://files.example.org/s3/", "https://files.example.org/s3"), ("OFF", "off"), ("no", "off")],
)
def test_public_endpoint_is_an_address_or_off(given: str, read: str) -> None:
    options.apply(["--artifacts", "s3://bucket/laurel.test/1", "--s3-public-endpoint", given])
    assert os.environ["LAUREL_S3_PUBLIC_ENDPOINT"] == read


def test_switch_needs_no_value() -> None:
    options.apply(["--demo"])
    assert os.environ["LAUREL_DEMO"] == "on"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "http"], "--port must be a whole number from 0 to 65535, not 'http'"),
        (["--port", "70000"], "--port must be a whole number"),
        (["--port", "-1"], "--port"),
        (["--port"], "--port: expected one argument"),
        (["--workers", "0"], "--workers must be a whole number from 1 to 64"),
        (["--host", ""], "--host must not be empty"),
        (["--artifacts", "s3://"], "--artifacts must be s3://bucket/prefix"),
        (["--artifacts", "s3://bucket/a b"], "--artifacts must be s3://bucket/prefix"),
        (["--artifacts", "s3://bucket/../x"], "--artifacts must not hold . or .. as a folder"),
        (["--s3-public-endpoint", "files.example.org"], "--s3-public-endpoint must be an address such as"),
        (["--s3-public-endpoint", "https://ada:secret@files"], "--s3-public-endpoint must be an address such as"),
        (["--s3-public-endpoint", "https://files:99999"], "--s3-public-endpoint must be an address such as"),
        (["--s3-public-endpoint", "http://[::1"], "--s3-public-endpoint must be an address such as"),
        (["--database-url", "mysql://u:secret@h/d"], "--database-url must start with postgresql:// or sqlite:///"),
    ],
)
def test_bad_value_is_refused_by_its_option(arguments: list[str], complaint: str) -> None:
    with pytest.raises(CannotStart) as refused:
        options.apply(arguments)
    assert complaint in str(refused.value)
    assert "secret" not in str(refused.value)


def test_bad_value_is_refused_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_DEMO", "perhaps")
    with pytest.raises(CannotStart, match="LAUREL_DEMO must be on or off, not 'perhaps'"):
        options.apply([])


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False)]
)
def test_loopback_is_told_from_other_addresses(host: str, expected: bool) -> None:
    assert options.is_loopback(options.listening_address(host)) is expected


def test_unknown_host_is_refused() -> None:
    with pytest.raises(CannotStart, match=r"--host nowhere\.invalid"):
        options.listening_address("nowhere.invalid")
