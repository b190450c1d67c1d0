"""Builds the environments of the other clients, once, the way Laurel builds its own."""

from functools import cache
from pathlib import Path

from registry_site import bootstrap

FOLDER = Path(__file__).resolve().parent
# Each name is that of a lock here; the versions are those whose newest client it holds.
GENERATIONS = {"mlflow2": "2.", "mlflow30": "3.0."}


def lock_of(name: str) -> Path:
    return FOLDER / f"requirements-{name}.txt"


@cache
def python_with(name: str) -> Path:
    """A Python with that client; the first call on a machine takes a minute or two."""
    environment = bootstrap.ROOT / f".venv-{name}"
    bootstrap.build(environment, lock_of(name))
    return bootstrap.python_of(environment)
