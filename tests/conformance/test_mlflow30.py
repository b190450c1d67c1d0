"""An early mlflow 3 client, in an environment of its own, goes through the same suite as the newest of all."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance import other_clients
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]


def test_an_early_client_of_mlflow_3_passes_the_suite(live_laurel: Any, crowd: str, tmp_path: Path) -> None:
    other_clients.check("mlflow30", live_laurel.url, crowd, tmp_path, at_least=132)
