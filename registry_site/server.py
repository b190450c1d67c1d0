"""The production server: granian's processes and threads, one line when it answers, an end that cuts nobody off."""

import errno
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import MPServer
from granian.server.mp import WorkerProcess

from registry_site import options
from registry_site.refusal import CannotStart

SECONDS_TO_FINISH = 60  # for requests in flight when the server is asked to stop
ASK_AGAIN = 1.0  # seconds until a worker that lives on is asked to end once more
SECONDS_TO_LOAD = 20  # after which a worker has surely heard the first call


class NoStartupAdvice(logging.Filter):
    """granian warns that our threads are many for the cores; they mostly wait for disk and database, so they may be."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


LOGS = {
    "filters": {"advice": {"()": NoStartupAdvice}},
    "loggers": {"_granian": {"filters": ["advice"], "handlers": [], "propagate": True}},
}


class Worker(WorkerProcess):
    """A worker whose end is noticed, and that hears when it is asked to end, however busy the machine is."""

    def is_alive(self) -> bool:
        # granian waits for each worker in two threads. Of those the one that comes second does not see the exit code
        # until the first has noted it, and granian warned of, and killed, a worker that had ended in order.
        return not self._ends_within(0)

    def join(self, timeout: float | None = None) -> None:
        # A worker that still loads the application does not hear the first call, and would live on. One that has heard
        # it must not be called again: granian then answers none of the requests in flight, and has to be killed.
        if time.monotonic() - self.birth > SECONDS_TO_LOAD:
            self._ends_within(timeout)
            return
        left = timeout
        while not self._ends_within(ASK_AGAIN if left is None else min(ASK_AGAIN, left)):
            left = None if left is None else left - ASK_AGAIN
            if left is not None and left <= 0:
                return
            self.inner.terminate()

    def _ends_within(self, seconds: float | None) -> bool:
        return bool(connection.wait([self.inner.sentinel], timeout=seconds))


class Server(MPServer):
    def _spawn_worker(self, *arguments: Any, **options: Any) -> WorkerProcess:
        worker = super()._spawn_worker(*arguments, **options)
        worker.__class__ = Worker
        return worker


@contextmanager
def reserved(address: str, port: int) -> Iterator[int]:
    """Hold the port until the workers listen on it, so that a second server is refused and port 0 gets its number.

    On Linux the workers share the port, which would let a second server in unnoticed: so a first try asks for it
    without sharing, and then a socket that never listens keeps it.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as held:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                if sys.platform != "win32":
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((address, port))
                port = trial.getsockname()[1]
            if sys.platform == "linux":
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                held.bind((address, port))
        except OSError as error:
            raise CannotStart(reason_not_to_listen(address, port, error)) from None
        yield port


def reason_not_to_listen(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {address} is taken: stop what listens there, or choose another --port."
    if error.errno == errno.EACCES:
        return f"--port {port} needs an administrator's rights: choose one above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {address} is no address of this machine."
    return f"{address} port {port} can't be listened on: {error.strerror}."


def refuse_open_door(host: str, address: str, is_login_required: bool) -> None:
    if is_login_required or options.is_loopback(address):
        return
    raise CannotStart(
        f"--host {host} lets others reach this server, and without login everyone may change everything: "
        "set LAUREL_LOGIN=on, or keep to 127.0.0.1."
    )


def url_of(address: str, port: int) -> str:
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def ready_line(address: str, port: int, data_dir: Path, allowed_hosts: Sequence[str]) -> str:
    line = f"Laurel is ready at {url_of(address, port)} (data in {data_dir}; Ctrl+C stops it)"
    if not options.is_wildcard(address):
        return line
    # Listening everywhere says nothing about the names people will use, and an unknown name is refused.
    names = ", ".join(name for name in allowed_hosts if not name.startswith("."))
    return f"{line}. It answers to {names}; name others in LAUREL_ALLOWED_HOSTS."


def announce(address: str, port: int, line: str) -> None:
    """Print `line` once the workers answer; they listen only after they have loaded everything."""
    if options.is_wildcard(address):
        address = "::1" if ":" in address else "127.0.0.1"
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
            continue
        print(line, flush=True)
        return


def run(address: str, port: int, *, workers: int, threads: int, line: str) -> None:
    """Serve until SIGTERM, SIGINT (Ctrl+C) or the terminal's end; requests in flight are finished."""
    granian = Server(
        "registry_site.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
        log_level=LogLevels.warning,
        log_dictconfig=LOGS,
    )
    hangup_is_ignored = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

    @granian.on_startup
    def _start() -> None:
        if hasattr(signal, "SIGHUP"):
            # granian would reload and live on without its terminal; under nohup it has to.
            signal.signal(signal.SIGHUP, signal.SIG_IGN if hangup_is_ignored else granian.signal_handler_interrupt)
        threading.Thread(target=announce, args=(address, port, line), daemon=True).start()

    granian.serve()
