"""The environments of the other clients hold what their locks say."""

import subprocess

import pytest

from tests.clients import environments
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]


@pytest.mark.parametrize(("name", "start"), environments.GENERATIONS.items())
def test_each_environment_holds_a_client_of_its_generation(name: str, start: str) -> None:
    command = [str(environments.python_with(name)), "-c", "import mlflow; print(mlflow.__version__)"]
    version = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert version.startswith(start)
