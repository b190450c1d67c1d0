"""What `manage.py check` insists on: a database that can't lose or refuse writes, folders that can be written."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from models_app.storage import get_store


@register(Tags.database)
def sqlite_begins_immediately(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Services lock a row, count, then write; on SQLite only an IMMEDIATE transaction makes that safe."""
    database = settings.DATABASES["default"]
    if "sqlite" not in database["ENGINE"]:
        return []
    problems: list[CheckMessage] = []
    if database["ENGINE"] != "registry_site.sqlite":
        problems.append(
            Error("SQLite needs Laurel's own backend.", hint="Set ENGINE to registry_site.sqlite.", id="laurel.E001")
        )
    if database["OPTIONS"].get("transaction_mode") != "IMMEDIATE":
        problems.append(
            Error("SQLite must begin transactions IMMEDIATE.", hint="Set transaction_mode.", id="laurel.E002")
        )
    return problems


@register()
def data_folder_is_writable(*, app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    return _unwritable(Path(settings.DATA_DIR), "data folder", "LAUREL_DATA_DIR", "laurel.E003")


@register()
def artifacts_have_a_place(*, app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    try:
        get_store()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="laurel.E005")]
    if "://" in settings.ARTIFACTS:
        return []
    return _unwritable(Path(settings.ARTIFACTS), "artifact folder", "LAUREL_ARTIFACTS", "laurel.E004")


def _unwritable(folder: Path, what: str, variable: str, check_id: str) -> list[CheckMessage]:
    """A folder that is not there yet may be made, so the nearest one that is there counts."""
    present = folder
    while not present.exists() and present != present.parent:
        present = present.parent
    if present.is_dir() and os.access(present, os.W_OK | os.X_OK):
        return []
    return [Error(f"The {what} {folder} can't be written.", hint=f"Set {variable} to another one.", id=check_id)]
