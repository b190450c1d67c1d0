"""What every test may use; sub folders add their own."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings


def pytest_unconfigure(config: pytest.Config) -> None:
    if settings.configured and Path(settings.DATA_DIR).name.startswith("laurel-tests-"):
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
