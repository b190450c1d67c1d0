"""Many rows in one statement, as plain values."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db import connection, models


def insert_rows(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    *,
    unique: tuple[str, ...] = (),
    update: tuple[str, ...] = (),
) -> None:
    """Inserts what is not there yet; of a row with the same `unique` columns, `update` takes the new values.

    What `bulk_create` does takes longer to build instances and their statement than the database to write them, and
    metrics come by the thousand. Values go to the driver as they are, which is right for numbers and texts only.
    """
    insert = f"INSERT INTO {_quoted([model._meta.db_table])} ({_quoted(columns)})"
    conflict = "ON CONFLICT DO NOTHING"
    if update:
        new_values = ", ".join(f"{_quoted([name])} = excluded.{_quoted([name])}" for name in update)
        conflict = f"ON CONFLICT ({_quoted(unique)}) DO UPDATE SET {new_values}"
    with connection.cursor() as cursor:
        for values, parameters in _parts(model, columns, rows):
            cursor.execute(f"{insert} {values} {conflict}", parameters)


def _parts(
    model: type[models.Model], columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[str, list[Any]]]:
    """The rows as statements take them. PostgreSQL reads a few long arrays much faster than thousands of values."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
        arrays = ", ".join(f"%s::{types[name]}[]" for name in columns)
        # Types and columns are the code's own; values stay parameters.
        yield f"SELECT * FROM UNNEST({arrays})", [list(values) for values in zip(*rows, strict=True)]  # noqa: S608 - see above
        return
    place = f"({', '.join(['%s'] * len(columns))})"
    at_once = (connection.features.max_query_params or len(rows)) // len(columns)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        yield f"VALUES {', '.join([place] * len(part))}", list(chain.from_iterable(part))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, names))
