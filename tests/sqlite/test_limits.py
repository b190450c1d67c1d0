"""Statements beyond SQLite's limits are told from a database that is not there."""

import pytest
from django.db import OperationalError, connection

from models_app.errors import too_much_at_once

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's limits"),
]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("'x' IN (" + ", ".join(["%s"] * 250_001) + ")", ["x"] * 250_001),
        (" OR ".join(["'x' = %s"] * 1_001), ["x"] * 1_001),
        ("'x' LIKE %s", ["x" * 50_001]),
    ],
)
def test_a_statement_too_large_is_the_fault_of_the_request(condition: str, values: list[str]) -> None:
    with connection.cursor() as cursor, pytest.raises(OperationalError) as caught:
        cursor.execute(f"SELECT {condition}", values)
    assert too_much_at_once(caught.value)


def test_another_failure_is_not() -> None:
    assert too_much_at_once(OperationalError("unable to open database file")) is None
