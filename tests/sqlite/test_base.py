"""The SQLite backend on a real file with real threads: nobody fails, nobody starves, no place in the queue is lost."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, ProgrammingError, connections, transaction
from django.db.utils import DEFAULT_DB_ALIAS
from pytest_django import DjangoDbBlocker

from registry_site.settings import sqlite_database
from registry_site.sqlite.base import DatabaseWrapper
from registry_site.sqlite.queue import queue_for


@pytest.fixture
def open_database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[], DatabaseWrapper]]:
    """Makes connections to one file, as each thread of a server has its own."""
    defaults = connections[DEFAULT_DB_ALIAS].settings_dict
    opened: list[DatabaseWrapper] = []

    def open_one() -> DatabaseWrapper:
        wrapper = DatabaseWrapper({**defaults, **sqlite_database(tmp_path / "laurel.db")}, "other")
        wrapper.inc_thread_sharing()
        opened.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():
        with open_one().cursor() as cursor:
            cursor.execute("CREATE TABLE counter (number INTEGER PRIMARY KEY)")
            cursor.execute("INSERT INTO counter VALUES (0)")
        yield open_one
        for wrapper in opened:
            wrapper.close()


@pytest.fixture
def registered(open_database: Callable[[], DatabaseWrapper]) -> Iterator[DatabaseWrapper]:
    """One connection under the alias "other", so that `transaction.atomic` finds it."""
    wrapper = open_database()
    connections["other"] = wrapper
    yield wrapper
    del connections["other"]


def is_free(wrapper: DatabaseWrapper) -> bool:
    queue = queue_for(str(wrapper.settings_dict["NAME"]))
    if not queue.enter(0):
        return False
    queue.leave()
    return True


def next_number(wrapper: DatabaseWrapper) -> None:
    """What a service does: read the highest number, then write the next one."""
    connections["other"] = wrapper
    try:
        with transaction.atomic("other"), wrapper.cursor() as cursor:
            highest = cursor.execute("SELECT MAX(number) FROM counter").fetchone()[0]
            cursor.execute("INSERT INTO counter VALUES (%s)", [highest + 1])
    finally:
        del connections["other"]


def test_connection_uses_the_write_ahead_log_and_full_sync(open_database: Callable[[], DatabaseWrapper]) -> None:
    with open_database().cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_sixteen_writers_never_fail_and_none_starves(open_database: Callable[[], DatabaseWrapper]) -> None:
    done: list[int] = []  # how many others were served while each transaction waited for its turn
    start = threading.Barrier(16)

    def write() -> None:
        wrapper = open_database()
        start.wait()
        for _ in range(25):
            before = len(done)
            next_number(wrapper)
            done.append(len(done) - before)

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(write) for _ in range(16)]:
            future.result()
    with open_database().cursor() as cursor:
        assert cursor.execute("SELECT COUNT(*), MAX(number) FROM counter").fetchone() == (401, 400)
    # Fifteen others can be ahead in the queue, and a round more of them while the thread gets to the queue at all.
    assert max(done) <= 2 * 16


def test_rollback_gives_up_the_place(registered: DatabaseWrapper) -> None:
    def write_and_fail() -> None:
        with transaction.atomic("other"):
            assert not is_free(registered)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert is_free(registered)


def test_nested_blocks_hold_one_place_until_the_outer_ends(registered: DatabaseWrapper) -> None:
    with transaction.atomic("other"):
        with transaction.atomic("other"):
            pass
        assert not is_free(registered)
    assert is_free(registered)


def test_closing_inside_a_transaction_gives_up_the_place(registered: DatabaseWrapper) -> None:
    def close_and_go_on() -> None:
        with transaction.atomic("other"):
            registered.close()
            registered.cursor()

    with pytest.raises(ProgrammingError, match="closed database"):
        close_and_go_on()
    assert is_free(registered)


def test_begin_that_fails_gives_up_the_place(registered: DatabaseWrapper) -> None:
    """Another process holds the write lock longer than the time-out."""
    registered.settings_dict["OPTIONS"]["timeout"] = 0.05
    registered.close()
    other = sqlite3.connect(registered.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction.atomic("other"):
        pass
    other.close()
    assert is_free(registered)


def test_writer_that_waits_too_long_in_the_queue_says_so(registered: DatabaseWrapper) -> None:
    registered.settings_dict["OPTIONS"]["timeout"] = 0.05
    queue = queue_for(str(registered.settings_dict["NAME"]))
    assert queue.enter(1)
    with pytest.raises(OperationalError, match="other writers took more than"), transaction.atomic("other"):
        pass
    queue.leave()
    assert is_free(registered)


def test_commit_that_fails_gives_up_the_place_after_the_rollback(registered: DatabaseWrapper) -> None:
    with registered.cursor() as cursor:
        cursor.execute("CREATE TABLE child (parent REFERENCES counter(number) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(Exception, match="FOREIGN KEY"), transaction.atomic("other"), registered.cursor() as cursor:
        cursor.execute("INSERT INTO child VALUES (999)")
    assert is_free(registered)
    with registered.cursor() as cursor:
        assert cursor.execute("SELECT COUNT(*) FROM child").fetchone()[0] == 0


def test_full_disk_is_a_clear_error_and_keeps_what_was_written(registered: DatabaseWrapper) -> None:
    def write_too_much() -> None:
        with transaction.atomic("other"), registered.cursor() as cursor:
            cursor.execute("INSERT INTO counter VALUES (2)")
            cursor.execute("INSERT INTO text VALUES (%s)", ["x" * 1_000_000])

    with registered.cursor() as cursor:
        cursor.execute("CREATE TABLE text (body TEXT)")
        cursor.execute("INSERT INTO counter VALUES (1)")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages + 4}")
    with pytest.raises(OperationalError, match="full"):
        write_too_much()
    assert is_free(registered)
    with registered.cursor() as cursor:
        assert cursor.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert cursor.execute("SELECT MAX(number) FROM counter").fetchone()[0] == 1
        cursor.execute("INSERT INTO counter VALUES (3)")
