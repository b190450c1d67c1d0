"""The web face's addresses and, beside them, views that go wrong in every way a view can."""

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from models_app import errors


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    raise {
        "missing": errors.DoesNotExist("Registered Model with name=churn not found"),
        "refused": errors.PermissionDenied("This needs the right to edit churn."),
        "invalid": errors.InvalidValue("A name is needed."),
        "conflict": errors.Conflict("ed saved another text."),
        "http404": Http404("There is no run 12."),
        "django403": DjangoPermissionDenied("Not you."),
        "fault": ZeroDivisionError("secret detail"),
        "database": OperationalError("secret detail"),
        "full": OperationalError("database or disk is full"),
        "small": OperationalError("Expression tree is too large (maximum depth 1000)"),
    }[kind]


def show(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(request.user.get_username())
    if "strict" in request.GET:
        response.headers["Content-Security-Policy"] = "sandbox"
    return response


urlpatterns = [
    path("fail/<kind>", fail),
    path("show", show),
    path("", include("models_app.web.urls")),
]
handler403 = "models_app.web.views.errors.permission_denied"
handler404 = "models_app.web.views.errors.not_found"
handler500 = "models_app.web.views.errors.server_error"
