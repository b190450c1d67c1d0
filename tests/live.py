"""The real server in a process of its own: `python manage.py serve`, as a user starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import processes

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"Laurel is ready at (http://\S+)")


@dataclass(frozen=True)
class LiveLaurel:
    url: str
    log: Path
    data_dir: Path
    process: "subprocess.Popen[bytes]"
    database_url: str  # "" for SQLite in the data folder

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; the value is its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(70)


def environment(**changes: str) -> dict[str, str]:
    """A plain user's: without what the tests or this process have set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LAUREL_", "DJANGO_"))}
    return {**kept, **changes}


def launch(log: Path, *arguments: str, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    with log.open("wb") as stream:
        command = [sys.executable, str(ROOT / "manage.py"), "serve", *arguments]
        return processes.start(
            command, at_our_end=signal.SIGTERM, cwd=log.parent, env=dict(env), stdout=stream, stderr=subprocess.STDOUT
        )


@contextmanager
def serving(
    folder: Path, *arguments: str, database_url: str = "", env: Mapping[str, str] | None = None
) -> Iterator[LiveLaurel]:
    """Serve on a free port with a data folder below `folder`; stopping it must go well."""
    data_dir, log = folder / "data", folder / "serve.log"
    given = ["--port", "0", "--data-dir", str(data_dir), *arguments]
    if database_url:
        given += ["--database-url", database_url]
    process = launch(log, *given, env=environment() if env is None else env)
    try:
        live = LiveLaurel(wait_until_ready(process, log), log, data_dir, process, database_url)
        yield live
        if process.poll() is None:
            assert live.stop() == 0, f"the server did not stop cleanly:\n{log.read_text()}"
    finally:
        if process.poll() is None:
            # Asked first: killed at once, it could not end its own processes.
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + 60
    while True:
        if found := READY.search(log.read_text()):
            return found.group(1)
        assert process.poll() is None, f"the server ended with {process.returncode}:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"the server is not ready after a minute:\n{log.read_text()}"
        time.sleep(0.05)
