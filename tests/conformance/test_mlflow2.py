"""The newest mlflow 2 client, in an environment of its own, goes through the same suite as the newest of all."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance import other_clients
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]


def test_the_newest_client_of_mlflow_2_passes_the_suite(live_laurel: Any, crowd: str, tmp_path: Path) -> None:
    other_clients.check("mlflow2", live_laurel.url, crowd, tmp_path, at_least=115)
