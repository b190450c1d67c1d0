import math

import pytest

from models_app import limits
from models_app.errors import BadRequest, InvalidValue
from models_app.models import LatestMetric, Metric, Param, RunTag
from models_app.services import metrics
from models_app.services.metrics import Point
from tests import make

pytestmark = pytest.mark.django_db


def point(key="loss", value=1.0, timestamp=1, step=0, **fields):
    return Point(key=key, value=value, timestamp=timestamp, step=step, **fields)


def log(run, *points, params=(), tags=()):
    metrics.log_batch(actor=make.actor(), run_id=run.pk, metrics=points, params=params, tags=tags)


def test_a_batch_that_is_sent_twice_is_stored_once():
    run = make.run()
    for _ in range(2):
        log(run, point(step=1), point(step=2), params=[("depth", "3")], tags=[("stage", "tune")])
    assert (Metric.objects.count(), LatestMetric.objects.count(), Param.objects.count()) == (2, 1, 1)


def test_the_latest_metric_has_the_highest_step_then_time_then_value():
    run = make.run()
    log(run, point(value=1, step=5, timestamp=10), point(value=9, step=4, timestamp=99))
    log(run, point(value=2, step=5, timestamp=10), point(value=0, step=5, timestamp=9))
    assert LatestMetric.objects.get().value == 2


def test_a_late_point_of_an_early_step_does_not_become_the_latest():
    run = make.run()
    log(run, point(value=1, step=5))
    log(run, point(value=2, step=1, timestamp=50))
    assert LatestMetric.objects.get().value == 1


def test_nan_and_infinities_survive_on_every_database():
    run = make.run()
    log(run, point("nan", math.nan), point("up", math.inf), point("down", -math.inf))
    stored = {row.key: row.number for row in LatestMetric.objects.all()}
    assert math.isnan(stored["nan"])
    assert (stored["up"], stored["down"]) == (limits.MAX_FLOAT, -limits.MAX_FLOAT)


def test_whole_numbers_and_others_go_into_one_batch():
    log(make.run(), point("epochs", 3), point("loss", 0.5))
    assert {row.key: row.value for row in LatestMetric.objects.all()} == {"epochs": 3.0, "loss": 0.5}


def test_a_param_may_be_repeated_but_not_changed():
    run = make.run(params={"depth": "3"})
    metrics.log_parameter(actor=make.actor(), run_id=run.pk, key="depth", value="3")
    with pytest.raises(InvalidValue, match=r"'3'.*'4'"):
        metrics.log_parameter(actor=make.actor(), run_id=run.pk, key="depth", value="4")
    assert Param.objects.get().value == "3"


def test_a_conflicting_param_aborts_the_whole_batch():
    run = make.run(params={"depth": "3"})
    with pytest.raises(InvalidValue):
        log(run, point(), params=[("width", "1"), ("depth", "4")], tags=[("a", "b")])
    assert not Metric.objects.exists()
    assert not RunTag.objects.filter(key="a").exists()


def test_the_same_param_twice_in_a_batch_is_refused():
    with pytest.raises(InvalidValue, match="Duplicate"):
        log(make.run(), params=[("a", "1"), ("a", "1")])


@pytest.mark.parametrize(
    ("batch", "count"), [("metrics", 1001), ("params", 101), ("tags", 101)], ids=["metrics", "params", "tags"]
)
def test_batches_have_limits(batch, count):
    rows = [point(f"m{i}") if batch == "metrics" else (f"k{i}", "v") for i in range(count)]
    with pytest.raises(InvalidValue, match="at most"):
        metrics.log_batch(actor=make.actor(), run_id=make.run().pk, **{batch: rows})


def test_long_params_and_tags_are_cut():
    run = make.run()
    log(run, params=[("p", "x" * 7000)], tags=[("t", "x" * 9000)])
    assert len(Param.objects.get().value) == limits.PARAM_VALUE
    assert len(RunTag.objects.get(key="t").value) == limits.RUN_TAG_VALUE


@pytest.mark.parametrize("key", ["", "/a", "a//b", "..", "a/../b", "x" * 251, "bad\x00", "a;b"])
def test_illegal_metric_keys_are_refused(key):
    with pytest.raises(InvalidValue):
        log(make.run(), point(key))


@pytest.mark.parametrize(("field", "value"), [("timestamp", -1), ("timestamp", 2**63), ("step", 2**63)])
def test_numbers_beyond_64_bits_are_refused(field, value):
    with pytest.raises(InvalidValue):
        log(make.run(), point(**{field: value}))


def test_a_metric_of_a_model_is_stored_with_both():
    run = make.run()
    model = make.logged_model(run)
    log(run, point("accuracy", 0.9, model_id=model.pk, dataset_name="iris", dataset_digest="d1"))
    assert LatestMetric.objects.get().value == 0.9
    assert model.metrics.get().dataset_name == "iris"


def test_a_metric_of_an_unknown_model_is_refused_whole():
    run = make.run()
    with pytest.raises(BadRequest):
        log(run, point(model_id="m-" + "0" * 32))
    assert not Metric.objects.exists()
