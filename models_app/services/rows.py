"""Many rows in one statement, as plain values."""

from collections.abc import Sequence
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
    at_once = (connection.features.max_query_params or 30_000) // len(columns)
    for start in range(0, len(rows), at_once):
        part = rows[start : start + at_once]
        with connection.cursor() as cursor:
            cursor.execute(_statement(model, columns, unique, update, len(part)), list(chain.from_iterable(part)))


def _statement(
    model: type[models.Model], columns: tuple[str, ...], unique: tuple[str, ...], update: tuple[str, ...], count: int
) -> str:
    quote = connection.ops.quote_name
    conflict = "DO NOTHING"
    if update:
        new_values = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in update)
        conflict = f"({', '.join(map(quote, unique))}) DO UPDATE SET {new_values}"
    place = f"({', '.join(['%s'] * len(columns))})"
    # Table and columns are the code's own; values stay parameters.
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, columns))}) "  # noqa: S608
        f"VALUES {', '.join([place] * count)} ON CONFLICT {conflict}"
    )
