"""The stock MLflow client, in this process, pointed at a live server."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests import live
from tests.conformance.client.fixtures import (  # noqa: F401 - fixtures, for all modules here
    client,
    experiment,
    mlflow,
    server_url,
    unique,
)

CROWD = Path(__file__).resolve().parent / "crowd.py"


@pytest.fixture(scope="session")
def crowd(live_laurel: live.LiveLaurel) -> str:
    """The name of a model with more versions than a page of the client holds, put straight into the database.

    Made one after another through the protocol, they would take a minute.
    """
    name = f"crowd-{uuid4().hex[:12]}"
    places = {"LAUREL_DATA_DIR": str(live_laurel.data_dir), "LAUREL_DATABASE_URL": live_laurel.database_url}
    command = [sys.executable, str(CROWD), name, "10050"]
    environment = live.environment(**places, DJANGO_SETTINGS_MODULE="registry_site.settings")
    subprocess.run(command, cwd=live.ROOT, env=environment, check=True, capture_output=True, timeout=120)
    return name
