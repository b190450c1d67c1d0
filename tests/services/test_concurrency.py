"""Many writers at once, on the database that the tests run on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from models_app.models import LatestMetric, Metric, ModelAlias, ModelVersion
from models_app.services import metrics, registered_models
from models_app.services.metrics import Point
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def at_once(task, count=WRITERS):
    """The results of `task(number)` in as many threads, each with a connection of its own."""

    def with_own_connection(number):
        try:
            return task(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(with_own_connection, range(count)))


def test_versions_registered_at_once_get_every_number_once():
    make.model("iris")
    numbers = at_once(lambda number: [make.version("iris").number for _ in range(5)])
    flat = sorted(number for some in numbers for number in some)
    assert flat == list(range(1, WRITERS * 5 + 1))
    assert ModelVersion.objects.count() == len(flat)


def test_an_alias_moved_at_once_ends_on_one_version():
    make.model("iris")
    for _ in range(WRITERS):
        make.version("iris")
    at_once(
        lambda number: registered_models.set_registered_model_alias(
            actor=make.actor(), name="iris", alias="champion", version=number + 1
        )
    )
    assert ModelAlias.objects.count() == 1


def test_batches_of_one_run_at_once_lose_no_point_and_agree_on_the_latest():
    run = make.run()

    def log(number):
        points = [
            Point(key="loss", value=1, timestamp=step, step=step) for step in range(number * 10, number * 10 + 10)
        ]
        metrics.log_batch(actor=make.actor(), run_id=run.pk, metrics=points)

    at_once(log)
    assert Metric.objects.count() == WRITERS * 10
    assert LatestMetric.objects.get().step == WRITERS * 10 - 1


def test_models_created_at_once_under_one_name_are_one_model():
    def create(number):
        try:
            return make.model("iris").pk
        except Exception as error:
            return type(error).__name__

    outcomes = at_once(create)
    assert outcomes.count("AlreadyExists") == WRITERS - 1
