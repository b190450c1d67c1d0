"""At the end: every function that the client offers was called, or is left out for a reason that we wrote down."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conformance.client import inventory


def names_of_all_tests() -> set[str]:
    return {
        f"{path.name}::{node.name}"
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and path.name != Path(__file__).name
    }


def test_every_function_of_the_client_was_called(known: set[str], called: set[str], finished: set[str]) -> None:
    if missing := names_of_all_tests() - finished:
        pytest.skip(f"only a part of the suite ran in this process, without {min(missing)}")

    assert len(known) > 150
    assert not inventory.forgotten(known, called), "neither called nor left out with a reason"
    assert not inventory.needlessly_left_out(called), "said to be left out, and yet called"


def test_a_function_nobody_calls_is_found() -> None:
    known = {"mlflow.log_metric", "mlflow.log_param", "mlflow.start_span"}

    assert inventory.forgotten(known, {"mlflow.log_metric"}) == ["mlflow.log_param"]
    assert inventory.needlessly_left_out({"mlflow.log_metric", "mlflow.start_span"}) == ["mlflow.start_span"]


def test_only_calls_of_the_suite_itself_count() -> None:
    called: set[str] = set()
    function = inventory.recorded(lambda value: value + 1, "plus_one", called)
    elsewhere = SimpleNamespace()
    exec(compile("def call(function): return function(1)", "/elsewhere.py", "exec"), vars(elsewhere))  # noqa: S102 - a caller elsewhere

    assert (elsewhere.call(function), called) == (2, set())
    assert (function(1), called) == (2, {"plus_one"})
