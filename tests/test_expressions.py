"""Bytewise columns and the indexed stretch of long values, on the database at hand."""

import pytest
from django.db import connection

from models_app.actors import SYSTEM
from models_app.expressions import ValuePrefix
from models_app.models import RegisteredModel
from tests import make

pytestmark = pytest.mark.django_db


def test_names_sort_by_their_bytes():
    for name in ("iris", "Iris", "_x", "é", "a b", "a-b", "Z"):
        make.model(name)
    found = RegisteredModel.objects.visible_to(SYSTEM).order_by("name").values_list("name", flat=True)
    assert list(found) == ["Iris", "Z", "_x", "a b", "a-b", "iris", "é"]


def test_names_that_differ_in_case_are_different_names():
    make.model("iris")
    assert make.model("Iris").pk != RegisteredModel.objects.get(name="iris").pk


def test_the_prefix_is_the_length_that_the_expression_names():
    make.model("m", tags={"k": "é" * 200})
    (prefix,) = RegisteredModel.objects.annotate(prefix=ValuePrefix("tags__value")).values_list("prefix", flat=True)
    assert prefix == "é" * ValuePrefix.length


def test_an_indexed_column_has_one_index():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "runs")
    assert sum(constraint["columns"] == ["run_id"] and constraint["index"] for constraint in constraints.values()) <= 1
