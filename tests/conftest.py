"""What every test may use; sub folders add their own."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings

from tests import buckets, live, postgres

ON_POSTGRESQL = settings.DATABASES["default"]["ENGINE"] == "registry_site.postgresql"

# Begun first where processes share the work: most of these wait for other programs.
TAKES_LONG = (
    "tests/conformance/", "tests/clients/", "tests/test_bootstrap.py", "tests/commands/", "tests/browser/",
    "tests/api/test_fuzz.py", "tests/test_test_runner.py", "tests/search/test_rules.py",
)  # fmt: skip

# For tests of what has nothing to do with the database: seen in the first pass only.
once = pytest.mark.skipif(ON_POSTGRESQL, reason="the same on every database")


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {'PostgreSQL' if ON_POSTGRESQL else 'SQLite'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A browser sees the same pages on both databases, so it is driven in the first pass only."""
    if hasattr(config, "workerinput"):
        _long_files_first(items)
    if not ON_POSTGRESQL:
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=browser)
    items[:] = [item for item in items if item not in browser]


def _long_files_first(items: list[pytest.Item]) -> None:
    """Processes that share the work end together if what takes long begins early: environments of other clients,
    servers, browsers; then by the number of tests."""
    sizes = Counter(item.path for item in items)
    items.sort(key=lambda item: (not item.nodeid.startswith(TAKES_LONG), -sizes[item.path], item.nodeid.split("::")[0]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The suite of the stock client is shared out as one file: its tests share a record of what they call."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ClientSuiteAsOneFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            suite = "tests/conformance/client/"
            return suite if nodeid.startswith(suite) else str(super()._split_scope(nodeid))

    return ClientSuiteAsOneFile(config, log)


@pytest.fixture(scope="session")
def live_database_url() -> Iterator[Callable[[str], str]]:
    """Makes addresses of empty databases for servers: "" (SQLite in the data folder), or a new one on PostgreSQL."""
    with ExitStack() as stack:

        def make(name: str) -> str:
            if not ON_POSTGRESQL:
                return ""
            server = os.environ["LAUREL_TEST_DATABASE_URL"]
            return stack.enter_context(postgres.fresh_database(server, f"live_{name}_{os.getpid()}"))

        yield make


@pytest.fixture(scope="session")
def live_laurel(
    tmp_path_factory: pytest.TempPathFactory, live_database_url: Callable[[str], str]
) -> Iterator[live.LiveLaurel]:
    """One real server for the whole run, empty at first: tests that share it name what they make apart."""
    with live.serving(tmp_path_factory.mktemp("live"), database_url=live_database_url("shared")) as server:
        yield server


@pytest.fixture(scope="session")
def moto_server() -> Iterator[buckets.S3Server]:
    with buckets.moto() as server:
        yield server


@pytest.fixture(scope="session")
def nanio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[buckets.S3Server]:
    with buckets.nanio(tmp_path_factory.mktemp("nanio")) as server:
        yield server
