from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest

from models_app.storage.s3 import S3Store
from tests.buckets import BUCKET, S3Server
from tests.conftest import once
from tests.storage.contract import UNUSUAL_NAMES, StoreContract

pytestmark = once


@pytest.fixture(params=["moto", "nanio"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def location() -> str:
    return f"s3://{BUCKET}/{uuid4().hex}"


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    """One per server: making a client takes longer than most tests."""
    return {}


@pytest.fixture
def store(server: S3Server, location: str, clients: dict[str, Any]) -> S3Store:
    store = S3Store(location)
    if server.endpoint in clients:
        store.client = store.patient_client = clients[server.endpoint]
    clients[server.endpoint] = store.client
    return store


class TestS3Store(StoreContract):
    @pytest.mark.parametrize("name", UNUSUAL_NAMES)
    def test_unusual_names_survive(self, store: S3Store, name: str, server: S3Server) -> None:
        if server.is_strict and unquote(name) != name:
            pytest.skip("nanio decodes an address twice before it checks the signature")
        super().test_unusual_names_survive(store, name)
