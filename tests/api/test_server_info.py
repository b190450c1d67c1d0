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
