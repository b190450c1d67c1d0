"""Writing a registry into the archive: its rows as JSON lines, moved to their moments, and the files of its runs."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import models

from models_app.demo.journal import USER_TAG, Journal
from models_app.models import Event, Experiment, LatestMetric, LoggedModel, LoggedModelMetric, Metric, Run, RunTag
from models_app.services.demo import FILES, RENUMBERED, TABLES, table_file, time_columns
from models_app.storage import get_store

# The same archive for the same registry: no date of a file in it.
NO_DATE = (1980, 1, 1, 0, 0, 0)
# What MLflow wrote into text files; in others a path would be found by the check below.
TEXT_FILES = {"MLmodel"}

# What a run logged moves with it; by the column that names the run. All else happened at its moment, by the clock.
LOGGED: dict[type[models.Model], str] = {
    Run: "run_id",
    Metric: "run_id",
    LatestMetric: "run_id",
    LoggedModel: "source_run_id",
    LoggedModelMetric: "run_id",
}

Row = dict[str, Any]


def export(journal: Journal, archive: Path, *, checkout: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as recorded:
        for table in TABLES:
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(table, journal.shifts))
            _add(recorded, table_file(table), _without_checkout(lines.encode(), table_file(table), checkout))
        store = get_store()
        for info in sorted(store.walk(""), key=lambda info: info.path):
            with store.open(info.path) as stream:
                content = stream.read()
            if info.name in TEXT_FILES:
                content = content.replace(f"{checkout}/".encode(), b"")
            _add(recorded, FILES + info.path, _without_checkout(content, info.path, checkout))


def _add(recorded: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, NO_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    recorded.writestr(entry, content)


def _without_checkout(content: bytes, name: str, checkout: Path) -> bytes:
    if str(checkout).encode() in content:
        raise AssertionError(f"{name} names a folder of this machine: {checkout}.")
    return content


def rows_of(table: type[models.Model], shifts: dict[str, int]) -> Iterator[Row]:
    people = dict(RunTag.objects.filter(key=USER_TAG).values_list("run_id", "value"))
    # The experiments were made before the training, so that events are not in order by their keys.
    order = ("at", "pk") if table is Event else ("pk",)
    for found in table._default_manager.order_by(*order):
        if table is Experiment and found.pk == Experiment.DEFAULT_ID:
            continue
        row = {field.attname: getattr(found, field.attname) for field in table._meta.concrete_fields}
        if "id" in row and table not in RENUMBERED:
            del row["id"]
        if table is Event:
            row |= {"actor_id": None, "request_id": "", "ip": ""}
        if table in LOGGED:
            run_id = row[LOGGED[table]]
            row |= {name: row[name] and row[name] + shifts[run_id] for name in time_columns(table)}
            # The client logs everything as the one who started the server; whose run it was stands in its tag.
            row |= {"created_by": people[run_id]} if "created_by" in row else {}
        yield row
