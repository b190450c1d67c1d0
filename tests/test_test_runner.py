"""`manage.py test`: which passes run, and what their results come to."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import IO, Any

import pytest

from registry_site import test_runner
from tests import postgres
from tests.conftest import once
from tests.live import ROOT

pytestmark = once


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Notes each pass with its arguments instead of running all tests within a test."""
    noted: list[tuple[str, list[str]]] = []

    def on_sqlite(arguments: Sequence[str], _url: str) -> int:
        noted.append(("SQLite", list(arguments)))
        return 0

    def on_postgres(arguments: Sequence[str]) -> int:
        noted.append(("PostgreSQL", list(arguments)))
        return 0

    monkeypatch.setattr(test_runner, "run_pytest", on_sqlite)
    monkeypatch.setattr(test_runner, "run_on_postgres", on_postgres)
    return noted


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ([], ["SQLite", "PostgreSQL"]),
        (["--sqlite"], ["SQLite"]),
        (["--postgres"], ["PostgreSQL"]),
        (["--sqlite", "--postgres"], ["SQLite", "PostgreSQL"]),
    ],
)
def test_passes_are_chosen_and_pytest_gets_the_rest(
    chosen: list[str], expected: list[str], passes: list[tuple[str, list[str]]]
) -> None:
    assert test_runner.run(["tests/api", *chosen, "-k", "alias"]) == 0
    assert passes == [(name, ["tests/api", "-k", "alias"]) for name in expected]


def test_only_the_whole_suite_is_shared_among_processes(passes: list[tuple[str, list[str]]]) -> None:
    test_runner.run(["--sqlite"])
    test_runner.run(["--sqlite", "-x"])
    assert passes == [("SQLite", list(test_runner.SHARED_WORK)), ("SQLite", ["-x"])]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes the databases of the passes that begin, each of them a process that says which one it is and fails on
    PostgreSQL."""
    noted: list[str] = []

    def start(_arguments: Sequence[str], url: str, output: IO[bytes] | None = None) -> "subprocess.Popen[bytes]":
        noted.append(url)
        script = f"import sys; print('on', {url!r}); sys.exit({3 if url else 0})"
        return subprocess.Popen([sys.executable, "-c", script], stdout=output)

    monkeypatch.setattr(test_runner, "start_pytest", start)
    return noted


def test_the_whole_suite_runs_on_both_databases_at_once(
    started: list[str], monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(postgres, "running", lambda: nullcontext("postgresql://x"))
    assert test_runner.run([]) == 3
    assert started == ["postgresql://x", ""]
    out = capfdbinary.readouterr().out.decode()
    assert out.index("on \n") < out.index("The same on PostgreSQL:\non postgresql://x\n")
    assert out.rstrip().endswith("SQLite: passed, PostgreSQL: FAILED (pytest's exit code 3)")


def test_without_a_server_the_whole_suite_runs_on_sqlite(
    started: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def missing() -> Any:
        raise postgres.NoPostgres("no PostgreSQL was found")

    monkeypatch.setattr(postgres, "running", missing)
    monkeypatch.delenv("LAUREL_REQUIRE_POSTGRES", raising=False)
    assert test_runner.run(["--sqlite", "--postgres"]) == 0
    assert started == [""]
    assert "SQLite: passed, PostgreSQL: NOT TESTED, no PostgreSQL was found" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([0, 0], 0),
        ([1, 0], 1),
        ([0, 1], 1),
        ([0, 5], 0),
        ([5, 5], 5),
        ([2, 2], 2),
        ([0, "no server"], 0),
        ([1, "no server"], 1),
    ],
)
def test_one_failed_pass_fails_the_whole(
    results: list[int | str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAUREL_REQUIRE_POSTGRES", raising=False)
    assert test_runner.exit_code(results) == expected


def test_missing_server_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUREL_REQUIRE_POSTGRES", "1")
    assert test_runner.exit_code([0, "no server"]) == 1


def test_missing_server_is_reported_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_runner, "run_pytest", lambda _arguments, _url: 0)
    monkeypatch.setattr(test_runner, "run_on_postgres", lambda _arguments: "no PostgreSQL was found")
    test_runner.run(["tests/api"])
    assert "SQLite: passed, PostgreSQL: NOT TESTED, no PostgreSQL was found" in capsys.readouterr().out


def test_command_runs_a_chosen_test_for_real() -> None:
    command = [sys.executable, "manage.py", "test", "--sqlite", "tests/sqlite/test_queue.py", "-k", "gives_up"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    assert done.stdout.rstrip().endswith("SQLite: passed")
