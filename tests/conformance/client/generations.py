"""Which client this is, and the marks of tests for what a generation does not have yet, or no longer."""

from importlib.metadata import version

import pytest


def installed() -> tuple[int, int]:
    major, minor = version("mlflow-skinny").split(".")[:2]
    return int(major), int(minor)


CLIENT = installed()
# Models are things of their own, with files beside those of runs; before they were files of a run.
HAS_LOGGED_MODELS = CLIENT >= (3, 0)


def since(number: str, what: str) -> pytest.MarkDecorator:
    """Of the clients that we test, `number` is the first one that has it."""
    wanted = tuple(int(part) for part in number.split("."))
    return pytest.mark.skipif(wanted > CLIENT, reason=f"{what}: not in this client, first tested with mlflow {number}")


def before(number: str, what: str) -> pytest.MarkDecorator:
    """A client of `number` no longer does it."""
    wanted = tuple(int(part) for part in number.split("."))
    return pytest.mark.skipif(wanted <= CLIENT, reason=f"{what}: no longer since mlflow {number}")
