from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from django.http import HttpResponseBase
from django.test import RequestFactory, override_settings

from models_app.api.dispatch import API_3, Endpoint, Router, respond
from models_app.api.messages import Message
from models_app.errors import AlreadyExists, Conflict, InvalidState, PermissionDenied
from models_app.storage import StoreFull

SECRET = "the table is called users"


class Named(Message):
    name: str


def echo(actor: Any, message: Named) -> dict[str, Any]:
    return {"name": message.name, "via": actor.via, "workspace": actor.workspace}


def delete(_actor: Any, message: Named) -> dict[str, Any]:
    return {}


def of_model(_actor: Any, model_id: str, key: str = "") -> dict[str, Any]:
    return {"model_id": model_id, "key": key}


def raising(_actor: Any, message: Named) -> NoReturn:
    raise {
        "exists": AlreadyExists("taken"),
        "denied": PermissionDenied("no"),
        "state": InvalidState("deleted"),
        "conflict": Conflict("changed"),
        "database": OperationalError(SECRET),
        "full database": OperationalError(f"{SECRET}: database or disk is full"),
        "small database": OperationalError("too many SQL variables"),
        "full store": StoreFull("No room left."),
        "bug": ValueError(SECRET),
    }[message.name]


ROUTER = Router(
    [
        Endpoint("POST", "mlflow/thing", echo),
        Endpoint("GET", "mlflow/thing", echo),
        Endpoint("DELETE", "mlflow/thing", delete),
        Endpoint("POST", "mlflow/raising", raising),
        Endpoint("GET", "mlflow/models/search", echo),
        Endpoint("GET", "mlflow/models/<model_id>", of_model),
        Endpoint("DELETE", "mlflow/models/<model_id>/tags/<path:key>", of_model),
        Endpoint("GET", "mlflow/info", lambda actor: {"actor": actor is None}, at=API_3, open=True),
    ]
)


def call(method: str, path: str, body: str = "", **headers: str) -> HttpResponseBase:
    headers = {"HTTP_HOST": "localhost", **headers}
    content_type = headers.pop("CONTENT_TYPE", "application/json")
    request = RequestFactory().generic(method, path, body, content_type=content_type, **headers)
    return respond(ROUTER, request)


def json_of(response: Any) -> Any:
    import json

    return json.loads(response.content)


@pytest.mark.parametrize("prefix", ["/api/2.0", "/ajax-api/2.0"])
def test_every_row_answers_below_both_prefixes(prefix: str) -> None:
    response = call("GET", f"{prefix}/mlflow/thing?name=iris")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert json_of(response) == {"name": "iris", "via": "api", "workspace": "default"}


@pytest.mark.parametrize(
    "path",
    ["/api/2.0/mlflow/nothing", "/api/2.0/mlflow/thing/", "/api/3.0/mlflow/thing", "/api/2.0/mlflow/info", "/api/"],
)
def test_an_unknown_address_answers_json(path: str) -> None:
    response = call("GET", path)

    assert response.status_code == 404
    assert json_of(response)["error_code"] == "ENDPOINT_NOT_FOUND"


def test_what_is_left_out_is_refused_with_the_reason() -> None:
    router = Router([], {"mlflow/traces": "Laurel keeps models."})

    for path in ("/api/2.0/mlflow/traces", "/ajax-api/3.0/mlflow/traces/search"):
        answer = json_of(respond(router, RequestFactory().post(path, "{}", content_type="application/json")))
        assert answer == {
            "error_code": "ENDPOINT_NOT_FOUND", "message": f"No endpoint at {path}. Laurel keeps models."
        }  # fmt: skip
    answer = json_of(respond(router, RequestFactory().get("/api/2.0/mlflow/tracesque")))
    assert answer["message"] == "No endpoint at /api/2.0/mlflow/tracesque."


def test_a_wrong_method_answers_json_and_says_which_are_right() -> None:
    response = call("PUT", "/api/2.0/mlflow/thing", "{}")

    assert response.status_code == 405
    assert response["Allow"] == "DELETE, GET, OPTIONS, POST"
    assert json_of(response)["error_code"] == "ENDPOINT_NOT_FOUND"


def test_options_says_which_methods_there_are() -> None:
    response = call("OPTIONS", "/api/2.0/mlflow/thing")

    assert (response.status_code, response["Allow"]) == (204, "DELETE, GET, OPTIONS, POST")


def test_parts_of_an_address_reach_the_handler() -> None:
    assert json_of(call("GET", "/api/2.0/mlflow/models/m-1")) == {"model_id": "m-1", "key": ""}
    assert json_of(call("DELETE", "/api/2.0/mlflow/models/m-1/tags/a/b")) == {"model_id": "m-1", "key": "a/b"}


def test_a_fixed_address_goes_before_a_pattern() -> None:
    assert json_of(call("GET", "/api/2.0/mlflow/models/search?name=x"))["name"] == "x"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_post_needs_the_content_type_json(content_type: str) -> None:
    response = call("POST", "/api/2.0/mlflow/thing", '{"name": "a"}', CONTENT_TYPE=content_type)

    assert response.status_code == 400
    assert json_of(response)["error_code"] == "INVALID_PARAMETER_VALUE"
    with_charset = "application/json; charset=utf-8"
    assert call("POST", "/api/2.0/mlflow/thing", '{"name": "a"}', CONTENT_TYPE=with_charset).status_code == 200


def test_a_delete_reads_its_body_whatever_its_content_type() -> None:
    assert call("DELETE", "/api/2.0/mlflow/thing", '{"name": "a"}', CONTENT_TYPE="text/plain").status_code == 200
    assert call("DELETE", "/api/2.0/mlflow/thing?name=a").status_code == 400


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("exists", 400, "RESOURCE_ALREADY_EXISTS"),
        ("denied", 403, "PERMISSION_DENIED"),
        ("state", 409, "INVALID_STATE"),
        ("conflict", 409, "RESOURCE_CONFLICT"),
        ("database", 503, "TEMPORARILY_UNAVAILABLE"),
        ("full database", 507, "RESOURCE_EXHAUSTED"),
        ("small database", 400, "INVALID_PARAMETER_VALUE"),
        ("full store", 507, "RESOURCE_EXHAUSTED"),
        ("bug", 500, "INTERNAL_ERROR"),
    ],
)
def test_errors_become_mlflows_codes(name: str, status: int, code: str, caplog: pytest.LogCaptureFixture) -> None:
    response = call("POST", "/api/2.0/mlflow/raising", f'{{"name": "{name}"}}')

    assert response.status_code == status
    assert json_of(response)["error_code"] == code
    assert SECRET not in json_of(response)["message"]


def test_an_unexpected_error_is_logged_with_the_id_the_client_gets(caplog: pytest.LogCaptureFixture) -> None:
    response = call("POST", "/api/2.0/mlflow/raising", '{"name": "bug"}')

    assert response["X-Request-Id"] in caplog.text
    assert response["X-Request-Id"] in json_of(response)["message"]
    assert SECRET in caplog.text


def test_a_write_from_a_foreign_page_is_refused() -> None:
    body = '{"name": "a"}'
    nearly = ("http://localhost.evil.example", "http://localhost:99", "http://localhost/", "http://[::1")
    for origin in ("https://evil.example", "null", *nearly):
        response = call("POST", "/api/2.0/mlflow/thing", body, HTTP_ORIGIN=origin)
        assert response.status_code == 403, origin
        assert json_of(response)["error_code"] == "PERMISSION_DENIED"
    assert call("POST", "/api/2.0/mlflow/thing", body, HTTP_ORIGIN="http://localhost").status_code == 200
    assert call("GET", "/api/2.0/mlflow/thing?name=a", HTTP_ORIGIN="https://evil.example").status_code == 200


@override_settings(CSRF_TRUSTED_ORIGINS=["https://trusted.example"])
def test_a_trusted_origin_may_write() -> None:
    response = call("POST", "/api/2.0/mlflow/thing", '{"name": "a"}', HTTP_ORIGIN="https://trusted.example")

    assert response.status_code == 200


def test_a_host_that_is_not_ours_is_refused() -> None:
    response = call("GET", "/api/2.0/mlflow/thing?name=a", HTTP_HOST="evil.example")

    assert response.status_code == 403
    assert json_of(response)["error_code"] == "PERMISSION_DENIED"


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_a_body_that_is_too_large_is_refused() -> None:
    response = call("POST", "/api/2.0/mlflow/thing", '{"name": "abcdefghijkl"}')

    assert response.status_code == 400
    assert json_of(response)["error_code"] == "BAD_REQUEST"


def test_head_is_answered_like_get() -> None:
    assert call("HEAD", "/api/2.0/mlflow/thing?name=a").status_code == 200


def test_an_open_row_needs_nobody() -> None:
    with override_settings(LOGIN_REQUIRED=True):
        assert json_of(call("GET", "/api/3.0/mlflow/info")) == {"actor": True}


def test_two_rows_for_one_address_are_refused() -> None:
    row = Endpoint("GET", "mlflow/thing", echo)
    with pytest.raises(ValueError, match="Two rows"):
        Router([row, row])
