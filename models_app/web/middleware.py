"""What happens around every request: headers, the local user of a server without login, and refusals as pages."""

import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from models_app.errors import InvalidValue, RegistryError, too_much_at_once
from models_app.services import users
from models_app.web import http
from models_app.web.views import errors

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("laurel.web")

PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


class SecurityHeadersMiddleware:
    """Headers every answer carries; a view that set a stricter one (artifacts do) keeps its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        policy = "; ".join(f"{name} {' '.join(values)}" for name, values in settings.SECURE_CSP.items())
        self.headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": PERMISSIONS_POLICY,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response


class CompressPagesMiddleware(GZipMiddleware):
    """Pages only: users' files keep their length and ranges, and static files come compressed already."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
        if not is_page or response.has_header("Accept-Ranges"):
            return response
        return super().process_response(request, response)


class ReadableSessionMiddleware(SessionMiddleware):
    """A session no database can be asked for is none."""

    def process_request(self, request: HttpRequest) -> None:
        # A quoted cookie may spell out a NUL, which PostgreSQL can't look for.
        if "\x00" in request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""):
            del request.COOKIES[settings.SESSION_COOKIE_NAME]
        super().process_request(request)


class LocalUserMiddleware:
    """Without login, everyone who reaches the server by one of its own names is the local user."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.LOGIN_REQUIRED:
            # A foreign name that was pointed at this address (DNS rebinding) must not act for the local user.
            request.get_host()
            request.user = SimpleLazyObject(users.local_user)  # type: ignore[assignment]  # as Django's own
        return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Who is not signed in (any more) goes to sign in; htmx goes there too, it would show that page within this one."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], *view_arguments: Any
    ) -> HttpResponseBase | None:
        refusal = super().process_view(request, view_func, *view_arguments)
        is_htmx = bool(getattr(request, "htmx", None))
        if refusal is None or (request.method in {"GET", "HEAD"} and not is_htmx):
            return refusal
        http.toast(request, "Your session has ended. Sign in to go on.", level="info")
        # Back to the page, not to the part of it that was asked for, nor to where its form was sent.
        sign_in = redirect_to_login(http.current_address(request) or "/", self.get_login_url(view_func))
        return HttpResponse(status=204, headers={"HX-Redirect": sign_in.url}) if is_htmx else sign_in


class RegistryErrorMiddleware:
    """Gives each request an id and turns a refusal of a page (a RegistryError, a wrong method) into the page or toast
    that explains it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # read by http.actor_from
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            response = errors.not_allowed(request, response)
        response.headers.setdefault("X-Request-Id", request_id)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("HX-Request", "HX-Target"))
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        # PostgreSQL can neither store a NUL nor look for one, and no browser sends one by itself.
        if any("\x00" in text for text in _texts_of(request)):
            refusal = InvalidValue("This request can't be read: it holds a NUL character.")
            return self.process_exception(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError) and (refusal := too_much_at_once(exception)):
            exception = refusal
        elif isinstance(exception, OperationalError):
            request_id = getattr(request, "request_id", "")
            logger.exception("Request %s: %s %s: no database", request_id, request.method, request.path)
            return errors.database_failed(request, exception)
        if isinstance(exception, (Http404, PermissionDenied, SuspiciousOperation)):
            return None  # Django's own refusals are no failures
        if not isinstance(exception, RegistryError):
            logger.error("Request %s failed: %s %s", getattr(request, "request_id", ""), request.method, request.path)
            return None
        if http.wants_fragment(request):
            response = HttpResponse(exception.message, status=errors.status_of(exception), content_type="text/plain")
            http.toast(response, exception.message, level="error")
            return response
        return errors.registry_error(request, exception)


def _texts_of(request: HttpRequest) -> Iterator[str]:
    yield request.path_info
    for given in (request.GET, request.POST):
        for key, values in given.lists():
            yield from (key, *values)
