"""The production server: granian's processes and threads, one line when it answers, an end that cuts nobody off."""

import errno
import logging
import os
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

from granian import _signals as granian_signals
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import MPServer
from granian.server.mp import WorkerProcess

from registry_site import options
from registry_site.refusal import CannotStart

_set_sync_signals = granian_signals.set_sync_signals

SECONDS_TO_FINISH = 60  # for requests in flight when the server is asked to stop


class NoStartupAdvice(logging.Filter):
    """granian warns that our threads are many for the cores; they mostly wait for disk and database, so they may be."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "Python threads" not in record.getMessage()


LOGS = {
    "filters": {"advice": {"()": NoStartupAdvice}},
    "loggers": {"_granian": {"filters": ["advice"], "handlers": [], "propagate": True}},
}


class Worker(WorkerProcess):
    """A worker that is dead as soon as it has ended.

    granian waits for each worker in two threads. Of those the one that comes second does not see the exit code until
    the first has noted it, and on a busy machine granian warned of, and killed, a worker that had ended in order.
    """

    def is_alive(self) -> bool:
        return not connection.wait([self.inner.sentinel], timeout=0)


class Server(MPServer):
    def _spawn_worker(self, *arguments: Any, **options: Any) -> WorkerProcess:
        worker = super()._spawn_worker(*arguments, **options)
        worker.__class__ = Worker
        return worker


def work(*arguments: Any, **options: Any) -> None:
    """What a worker does from its first moment on."""
    end_at_once_when_asked()
    granian_signals.set_sync_signals = hear_one_call_to_end
    MPServer._spawn_wsgi_worker(*arguments, **options)


def end_at_once_when_asked() -> None:
    """Until a worker has loaded the application: with the handler of the server, whose copy it is, it would live on."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl+C goes to all processes of a terminal; the server passes it on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def hear_one_call_to_end() -> Any:
    """Called twice, a worker answers none of the requests in flight; and a second Ctrl+C reaches every process."""
    event = _set_sync_signals()
    handler: Any = signal.getsignal(signal.SIGTERM)

    def once(number: int, frame: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        handler(number, frame)

    signal.signal(signal.SIGTERM, once)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return event


def hold_signals_while_forking() -> None:
    """So that a call to end is never heard by a new worker that still has the server's ears."""
    calls = {signal.SIGTERM, signal.SIGINT}

    def release_in_worker() -> None:
        end_at_once_when_asked()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, calls)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, calls),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, calls),
        after_in_child=release_in_worker,
    )


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

    if hasattr(os, "register_at_fork"):
        hold_signals_while_forking()
    granian.serve(work)
