"""Fixtures of the suite that needs nothing but pytest and a stock mlflow client, and the record of what it calls."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.client import inventory
from tests.conformance.client.fixtures import (  # noqa: F401 - fixtures, for all modules here
    classifier,
    client,
    experiment,
    log_model,
    mlflow,
    numbered,
    registered,
    server_url,
    unique,
)

HERE = Path(__file__).resolve().parent
CALLED: set[str] = set()
FINISHED: set[str] = set()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "conformance: drives the stock mlflow client")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The look at the record comes last."""
    ours = [item for item in items if item.path.parent == HERE]
    for item in ours:
        item.add_marker(pytest.mark.conformance)
    last = [item for item in ours if item.path.name == "test_inventory.py"]
    if last:
        items[:] = [item for item in items if item not in last] + last


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.skipped:
        FINISHED.add(report.nodeid.partition("[")[0].rpartition("/")[2])


@pytest.fixture(scope="session", autouse=True)
def known() -> Iterator[set[str]]:
    """The names of all functions of the client; from here on those that the suite calls are noted."""
    with inventory.recording(CALLED) as names:
        yield names


@pytest.fixture
def called() -> set[str]:
    return CALLED


@pytest.fixture
def finished() -> set[str]:
    """The tests that this process has run so far, as `file::test`."""
    return FINISHED


@pytest.fixture(scope="session")
def crowded_model(request: pytest.FixtureRequest) -> str:
    """The name of a model with 10,050 versions, which whoever started the server has put into its database."""
    return os.environ.get("LAUREL_CONFORMANCE_CROWD") or str(request.getfixturevalue("crowd"))
