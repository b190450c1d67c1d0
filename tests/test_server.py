"""The server's door: which addresses it opens, how it holds its port, what it says."""

import errno
import multiprocessing
import os
import socket
from pathlib import Path

import pytest

from registry_site import server
from registry_site.refusal import CannotStart
from tests.conftest import once

pytestmark = once


def test_free_port_is_held_for_this_server_alone() -> None:
    with server.reserved("127.0.0.1", 0) as port:
        assert port > 0
        with pytest.raises(CannotStart, match=f"port {port} of 127.0.0.1 is taken"), server.reserved("127.0.0.1", port):
            pass
    with server.reserved("127.0.0.1", port) as again:
        assert again == port


def test_port_of_any_other_program_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match="is taken"), server.reserved("127.0.0.1", port):
            pass


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.EADDRINUSE, "port 80 of 10.1.2.3 is taken: stop what listens there, or choose another --port."),
        (errno.EACCES, "--port 80 needs an administrator's rights: choose one above 1023."),
        (errno.EADDRNOTAVAIL, "--host 10.1.2.3 is no address of this machine."),
        (errno.ENETDOWN, "10.1.2.3 port 80 can't be listened on: Network is down."),
    ],
)
def test_each_reason_not_to_listen_has_its_words(number: int, text: str) -> None:
    error = OSError(number, "Network is down")
    assert server.reason_not_to_listen("10.1.2.3", 80, error) == text


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_needs_no_login(address: str) -> None:
    server.refuse_open_door(address, address, is_login_required=False)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.2.3", "fd00::5"])
def test_every_other_address_needs_login(address: str) -> None:
    server.refuse_open_door(address, address, is_login_required=True)
    with pytest.raises(CannotStart, match="LAUREL_LOGIN=on"):
        server.refuse_open_door(address, address, is_login_required=False)


def test_line_holds_an_address_to_click() -> None:
    assert server.ready_line("127.0.0.1", 5000, Path("/data"), ["localhost"]) == (
        "Laurel is ready at http://127.0.0.1:5000 (data in /data; Ctrl+C stops it)"
    )
    assert "http://[::1]:5000 " in server.ready_line("::1", 5000, Path("/data"), [])


def test_server_of_every_address_tells_the_names_it_answers_to() -> None:
    line = server.ready_line("0.0.0.0", 5000, Path("/data"), ["localhost", ".localhost", "models.example"])
    assert line.endswith("It answers to localhost, models.example; name others in LAUREL_ALLOWED_HOSTS.")


def test_worker_whose_end_another_thread_has_seen_is_not_alive() -> None:
    ended = multiprocessing.get_context("spawn").Process(target=int)
    ended.start()
    # What granian's other thread does, stopped before it has noted the exit code.
    os.waitpid(ended.pid or 0, 0)
    worker = server.Worker.__new__(server.Worker)
    worker.inner = ended

    assert ended.is_alive(), "this is what granian goes by"
    assert not worker.is_alive()
