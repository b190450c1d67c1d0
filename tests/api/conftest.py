"""A caller of the protocol, without a client library between."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client, override_settings

from models_app.api import authentication


@dataclass(frozen=True)
class Api:
    """`api.get("mlflow/runs/get", run_id=…)` is the answer's JSON; an answer other than 200 has to be expected."""

    client: Client
    headers: dict[str, str]

    def get(self, path: str, /, *, expect: int = 200, **fields: Any) -> Any:
        return self._json(self.client.get(f"/api/2.0/{path}?{urlencode(fields, doseq=True)}", **self.headers), expect)

    def post(self, path: str, /, *, expect: int = 200, **fields: Any) -> Any:
        return self._send("POST", path, fields, expect)

    def patch(self, path: str, /, *, expect: int = 200, **fields: Any) -> Any:
        return self._send("PATCH", path, fields, expect)

    def delete(self, path: str, /, *, expect: int = 200, **fields: Any) -> Any:
        return self._send("DELETE", path, fields, expect)

    def _send(self, method: str, path: str, fields: dict[str, Any], expect: int) -> Any:
        body = json.dumps(fields)
        response = self.client.generic(method, f"/api/2.0/{path}", body, "application/json", **self.headers)
        return self._json(response, expect)

    def _json(self, response: Any, expect: int) -> Any:
        assert response.status_code == expect, response.content
        return json.loads(response.content)

    def as_of(self, **headers: str) -> "Api":
        return Api(self.client, {**self.headers, **headers})


@pytest.fixture
def api(db: None) -> Api:
    return Api(Client(raise_request_exception=False), {"HTTP_HOST": "localhost"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """An artifact store of its own; the value is its folder."""
    with override_settings(ARTIFACTS=str(tmp_path / "artifacts")):
        yield tmp_path / "artifacts"


@pytest.fixture(autouse=True)
def _no_passwords_remembered() -> None:
    authentication.forget()
