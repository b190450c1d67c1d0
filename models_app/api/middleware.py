"""Where API requests leave the path of the pages."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from models_app.api.dispatch import Router, respond
from models_app.api.mlflow.endpoints import ENDPOINTS, NOT_DECLARED, NOT_OFFERED

ADDRESSES = frozenset(
    {
        "/api", "/ajax-api", "/health", "/version", "/get-artifact", "/model-versions/get-artifact", "/graphql",
        "/signup", "/gateway",
    }
)  # fmt: skip
# MLflow: clients send spans of traces to /v1 and call models at /gateway; like every API address without an endpoint
# these are refused in JSON.
PREFIXES = ("/api/", "/ajax-api/", "/v1/", "/gateway/")


def is_api(path: str) -> bool:
    return path.startswith(PREFIXES) or path in ADDRESSES


class ApiMiddleware:
    """Answers clients before anything that is meant for browsers runs: no session, no CSRF token, no page of an error.

    First of all, because those middlewares cost more time than most answers, and so that no cookie can count here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.router = Router(ENDPOINTS, NOT_OFFERED | NOT_DECLARED)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_api(request.path_info):
            return respond(self.router, request)
        return self.get_response(request)
