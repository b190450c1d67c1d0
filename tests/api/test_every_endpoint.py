"""What holds for all rows of the table: nonsense is refused in JSON, never with an error of the server."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from models_app.api.dispatch import Endpoint
from models_app.api.mlflow.endpoints import ENDPOINTS
from tests import make
from tests.api.conftest import Api

JUNK: list[Any] = [
    None, True, -1, 2**63, 2**70, 1.5, 1e400, "", " ", "x", "\x00", "\ud800", "🙂" * 50, "a" * 70_000, "%00", "../..",
    "1", "99999999999999999999", "NaN", "null", "'; DROP TABLE runs; --", "models:/", "runs:/", "models:/a@b/c", "s3:",
    "mlflow-artifacts:/%2e%2e/x", "http://[", [], {}, [[]], [None], [{}], [{"key": "\x00", "value": "\x00"}], ["\x00"],
    {"key": "a", "value": "b"}, [{"key": "a", "value": 1}], [{"key": "m", "value": "x", "timestamp": -1}],
    [{"key": "m", "value": 1, "timestamp": 2**63 - 1, "step": -(2**63), "model_id": "\x00"}],
]  # fmt: skip


def address_of(endpoint: Endpoint) -> str:
    path = re.sub(r"<(?:path:)?\w+>", "x", endpoint.path)
    return "/" + f"{endpoint.at[0]}/{path}".lstrip("/")


def ask(api: Api, endpoint: Endpoint, fields: dict[str, Any]) -> Any:
    if endpoint.method == "GET":
        query = urlencode(fields, doseq=True, errors="replace")
        return api.client.get(f"{address_of(endpoint)}?{query}", **api.headers)
    body = json.dumps(fields)
    return api.client.generic(endpoint.method, address_of(endpoint), body, "application/json", **api.headers)


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


TALKING = [endpoint for endpoint in ENDPOINTS if endpoint.message]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("endpoint", TALKING, ids=name_of)
def test_nonsense_in_any_field_is_refused_or_ignored(api: Api, endpoint: Endpoint) -> None:
    run = make.run()
    version = make.version("x", of_run=run)
    sound = {"name": "x", "version": str(version.number), "run_id": run.pk, "experiment_id": str(run.experiment_id)}
    assert endpoint.message
    fields = [field.name for field in msgspec.structs.fields(endpoint.message)]
    for changed in fields:
        for junk in JUNK:
            given = {name: sound.get(name, "x") for name in fields} | {changed: junk}
            response = ask(api, endpoint, given)
            assert response.status_code < 500, (changed, str(junk)[:100], response.content)
            assert isinstance(response.json(), dict)


@pytest.mark.parametrize("endpoint", [row for row in ENDPOINTS if row.raw and row.method == "GET"], ids=name_of)
@pytest.mark.usefixtures("store")
def test_nonsense_in_the_query_of_a_file_is_refused(api: Api, endpoint: Endpoint) -> None:
    for junk in ("", "\x00", "../x", "x" * 5_000, "%2e%2e/x"):
        names = ("path", "run_id", "name", "version", "artifact_file_path")
        assert ask(api, endpoint, dict.fromkeys(names, junk)).status_code in (200, 400, 404, 501)


@pytest.mark.parametrize("endpoint", TALKING, ids=name_of)
def test_a_body_that_is_no_object_is_refused(api: Api, endpoint: Endpoint) -> None:
    for body in ("[1]", "5", '"x"', "{", "\xff"):
        address = address_of(endpoint)
        response = api.client.generic(endpoint.method, address, body, "application/json", **api.headers)
        assert response.status_code == 400, body
        assert response.json()["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
def test_every_row_below_api_is_mirrored_for_browsers(endpoint: Endpoint) -> None:
    for prefix in endpoint.at:
        if prefix.startswith("api/"):
            assert f"ajax-{prefix}" in endpoint.at


@pytest.mark.parametrize("endpoint", [row for row in ENDPOINTS if not row.open], ids=name_of)
def test_every_row_but_the_open_ones_asks_for_a_login(api: Api, endpoint: Endpoint, settings: Any) -> None:
    settings.LOGIN_REQUIRED = True

    response = ask(api, endpoint, {"path": "x"})
    assert response.status_code == 401
    assert response.json()["error_code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("endpoint", [row for row in ENDPOINTS if row.method != "GET"], ids=name_of)
def test_every_row_that_writes_refuses_foreign_pages(api: Api, endpoint: Endpoint) -> None:
    assert ask(api.as_of(HTTP_ORIGIN="https://evil.example"), endpoint, {}).status_code == 403
