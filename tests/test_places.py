"""Places: what takes long never takes all threads, and every place comes back."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from registry_site import places
from registry_site.places import PlacesMiddleware
from tests import live
from tests.conftest import once

pytestmark = pytest.mark.django_db  # a file that is sent lets its connection go
LARGE = str(places.SMALL + 1)


@pytest.fixture
def gate(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`gate(answer)` calls it with four places to work, three for what takes long; who waits, waits in vain."""
    settings.THREADS, settings.LONG_REQUESTS = 4, 3
    monkeypatch.setattr(places, "PATIENCE", 0.01)
    middleware = PlacesMiddleware(lambda request: HttpResponse())

    def call(answer: Callable[[], Any], path: str = "/", **request: Any) -> Any:
        middleware.get_response = lambda _: answer()
        return middleware(RequestFactory().generic(request.pop("method", "GET"), path, **request))

    return call


def a_file() -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"a", b"b"]), headers={"Content-Length": LARGE})


def a_table() -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"a", b"b"]))


class DiskGone(Exception):
    pass


def a_failure(at: int = 1) -> StreamingHttpResponse:
    def blocks() -> Iterator[bytes]:
        if at:
            yield b"a"
        raise DiskGone

    return StreamingHttpResponse(blocks(), headers={"Content-Length": LARGE})


def test_files_that_are_being_sent_leave_the_places_to_others(gate):
    sent = [gate(a_file) for _ in range(3)]
    assert gate(HttpResponse).status_code == 200
    assert [b"".join(each) for each in sent] == [b"ab"] * 3


def test_one_file_too_many_is_to_be_asked_for_again(gate):
    first, _second, _third = (gate(a_file) for _ in range(3))
    refused = gate(a_file, "/runs/ab/files")
    assert (refused.status_code, refused["Retry-After"], refused["Content-Type"]) == (503, "5", "text/plain")
    assert b"TEMPORARILY_UNAVAILABLE" in gate(a_file, "/api/2.0/mlflow-artifacts/artifacts/x").content
    first.close()
    assert gate(a_file).status_code == 200


def test_a_small_file_counts_for_nothing(gate):
    sent = [gate(a_file) for _ in range(3)]
    small = gate(lambda: StreamingHttpResponse(iter([b"a"]), headers={"Content-Length": "1"}))
    assert (b"".join(small), len(sent)) == (b"a", 3)


def test_tables_take_turns(gate):
    first = gate(a_table)
    assert gate(a_table).status_code == 503
    assert gate(HttpResponse).status_code == 200
    assert b"".join(first) == b"ab"
    assert b"".join(gate(a_table)) == b"ab"


@pytest.mark.parametrize("answer", [a_file, a_table])
def test_what_takes_long_or_waits_for_its_turn_holds_no_connection(gate, answer, monkeypatch):
    closed: list[str] = []
    monkeypatch.setattr(places, "release_connections", lambda: closed.append("closed"))
    sent = [gate(answer) for _ in range(4)]  # the last one in vain
    assert (sent[-1].status_code, len(closed)) == (503, 4)


def test_uploads_take_turns_and_small_bodies_none(gate):
    def upload(answer: Callable[[], Any] = HttpResponse) -> Any:
        return gate(answer, method="PUT", data=b"x" * (places.SMALL + 1))

    def while_two_upload(answer: Callable[[], Any]) -> Any:
        return upload(lambda: upload(answer))

    assert while_two_upload(upload).status_code == 503
    assert while_two_upload(lambda: gate(HttpResponse, method="POST", data=b"x")).status_code == 200
    assert while_two_upload(HttpResponse).status_code == 200


@pytest.mark.parametrize("kind", [a_file, a_table, a_failure])
def test_places_come_back_however_an_answer_ends(gate, kind):
    for _ in range(5):
        gate(kind).close()
        with suppress(DiskGone):
            b"".join(gate(kind))
        with pytest.raises(DiskGone):
            gate(lambda: next(iter(a_failure(at=0))))
    assert gate(HttpResponse).status_code == 200


@once
def test_server_answers_while_all_that_may_take_long_is_slow(tmp_path: Path) -> None:
    with live.serving(tmp_path, env=live.environment(LAUREL_THREADS="1")) as server:
        path = "/api/2.0/mlflow-artifacts/artifacts/slow.bin"
        data = b"x" * 12_000_000  # more than the buffers between the two hold
        urllib.request.urlopen(urllib.request.Request(server.url + path, data, method="PUT"), timeout=30).close()
        readers = [slow_reader(server.url, path) for _ in range(3)]
        assert urllib.request.urlopen(f"{server.url}/health", timeout=10).status == 200
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(server.url + path, timeout=10)
        for reader in readers:
            reader.close()
        assert whole_file(server.url + path) == len(data)


def slow_reader(url: str, path: str) -> socket.socket:
    """Reads the beginning of an answer and no more."""
    host, _, port = url.removeprefix("http://").partition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert b" 200 " in connection.recv(100)
    return connection


def whole_file(url: str) -> int:
    """That a reader went away is seen when the next block can't be sent."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return len(response.read())
        except urllib.error.HTTPError:
            time.sleep(0.05)
    raise AssertionError("No place came back.")
