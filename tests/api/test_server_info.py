import pytest
from django.test import override_settings

from tests.api.conftest import Api


def test_health_and_version_are_plain_text(api: Api) -> None:
    health = api.client.get("/health", **api.headers)
    assert (health.content, health["Content-Type"]) == (b"OK", "text/plain")
    assert api.client.get("/version", **api.headers).content == b"3.17.2"


@pytest.mark.parametrize("prefix", ["/api/3.0", "/ajax-api/3.0"])
def test_nothing_multipart_is_promised(api: Api, prefix: str) -> None:
    info = api.client.get(f"{prefix}/mlflow/server-info", **api.headers).json()

    assert info["store_type"] == "SqlStore"
    assert info["features_enabled"] == {"gateway": False}
    assert not any(value for name, value in info.items() if name.startswith(("multipart", "presigned")))


@override_settings(LOGIN_REQUIRED=True)
def test_what_is_open_asks_for_no_login_and_no_workspace(api: Api) -> None:
    stranger = api.as_of(HTTP_X_MLFLOW_WORKSPACE="nowhere")

    assert stranger.client.get("/health", **stranger.headers).status_code == 200
    assert stranger.client.get("/api/3.0/mlflow/server-info", **stranger.headers).status_code == 200
    assert stranger.client.get("/version", **stranger.headers).status_code == 401


@pytest.mark.parametrize("path", ["/api", "/api/2.0/mlflow/traces", "/v1/traces", "/graphql", "/ajax-api/3.0/jobs/"])
def test_addresses_of_other_products_answer_json(api: Api, path: str) -> None:
    response = api.client.post(path, {}, "application/json", **api.headers)

    assert response.status_code == 404
    assert response.json()["error_code"] == "ENDPOINT_NOT_FOUND"


def test_no_cookie_is_set_and_none_is_read(api: Api, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        response = api.client.get("/health", **api.headers, HTTP_COOKIE="laurel_session=stolen")
    assert not response.cookies


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        ("POST", "/gateway/chat/invocations", "does not call any"),
        ("GET", "/gateway/endpoints", "does not call any"),
        ("POST", "/ajax-api/2.0/mlflow/gateway-proxy", "does not call any"),
        ("POST", "/v1/traces", "language models"),
        ("GET", "/ajax-api/3.0/mlflow/mcp-servers/x/versions", "directory"),
        ("POST", "/ajax-api/3.0/jobs/search", "no jobs"),
        ("PATCH", "/ajax-api/3.0/mlflow/jobs/cancel/1", "no jobs"),
        ("POST", "/ajax-api/3.0/mlflow/assistant/message", "no assistant"),
        ("POST", "/ajax-api/3.0/mlflow/scorer/invoke", "judge traces"),
        ("PUT", "/api/3.0/mlflow/scorers/online-config", "judge traces"),
        ("POST", "/ajax-api/3.0/mlflow/genai/evaluate/invoke", "judge traces"),
        ("POST", "/ajax-api/3.0/mlflow/demo/generate", "--demo"),
        ("POST", "/ajax-api/2.0/mlflow/runs/create-promptlab-run", "nothing here runs them"),
        ("POST", "/ajax-api/3.0/mlflow/ui-telemetry", "figures"),
        ("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", "language models"),
        ("POST", "/api/2.0/mlflow/users/create", "createsuperuser"),
        ("GET", "/signup", "createsuperuser"),
        ("POST", "/graphql", "pages"),
    ],
)
def test_what_is_asked_beside_the_protocol_is_refused_with_a_reason(
    api: Api, method: str, path: str, word: str
) -> None:
    response = api.client.generic(method, path, "{}", "application/json", **api.headers)
    assert (response.status_code, response.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert word in response.json()["message"]
