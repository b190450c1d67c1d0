"""Builds the environments of the other clients, once, the way Laurel builds its own."""

from functools import cache
from pathlib import Path

from registry_site import bootstrap

LOCK = Path(__file__).resolve().parent / "requirements-mlflow2.txt"


@cache
def mlflow2_python() -> Path:
    """A Python with the newest mlflow 2 client; the first call on a machine takes a minute or two."""
    environment = bootstrap.ROOT / ".venv-mlflow2"
    bootstrap.build(environment, LOCK)
    return bootstrap.python_of(environment)
