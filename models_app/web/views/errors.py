"""The pages for what went wrong: not found, not allowed, a form from another time, a fault of ours."""

import sys

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import DisallowedHost
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import get_template

from models_app.errors import (
    AlreadyExists,
    BadRequest,
    Conflict,
    DoesNotExist,
    InvalidState,
    InvalidValue,
    PermissionDenied,
    RegistryError,
    is_disk_full,
)
from models_app.storage import StoreFull, StoreUnavailable
from models_app.web import gone, http

STATUS: dict[type, int] = {
    InvalidValue: 400,
    PermissionDenied: 403,
    DoesNotExist: 404,
    AlreadyExists: 409,
    Conflict: 409,
    InvalidState: 409,
    BadRequest: 400,
    StoreUnavailable: 503,
    StoreFull: 507,
}
DATABASE_AWAY = "The database is not available"
DATABASE_FULL = "The disk of the server's database is full"
TITLES = {
    400: "That can't be done",
    409: "That can't be done now",
    503: "The files are not available",
    507: "There is no room left",
}


def status_of(error: RegistryError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def registry_error(request: HttpRequest, error: RegistryError) -> HttpResponse:
    status = status_of(error)
    template = {403: "403.html", 404: "404.html"}.get(status, "error.html")
    context = {"message": error.message, "title": TITLES.get(status, "Something is wrong"), "status": status}
    if status == 404 and request.resolver_match:
        actor, keys = http.actor_from(request), request.resolver_match.kwargs
        context["gone"] = gone.find(actor, keys)
        context["files_href"] = "" if context["gone"] else gone.files_href(actor, keys)
    return render(request, template, context, status=status)


def not_allowed(request: HttpRequest, refusal: HttpResponseNotAllowed) -> HttpResponse:
    """Instead of Django's own, which is an empty page."""
    message = "This address takes what a button of a page sends; it is no page itself. Nothing was changed."
    if "POST" not in refusal.headers["Allow"]:
        message = "This address can be opened, but takes nothing. Nothing was changed."
    if http.wants_fragment(request):
        response = HttpResponse(message, status=refusal.status_code, content_type="text/plain")
        http.toast(response, message, level="error")
    else:
        context = {"title": "That can't be done this way", "message": message, "status": refusal.status_code}
        response = render(request, "error.html", context, status=refusal.status_code)
    response.headers["Allow"] = refusal.headers["Allow"]
    return response


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Plain words: a page would read the request again, and Django's own answer to a broken form fails over just that.
    message = "This request can't be read."
    if isinstance(exception, DisallowedHost):
        message = "This server does not answer to the name in the address: LAUREL_ALLOWED_HOSTS lists the names it has."
    return HttpResponse(message + "\n", status=400, content_type="text/plain")


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    # Http404 of a view carries a sentence for people; the resolver's own carries a dict of tried patterns.
    text = exception.args[0] if exception.args else ""
    message = text if isinstance(text, str) and "matches the given query" not in text else ""
    return render(request, "404.html", {"message": message}, status=404)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"message": str(exception)}, status=403)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    # A middleware may be the first to need the database, to find out who asks.
    if isinstance(sys.exc_info()[1], OperationalError):
        return database_failed(request, sys.exc_info()[1])
    # Whatever broke may also break the context processors (the database is gone, say): this page needs none of them.
    request_id = getattr(request, "request_id", "")
    return HttpResponse(get_template("500.html").render({"request_id": request_id}), status=500)


def database_failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """A page that needs no database, for there is none at the moment, or no room in it; for htmx a toast."""
    status, title, advice = (507, DATABASE_FULL, "") if is_disk_full(error) else (503, DATABASE_AWAY, "; try again")
    if http.wants_fragment(request):
        response = HttpResponse(title, status=status, content_type="text/plain")
        http.toast(response, f"{title}. Nothing was changed{advice}.", level="error")
        return response
    context = {"request_id": getattr(request, "request_id", ""), "status": status, "title": title}
    headers = {"Retry-After": "5"} if status == 503 else {}
    return HttpResponse(get_template("500.html").render(context), status=status, headers=headers)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
