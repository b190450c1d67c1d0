"""Commands that look at no registry leave nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import live
from tests.conftest import once

pytestmark = once


@pytest.mark.parametrize(
    "arguments", [[], ["help"], ["help", "serve"], ["createsuperuser", "--help"], ["--version"], ["check"]]
)
def test_a_command_without_a_registry_makes_no_data_folder(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, str(live.ROOT / "manage.py"), *arguments]
    data_dir = tmp_path / "data"
    done = subprocess.run(
        command, env=live.environment(LAUREL_DATA_DIR=str(data_dir)), capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not data_dir.exists()


def test_a_command_for_a_registry_makes_its_key(tmp_path: Path) -> None:
    command = [sys.executable, str(live.ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    data_dir = tmp_path / "data"
    subprocess.run(command, env=live.environment(LAUREL_DATA_DIR=str(data_dir)), check=True, timeout=120)

    assert {"laurel.db", "secret-key"} <= {file.name for file in data_dir.iterdir()}
