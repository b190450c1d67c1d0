import pytest
from django.db import connection

from models_app.models import LatestMetric, Metric, RunTag
from models_app.services.rows import insert_rows
from tests import make

pytestmark = pytest.mark.django_db


def test_rows_that_are_there_stay_or_take_the_new_values() -> None:
    run = make.run()
    columns, unique = ("run_id", "key", "value"), ("run_id", "key")
    insert_rows(RunTag, columns, [(run.pk, "a", "1"), (run.pk, "b", "%s ü")])
    insert_rows(RunTag, columns, [(run.pk, "a", "2"), (run.pk, "c", "3")])
    kept = run.tags.filter(key__in=["a", "b", "c", "d"]).values_list("key", "value")
    assert dict(kept.all()) == {"a": "1", "b": "%s ü", "c": "3"}

    insert_rows(RunTag, columns, [(run.pk, "a", "2"), (run.pk, "d", "4")], unique=unique, update=("value",))
    assert dict(kept.all()) == {"a": "2", "b": "%s ü", "c": "3", "d": "4"}


def test_odd_texts_stay_what_they_are() -> None:
    run = make.run()
    texts = [
        "",
        "NULL",
        "null",
        "{\"a\\b\", 'c'}",
        "\\",
        '"',
        ",",
        "{}",
        " x ",
        "%s",
        "%%",
        "?",
        "日本\n\t",
        "$1",
        "\\x41",
    ]
    insert_rows(RunTag, ("run_id", "key", "value"), [(run.pk, f"k{n}", text) for n, text in enumerate(texts)])

    assert dict(run.tags.filter(key__startswith="k").values_list("key", "value")) == {
        f"k{n}": text for n, text in enumerate(texts)
    }


def test_more_values_than_a_statement_takes_go_in_several(django_assert_max_num_queries) -> None:
    run = make.run()
    values = [0.1, -1.7976931348623157e308, 5e-324, float(2**60), 3.0]
    rows = [(run.pk, f"k{n}", values[n % 5], False, n, 2**62 + n) for n in range(1_000)]
    with django_assert_max_num_queries(1 if connection.vendor == "postgresql" else 7):
        insert_rows(Metric, ("run_id", "key", "value", "is_nan", "step", "timestamp"), rows)

    kept = Metric.objects.filter(run=run).values_list("run_id", "key", "value", "is_nan", "step", "timestamp")
    assert sorted(kept) == sorted(rows)
    insert_rows(LatestMetric, ("run_id", "experiment_id", "key", "value", "is_nan", "step", "timestamp"), [])
