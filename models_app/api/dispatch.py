"""One request from address to answer: match, check its origin, authenticate, decode, call, encode, map errors."""

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import msgspec
from django.conf import settings
from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError

from models_app.api import authentication, errors, messages
from models_app.errors import InvalidValue, RegistryError

logger = logging.getLogger("laurel.api")
_encode = msgspec.json.Encoder().encode

API_2 = ("api/2.0", "ajax-api/2.0")
API_3 = ("api/3.0", "ajax-api/3.0")
AJAX_2 = ("ajax-api/2.0",)
ROOT = ("",)

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Endpoint:
    """A row of a protocol's table. The annotation of the handler's `message` says what it reads.

    A `raw` handler is given the request instead. `open` rows answer everybody, without login and in no workspace.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    at: tuple[str, ...] = API_2
    raw: bool = False
    open: bool = False
    message: type[messages.Message] | None = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.handler)
        object.__setattr__(self, "message", None if self.raw else hints.get("message"))


class Router:
    """Addresses to rows: one dictionary look-up for fixed addresses, a short list of patterns for the others.

    `left_out` gives, for the beginning of a path, the reason that whoever asks there is told.
    """

    def __init__(self, endpoints: Iterable[Endpoint], left_out: Mapping[str, str] | None = None) -> None:
        self._left_out = left_out or {}
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Endpoint]]] = []
        by_address: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            for prefix in endpoint.at:
                rows = by_address.setdefault(f"{prefix}/{endpoint.path}".lstrip("/"), {})
                if endpoint.method in rows:
                    raise ValueError(f"Two rows for {endpoint.method} {endpoint.path}.")
                rows[endpoint.method] = endpoint
        for address, rows in by_address.items():
            if "<" in address:
                self._patterns.append((_pattern_of(address), rows))
            else:
                self._fixed[address] = rows

    def match(self, path: str) -> tuple[dict[str, Endpoint], dict[str, str]]:
        if rows := self._fixed.get(path):
            return rows, {}
        for pattern, rows in self._patterns:
            if found := pattern.fullmatch(path):
                return rows, found.groupdict()
        raise errors.ProtocolError("ENDPOINT_NOT_FOUND", f"No endpoint at /{path}. {self.reason_for(path)}".rstrip())

    def reason_for(self, path: str) -> str:
        """Why there is no endpoint, "" where nobody decided that: `path` with or without `api/2.0/` before it."""
        call = re.sub(r"(ajax-)?api/[0-9.]+/", "", path, count=1)
        return next((reason for start, reason in self._left_out.items() if f"{call}/".startswith(f"{start}/")), "")


def _pattern_of(address: str) -> re.Pattern[str]:
    """`<key>` is one segment of the address, `<path:key>` all the rest of it."""
    pieces = re.split(r"<(path:)?(\w+)>", address)
    pattern = re.escape(pieces[0])
    for rest, name, literal in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        pattern += f"(?P<{name}>{'.*' if rest else '[^/]+'}){re.escape(literal)}"
    return re.compile(pattern, re.DOTALL)


def respond(router: Router, request: HttpRequest) -> HttpResponseBase:
    request_id = secrets.token_hex(8)
    try:
        response = _answer(router, request, request_id)
    except RegistryError as error:
        response = errors.to_response(error)
    except DisallowedHost:
        response = errors.envelope("PERMISSION_DENIED", "This server does not answer to the name in the Host header.")
    except (SuspiciousOperation, UnreadablePostError) as error:
        response = errors.envelope("BAD_REQUEST", str(error))
    except OperationalError as error:
        logger.exception("request %s: %s %s: the database is not available", request_id, request.method, request.path)
        response = errors.database_failed(error)
    except Exception:
        logger.exception("request %s: %s %s failed", request_id, request.method, request.path)
        message = f"The server could not answer. Its log has the reason under request {request_id}."
        response = errors.envelope("INTERNAL_ERROR", message)
    response["X-Request-Id"] = request_id
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _answer(router: Router, request: HttpRequest, request_id: str) -> HttpResponseBase:
    rows, path_values = router.match(request.path_info[1:])
    if "\x00" in request.path_info:
        raise InvalidValue("The address holds a NUL character.")
    host = request.get_host()
    method = request.method or ""
    if method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": _allowed(rows)})
    endpoint = rows.get("GET" if method == "HEAD" else method)
    if endpoint is None:
        message = f"{method} is not offered at {request.path_info}. Use {_allowed(rows)}."
        raise errors.ProtocolError("ENDPOINT_NOT_FOUND", message, status=405, headers={"Allow": _allowed(rows)})
    if method not in READING:
        _refuse_foreign_origin(request, host)
    actor = None if endpoint.open else authentication.authenticate(request, request_id)
    answer = endpoint.handler(actor, *_arguments(endpoint, request), **path_values)
    if isinstance(answer, HttpResponseBase):
        return answer
    return HttpResponse(_encode(answer), content_type="application/json")


def _arguments(endpoint: Endpoint, request: HttpRequest) -> tuple[Any, ...]:
    if endpoint.raw:
        return (request,)
    if request.method in ("POST", "PUT") and request.content_type != "application/json":
        raise InvalidValue("The request's Content-Type must be application/json.", field="Content-Type")
    return (messages.read(endpoint.message, request),) if endpoint.message else ()


def _allowed(rows: dict[str, Endpoint]) -> str:
    return ", ".join(sorted({*rows, "OPTIONS"}))


def _refuse_foreign_origin(request: HttpRequest, host: str) -> None:
    """A page of another site, open in the browser of someone who can reach this server, must not write here."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    # Compared as text: an attacker's Origin need not be an address that can be taken apart.
    if origin not in (f"http://{host}", f"https://{host}"):
        raise errors.ProtocolError("PERMISSION_DENIED", f"Requests from {origin[:200]} may not change anything here.")
