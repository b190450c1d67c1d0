"""Example data: fills an empty registry from a recorded archive, whole or not at all."""

import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.management.color import no_style
from django.db import connection, models, transaction

from models_app.actors import Actor
from models_app.clock import now_ms
from models_app.models import (
    Dataset,
    DatasetInput,
    Event,
    Experiment,
    ExperimentTag,
    LatestMetric,
    LoggedModel,
    LoggedModelMetric,
    LoggedModelParam,
    LoggedModelTag,
    Metric,
    ModelAlias,
    ModelInput,
    ModelOutput,
    ModelVersion,
    ModelVersionTag,
    Param,
    RegisteredModel,
    RegisteredModelTag,
    Run,
    RunTag,
    VersionSummary,
    Workspace,
)
from models_app.services.access import Level, require
from models_app.storage import get_store

ARCHIVE = Path(__file__).resolve().parent.parent / "demo" / "registry.zip"
FILES = "artifacts/"
ROWS_AT_ONCE = 1_000
WRITERS = 8

# Each table after those it points to.
TABLES: tuple[type[models.Model], ...] = (
    Experiment, ExperimentTag, Run, Param, RunTag, Dataset, DatasetInput, ModelInput, ModelOutput, Metric, LatestMetric,
    LoggedModel, LoggedModelTag, LoggedModelParam, LoggedModelMetric, RegisteredModel, RegisteredModelTag,
    ModelVersion, ModelVersionTag, ModelAlias, VersionSummary, Event,
)  # fmt: skip
# Their keys are numbers that history may already know from models that were deleted: they get new ones. An experiment
# keeps its number, because the folders of its runs are named after it, and a deleted experiment keeps its row.
RENUMBERED = (Dataset, RegisteredModel, ModelVersion)

Row = dict[str, Any]


def load_demo(*, actor: Actor, archive: Path = ARCHIVE) -> bool:
    """Fills the registry once; False, and nothing has changed, when it holds anything already.

    The newest event of the archive happens now, everything else as long before as it was recorded. Files are stored
    first: should the process die among them, the registry is still empty and the next call writes them again.
    """
    require(actor, Level.MANAGE)
    if not is_empty():
        return False
    with zipfile.ZipFile(archive) as recorded:
        rows = {table: list(_read_rows(recorded, table)) for table in TABLES}
        _store_files(recorded)
    with transaction.atomic():
        # Two servers may start at once: the second waits here, and then finds the registry filled.
        Workspace.objects.select_for_update().get(pk=Workspace.DEFAULT)
        if not is_empty():
            return False
        _insert(rows)
    return True


def is_empty() -> bool:
    """Nothing but the experiment that every registry begins with."""
    experiments = Experiment.objects.exclude(pk=Experiment.DEFAULT_ID)
    return not any(rows.exists() for rows in (experiments, Run.objects, LoggedModel.objects, RegisteredModel.objects))


def table_file(table: type[models.Model]) -> str:
    return f"tables/{table._meta.db_table}.jsonl"


def time_columns(table: type[models.Model]) -> list[str]:
    """All times are named alike; numbers such as a step or a size are not times."""
    names = [field.attname for field in table._meta.concrete_fields]
    return [name for name in names if name.endswith("_at") or name in {"at", "timestamp"}]


def _read_rows(recorded: zipfile.ZipFile, table: type[models.Model]) -> Iterator[Row]:
    with recorded.open(table_file(table)) as lines:
        yield from (json.loads(line) for line in lines)


def _store_files(recorded: zipfile.ZipFile) -> None:
    """Several at a time: a store makes each file last before it goes on, and mostly waits for the disk."""
    store = get_store()

    def put(info: zipfile.ZipInfo) -> None:
        with recorded.open(info) as stream:
            store.put(info.filename.removeprefix(FILES), cast(BinaryIO, stream), expected_size=info.file_size)

    files = [info for info in recorded.infolist() if info.filename.startswith(FILES)]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(put, files))


def _insert(rows: dict[type[models.Model], list[Row]]) -> None:
    later = now_ms() - max(row[name] or 0 for table in TABLES for name in time_columns(table) for row in rows[table])
    numbers: dict[type[models.Model], dict[int, int]] = {}
    for table in TABLES:
        for row in rows[table]:
            _move(row, time_columns(table), later)
            _point_anew(row, table, numbers)
        recorded = [row.pop("id") for row in rows[table]] if table in RENUMBERED else []
        made = table._default_manager.bulk_create([table(**row) for row in rows[table]], batch_size=ROWS_AT_ONCE)
        if recorded:
            numbers[table] = {old: new.pk for old, new in zip(recorded, made, strict=True)}
    # PostgreSQL does not notice that an experiment came with its number.
    statements = connection.ops.sequence_reset_sql(no_style(), [Experiment])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _move(row: Row, columns: list[str], later: int) -> None:
    for name in columns:
        if row[name]:
            row[name] += later


def _point_anew(row: Row, table: type[models.Model], numbers: dict[type[models.Model], dict[int, int]]) -> None:
    if table is Event and row["registered_model_id"] is not None:
        row["registered_model_id"] = numbers[RegisteredModel][row["registered_model_id"]]
    for field in table._meta.concrete_fields:
        if field.remote_field and field.related_model in numbers:
            row[field.attname] = numbers[field.related_model][row[field.attname]]
