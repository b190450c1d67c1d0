"""Places for requests: how many work at once, and how many may take as long as a slow connection does.

A thread that sends a large file, or receives one, is held until the other side is done. So there are more threads than
places to work: what only moves bytes out gives its place to others, and what takes long never takes all threads.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from models_app.api.errors import envelope, unlogged
from models_app.api.middleware import is_api

logger = logging.getLogger("laurel.places")

SMALL = 256 * 1024  # bytes; what is not larger is with the network at once
PATIENCE = 30.0  # seconds for a turn among uploads, or among tables that are made while they are sent
ASK_AGAIN = "5"  # seconds
BUSY = "Too many files are being moved right now; ask again in a moment."


class Places:
    """Those of one process: `count` to work, of which uploads and tables take at most three quarters; `long` for all
    that take long, whether they move, wait or work."""

    def __init__(self, count: int, long: int) -> None:
        self.work = threading.BoundedSemaphore(count)
        self.long = threading.BoundedSemaphore(long)
        self.uploads = threading.BoundedSemaphore(max(1, count // 2))
        self.tables = threading.BoundedSemaphore(max(1, count // 4))


class Busy(Exception):
    """No place came free in time."""


class Held:
    """Semaphores a request holds; each is given back once, the last one taken first."""

    def __init__(self) -> None:
        self._taken: list[threading.Semaphore] = []

    def take(self, place: threading.Semaphore, seconds: float | None = None) -> None:
        """Waits for ever, or for so many seconds."""
        if not place.acquire(timeout=seconds):
            raise Busy
        self._taken.append(place)

    def give(self, place: threading.Semaphore) -> None:
        self._taken.remove(place)
        place.release()

    def give_all(self) -> None:
        while self._taken:
            self._taken.pop().release()


class Sending:
    """The rest of an answer; whatever becomes of it, its places are given back."""

    def __init__(self, blocks: Iterable[bytes], held: Held) -> None:
        self._blocks = iter(blocks)
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._blocks)
        except BaseException:
            self._held.give_all()
            raise

    def close(self) -> None:
        self._held.give_all()


class PlacesMiddleware:
    """The first of all, so that it counts every request and sees every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.places = Places(settings.THREADS, settings.LONG_REQUESTS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        held = Held()
        is_handed_on = False
        try:
            if is_upload(request):
                self._take_turn(held, self.places.uploads)
            held.take(self.places.work)
            response = self.get_response(request)
            if is_long(response):
                self._begin_sending(request, response, held)
                is_handed_on = True
            return response
        except Busy:
            return refusal(request)
        finally:
            if not is_handed_on:
                held.give_all()

    def _take_turn(self, held: Held, turns: threading.Semaphore) -> None:
        held.take(self.places.long, 0)
        held.take(turns, PATIENCE)

    def _begin_sending(self, request: HttpRequest, response: Any, held: Held) -> None:
        held.give(self.places.work)
        # A file is sent without one, a table gets one again when its turn comes: more may wait here than a pool has.
        release_connections()
        try:
            if response.has_header("Content-Length"):
                held.take(self.places.long, 0)
            else:
                self._take_turn(held, self.places.tables)
                held.take(self.places.work)  # its rows are read while it is sent
        except Busy:
            response.close()
            raise
        response.streaming_content = Sending(response.streaming_content, held)


def release_connections() -> None:
    """As at a request's end; within a transaction, which tests put around a request, there is none to spare."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def is_upload(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or ""
    return "HTTP_TRANSFER_ENCODING" in request.META or (length.isdecimal() and int(length) > SMALL)


def is_long(response: HttpResponseBase) -> bool:
    if not response.streaming:
        return False
    length = response.headers.get("Content-Length", "")
    return not length or int(length) > SMALL


def refusal(request: HttpRequest) -> HttpResponse:
    logger.warning("No place for %s %s: too many requests that take long.", request.method, request.path)
    headers = {"Retry-After": ASK_AGAIN}
    if is_api(request.path_info):
        return envelope("TEMPORARILY_UNAVAILABLE", BUSY, headers=headers)
    return unlogged(HttpResponse(f"{BUSY}\n", status=503, headers=headers, content_type="text/plain"))
