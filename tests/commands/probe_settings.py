"""A site of a few plain addresses on the real server: what `serve` itself does can be tested apart from the pages."""

import contextlib
import os
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from registry_site.settings import *  # noqa: F403 - what isn't said below is as always

ROOT_URLCONF = __name__
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES: list[dict[str, object]] = []
if loading := os.environ.get("PROBE_LOADING"):
    MIDDLEWARE.append("tests.commands.probe_settings.slow_to_load")
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
STREAM_BLOCKS = 20


def slow_to_load(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Takes its time when a worker loads the application, and leaves a file that says so."""
    Path(loading).touch()
    time.sleep(3)
    return get_response


def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("OK")


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def blocks() -> Iterator[bytes]:
        for _ in range(STREAM_BLOCKS):
            yield b"x" * 1000
            time.sleep(0.1)

    return StreamingHttpResponse(blocks())


def upload(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def write(request: HttpRequest) -> HttpResponse:
    """Reads, then writes, as a service does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM django_migrations")
        cursor.execute("UPDATE django_migrations SET name = name WHERE id = 1")
    return HttpResponse("OK")


def limits(request: HttpRequest) -> HttpResponse:
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s), current_setting(%s), current_setting(%s)", names)
        return HttpResponse(" ".join(cursor.fetchone()))


def nodelay(request: HttpRequest) -> HttpResponse:
    """Of the connection of the client with that port, as this end of it is set: 0 is Nagle's algorithm at work."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile, or listening
            if not stat.S_ISSOCK(os.stat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as end:
                if end.family == socket.AF_INET and end.getpeername()[1] == int(request.GET["port"]):
                    return HttpResponse(str(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
    return HttpResponse("no such connection", status=404)


urlpatterns = [
    path("health", health),
    path("stream", stream),
    path("upload", upload),
    path("write", write),
    path("limits", limits),
    path("nodelay", nodelay),
]
