"""The environment of the second client holds what its lock says."""

import subprocess

import pytest

from tests.clients import environments
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]


def test_second_client_is_of_the_generation_before() -> None:
    command = [str(environments.mlflow2_python()), "-c", "import mlflow, mlflow.sklearn; print(mlflow.__version__)"]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert version.startswith("2.")
