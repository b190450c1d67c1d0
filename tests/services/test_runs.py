import json
import math

import pytest

from models_app import limits
from models_app.errors import BadRequest, DoesNotExist, InvalidState, InvalidValue
from models_app.models import Dataset, DatasetInput, Event, LatestMetric, Metric, Param, Run, RunTag
from models_app.services import experiments, logged_models, metrics, runs
from models_app.services.metrics import Point
from models_app.services.runs import DatasetRecord
from tests import make

pytestmark = pytest.mark.django_db


def point(key="loss", value=1.0, timestamp=1, step=0, **fields):
    return Point(key=key, value=value, timestamp=timestamp, step=step, **fields)


def log(run, *points, params=(), tags=()):
    metrics.log_batch(actor=make.actor(), run_id=run.pk, metrics=points, params=params, tags=tags)


def test_a_run_without_a_name_gets_one_and_the_tag_says_so():
    run = make.run()
    assert run.name
    assert run.tags.get(key="mlflow.runName").value == run.name


def test_a_runs_artifacts_lie_below_its_experiment():
    experiment = make.experiment()
    run = make.run(experiment)
    assert run.artifact_uri == f"mlflow-artifacts:/{experiment.pk}/{run.pk}/artifacts"


def test_two_different_names_are_refused():
    with pytest.raises(InvalidValue, match="different values"):
        make.run(run_name="a", tags={"mlflow.runName": "b"})


def test_a_run_of_a_missing_or_deleted_experiment_is_refused():
    with pytest.raises(DoesNotExist):
        runs.create_run(actor=make.actor(), experiment_id=999)
    experiment = make.experiment()
    experiments.delete_experiment(actor=make.actor(), experiment_id=experiment.pk)
    with pytest.raises(InvalidValue, match="active"):
        make.run(experiment)


def test_the_run_name_tag_renames_the_run():
    run = make.run(run_name="old")
    runs.set_run_tag(actor=make.actor(), run_id=run.pk, key="mlflow.runName", value="new")
    assert Run.objects.get().name == "new"
    assert Event.objects.latest("id").before == {"name": "old"}


def test_a_deleted_run_takes_no_writes_until_it_is_restored():
    run = make.run()
    runs.delete_run(actor=make.actor(), run_id=run.pk)
    runs.delete_run(actor=make.actor(), run_id=run.pk)
    with pytest.raises(InvalidValue, match="active"):
        log(run, point())
    runs.restore_run(actor=make.actor(), run_id=run.pk)
    log(run, point())
    assert Metric.objects.count() == 1
    assert Event.objects.filter(kind="run.deleted").count() == 1


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


def test_inputs_are_known_by_name_and_digest():
    first, second = make.run(experiment := make.experiment()), make.run(experiment)
    record = DatasetRecord(
        name="iris", digest="d1", source_type="local", source="{}", tags=(("mlflow.data.context", "train"),)
    )
    for run in (first, second, second):
        runs.log_inputs(actor=make.actor(), run_id=run.pk, datasets=[record], models=["m-1"])
    assert (Dataset.objects.count(), DatasetInput.objects.count()) == (1, 2)
    assert DatasetInput.objects.first().context == "train"


def test_outputs_may_be_sent_twice():
    run = make.run()
    for _ in range(2):
        runs.log_outputs(actor=make.actor(), run_id=run.pk, models=[("m-1", 3)])
    assert run.model_outputs.get().step == 3


def test_the_model_history_of_old_clients_stays_a_valid_list():
    run = make.run()
    description = '{"artifact_path": "model", "flavors": {"x": "%s"}, "utc_time_created": "t", "run_id": "r"}'
    for letter in "abc":
        runs.log_model(actor=make.actor(), run_id=run.pk, model_json=description % (letter * 3000))
    history = json.loads(run.tags.get(key="mlflow.log-model.history").value)
    assert [entry["flavors"]["x"][0] for entry in history] == ["b", "c"]


def test_a_model_history_that_is_no_list_is_begun_anew():
    run = make.run(tags={"mlflow.log-model.history": "[" * 8000})
    description = '{"artifact_path": "model", "flavors": {}, "utc_time_created": "t", "run_id": "r"}'
    runs.log_model(actor=make.actor(), run_id=run.pk, model_json=description)
    history = json.loads(run.tags.get(key="mlflow.log-model.history").value)
    assert [entry["artifact_path"] for entry in history] == ["model"]


@pytest.mark.parametrize("text", ["{", "[]", "{}", "[" * 100_000])
def test_a_model_description_that_makes_no_sense_is_refused(text):
    with pytest.raises(InvalidValue):
        runs.log_model(actor=make.actor(), run_id=make.run().pk, model_json=text)


def test_deleting_an_experiment_hides_its_runs_and_restoring_brings_all_back():
    experiment = make.experiment()
    run = make.run(experiment)
    experiments.delete_experiment(actor=make.actor(), experiment_id=experiment.pk)
    assert Run.objects.get(pk=run.pk).is_deleted
    with pytest.raises(InvalidState):
        experiments.rename_experiment(actor=make.actor(), experiment_id=experiment.pk, new_name="x")
    experiments.restore_experiment(actor=make.actor(), experiment_id=experiment.pk)
    assert not Run.objects.get(pk=run.pk).is_deleted


def test_logged_model_params_are_write_once_and_retries_are_fine():
    model = make.logged_model(params=[("depth", "3")])
    add = {"actor": make.actor(), "model_id": model.pk}
    logged_models.log_logged_model_params(**add, params=[("depth", "3"), ("width", "4")])
    with pytest.raises(InvalidValue):
        logged_models.log_logged_model_params(**add, params=[("depth", "5")])
    assert dict(model.params.values_list("key", "value")) == {"depth": "3", "width": "4"}


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_illegal_logged_model_names_are_refused(name):
    with pytest.raises(InvalidValue):
        make.logged_model(name=name)
