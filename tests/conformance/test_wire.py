"""What only a real server shows: bodies that are cut off, chunked or large, and connections that stay open."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.conformance

PROXY = "/api/2.0/mlflow-artifacts/artifacts/0/wire"


@pytest.fixture
def connection(live_laurel: Any) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(live_laurel.url).netloc, timeout=20)
    yield connection
    connection.close()


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, bytes]:
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    return response.status, response.read()


def send_part(live_laurel: Any, head: str, part: bytes) -> bytes:
    """Sends the head and a part of the body, then no more; the value is the answer, if there is one."""
    address = urlsplit(live_laurel.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(head.format(host=address.netloc).encode() + part)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while block := line.recv(65536):
            answer += block
    return answer


def test_an_upload_that_was_cut_off_leaves_the_old_file(live_laurel: Any, connection: Any, unique: str) -> None:
    path = f"{PROXY}/{unique}"
    assert ask(connection, "PUT", path, b"before") == (200, b"")

    head = f"PUT {path} HTTP/1.1\r\nHost: {{host}}\r\nContent-Length: 5000000\r\n\r\n"
    answer = send_part(live_laurel, head, b"x" * 100_000)
    assert b" 200 " not in answer.partition(b"\r\n")[0]
    assert ask(connection, "GET", path) == (200, b"before")


@pytest.mark.parametrize("part", [b"3e8\r\n" + b"x" * 500, b"3e8\r\n", b""])
def test_a_chunked_upload_that_was_cut_off_leaves_the_old_file(
    live_laurel: Any, connection: Any, unique: str, part: bytes
) -> None:
    path = f"{PROXY}/{unique}"
    ask(connection, "PUT", path, b"before")

    head = f"PUT {path} HTTP/1.1\r\nHost: {{host}}\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = send_part(live_laurel, head, part)
    assert b" 200 " not in answer.partition(b"\r\n")[0]
    assert ask(connection, "GET", path) == (200, b"before")


def test_a_chunked_json_body_is_read(connection: Any) -> None:
    body = json.dumps({"max_results": 1}).encode()
    path = "/api/2.0/mlflow/experiments/search"

    status, answer = ask(connection, "POST", path, iter([body[:5], body[5:]]), Content_Type="application/json")
    assert (status, len(json.loads(answer)["experiments"])) == (200, 1)


def test_the_body_of_a_delete_is_read_on_a_connection_that_stays_open(connection: Any, unique: str) -> None:
    for method, call, expected in (
        ("POST", "create", 200), ("POST", "create", 400), ("DELETE", "delete", 200), ("DELETE", "delete", 404),
    ):  # fmt: skip
        body = json.dumps({"name": unique})
        path = f"/api/2.0/mlflow/registered-models/{call}"
        status, _ = ask(connection, method, path, body, Content_Type="application/json")
        assert status == expected


def test_a_large_file_comes_back_whole_and_in_parts(connection: Any, unique: str) -> None:
    path = f"{PROXY}/{unique}"
    content = bytes(range(256)) * 20_000
    ask(connection, "PUT", path, content)

    assert ask(connection, "GET", path) == (200, content)
    assert ask(connection, "GET", path, Range="bytes=1000000-1000009") == (206, content[1_000_000:1_000_010])
    connection.request("HEAD", path)
    response = connection.getresponse()
    assert (response.status, response.read(), response.headers["Content-Length"]) == (200, b"", str(len(content)))


def test_a_refused_upload_says_why_although_its_body_is_large(connection: Any) -> None:
    status, answer = ask(connection, "PUT", f"{PROXY}/new/", b"x" * 30_000_000)

    assert (status, json.loads(answer)["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_missing_slash_is_not_redirected(connection: Any) -> None:
    status, answer = ask(connection, "GET", "/api/2.0/mlflow/experiments/search/?max_results=1")

    assert (status, json.loads(answer)["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
