"""The newest MLflow 2 client lives in an environment of its own and does its first hour there."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients import environments
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]

SCRIPT = Path(__file__).resolve().parent / "mlflow2_first_hour.py"


def test_the_client_of_the_generation_before_does_its_first_hour(live_laurel: Any, unique: str, tmp_path: Path) -> None:
    command = [str(environments.mlflow2_python()), str(SCRIPT), live_laurel.url, unique]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.strip().splitlines()[-1].endswith("done")
