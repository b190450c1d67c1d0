"""The installed client's own list of calls: each is in our table, or left out for a reason that we wrote down."""

import re
from collections.abc import Iterator

import pytest

from models_app.api.dispatch import Router
from models_app.api.errors import ProtocolError
from models_app.api.mlflow.endpoints import ENDPOINTS, NOT_OFFERED
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]


def calls() -> Iterator[tuple[str, str, int]]:
    """(method, path, version of the API) of every RPC the client knows."""
    from mlflow.protos import databricks_pb2, mlflow_artifacts_pb2, model_registry_pb2, service_pb2, webhooks_pb2

    for module in (service_pb2, model_registry_pb2, mlflow_artifacts_pb2, webhooks_pb2):
        for service in module.DESCRIPTOR.services_by_name.values():
            for rpc in service.methods:
                for endpoint in rpc.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
                    yield endpoint.method, endpoint.path.lstrip("/"), endpoint.since.major


def is_answered(router: Router, method: str, path: str, version: int) -> bool:
    filled = re.sub(r"[{<][^}>]*[}>]", "x", path)
    # MLflow: the reference serves one path below ajax-api alone, because its declaration lacks the leading slash.
    for prefix in ("api", "ajax-api"):
        try:
            rows, _ = router.match(f"{prefix}/{version}.0/{filled}")
        except ProtocolError:
            continue
        if method in rows:
            return True
    return False


def test_every_call_of_the_client_is_answered_or_left_out_for_a_reason() -> None:
    router = Router(ENDPOINTS, NOT_OFFERED)
    known = list(calls())
    forgotten = [
        f"{method} {path} ({version}.0)"
        for method, path, version in known
        if not is_answered(router, method, path, version) and not router.reason_for(path)
    ]

    assert len(known) > 150
    assert not forgotten, "neither in ENDPOINTS nor in NOT_OFFERED: " + ", ".join(forgotten)


def test_no_reason_outlives_what_it_was_given_for() -> None:
    paths = [path for _, path, _ in calls()]
    unused = [start for start in NOT_OFFERED if not any(f"{path}/".startswith(f"{start}/") for path in paths)]
    offered = [row.path for row in ENDPOINTS if Router([], NOT_OFFERED).reason_for(row.path)]

    assert not unused, f"the client has no such call any more: {unused}"
    assert not offered, f"answered, and yet said to be left out: {offered}"
