"""Column types and SQL expressions that models and searches spell alike, so that the indexes serve the searches."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Q
from django.db.models.functions import Substr
from django.db.models.lookups import Exact


class ValuePrefix(Func):
    """The first 128 characters of a text: what an index holds of values that may be far longer than an index row.

    The numbers are literals: SQLite does not match an expression index against a query that binds them.
    """

    template = "SUBSTR(%(expressions)s, 1, 128)"
    arity = 1
    output_field = models.TextField()
    length = 128


def text_is(column: str, value: str) -> Q:
    """Equality that an index on the column's ValuePrefix serves.

    The column itself is never compared with the whole value: SQLite would put the value in the column's place inside
    SUBSTR() and then not recognize the index.
    """
    found = Q(Exact(ValuePrefix(column), value[: ValuePrefix.length]))
    if len(value) >= ValuePrefix.length:
        found &= Q(Exact(Substr(column, ValuePrefix.length + 1), value[ValuePrefix.length :]))
    return found


class BytewiseCharField(models.CharField):
    """A short text compared and sorted by its bytes on every database, so that `Iris` and `iris` differ."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        return {**super().db_parameters(connection), **_bytewise(connection)}

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        kind = super().db_type(connection)
        if connection.vendor != "postgresql" or kind is None:
            return kind
        # Django adds a second index for LIKE to every indexed column whose type is spelled "varchar".
        # In the "C" collation the plain index serves LIKE as well.
        return kind.replace("varchar", "character varying", 1)


class BytewiseTextField(models.TextField):
    """A text of any length compared and sorted by its bytes on every database."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        return {**super().db_parameters(connection), **_bytewise(connection)}


def _bytewise(connection: BaseDatabaseWrapper) -> dict[str, str]:
    # SQLite's default collation, BINARY, already compares bytes.
    return {"collation": "C"} if connection.vendor == "postgresql" else {}
