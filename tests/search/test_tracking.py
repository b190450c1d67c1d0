"""Searches of experiments, runs and logged models: what the random comparison does not reach."""

import pytest

from models_app import clock
from models_app.actors import SYSTEM
from models_app.models import Experiment, LoggedModel, Run
from models_app.search import EXPERIMENTS, LOGGED_MODELS, RUNS, Order, order_field, search
from models_app.services import experiments, logged_models, metrics, runs
from models_app.services.metrics import Point
from tests import make

pytestmark = pytest.mark.django_db


def find_experiments(text: str = "", *order: str) -> list[str]:
    found = search(Experiment.objects.visible_to(SYSTEM).exclude(pk=0), EXPERIMENTS, text, order)
    return [experiment.name for experiment in found]


def find_runs(text: str = "", *order: str, **scope: object) -> list[str]:
    return [run.name for run in search(Run.objects.visible_to(SYSTEM), RUNS, text, order, **scope)]


def find_models(text: str = "", *order: str | Order, **scope: object) -> list[str]:
    found = search(LoggedModel.objects.visible_to(SYSTEM).active(), LOGGED_MODELS, text, order, **scope)
    return [model.name for model in found]


def test_experiments_come_newest_first():
    for moment, name in ((1, "old"), (2, "b"), (2, "a")):
        with clock.at(moment):
            make.experiment(name)
    assert find_experiments() == ["b", "a", "old"]
    assert find_experiments("", "creation_time") == ["old", "a", "b"]
    assert find_experiments("", "name DESC") == ["old", "b", "a"]


def test_experiments_are_found_by_id():
    first, second = make.experiment("a"), make.experiment("b")
    assert find_experiments(f"experiment_id = '{first.pk}'") == ["a"]
    assert find_experiments(f"experiment_id != '{first.pk}'") == ["b"]
    assert find_experiments(f"experiment_id IN ('{first.pk}', '{second.pk}')") == ["b", "a"]
    assert find_experiments(f"experiment_id NOT IN ('{first.pk}')") == ["b"]


def test_experiments_are_found_by_time():
    for moment in (1, 2, 3):
        with clock.at(moment):
            make.experiment(str(moment))
    with clock.at(9):
        experiments.rename_experiment(actor=SYSTEM, experiment_id=Experiment.objects.get(name="1").pk, new_name="one")
    assert find_experiments("creation_time > 1 AND creation_time <= 2.5") == ["2"]
    assert find_experiments("last_update_time >= 9") == ["one"]


def test_experiments_are_found_by_tag():
    make.experiment("with", tags=[("team", "Red")])
    make.experiment("without")
    assert find_experiments("tags.team = 'Red'") == find_experiments("tag.team LIKE 'R%'") == ["with"]
    assert find_experiments("tags.team LIKE 'r%'") == []
    assert find_experiments("tags.team IS NULL") == ["without"]
    assert find_experiments("name = 'with' and tags.team != 'Blue'") == ["with"]


def test_a_run_is_found_by_its_name_and_by_the_tag_that_repeats_it():
    make.run(run_name="calm-fox-1")
    for key in ("run_name", "`Run name`", "attributes.run_name", "tags.mlflow.runName"):
        assert find_runs(f"{key} = 'calm-fox-1'") == ["calm-fox-1"]


def test_an_infinity_is_larger_than_every_number():
    make.run(run_name="a", metrics_={"m": float("inf")})
    make.run(run_name="b", metrics_={"m": float("-inf")})
    assert find_runs("metrics.m > 1e308") == ["a"]
    assert find_runs("metrics.m < -1e308") == ["b"]


def test_an_unfinished_run_has_no_end():
    make.run(run_name="running")
    done = make.run(run_name="done")
    runs.update_run(actor=SYSTEM, run_id=done.pk, status="FINISHED", end_time=5)
    assert find_runs("end_time != 4") == ["done"]
    assert find_runs("", "end_time") == find_runs("", "end_time DESC") == ["done", "running"]


def test_the_latest_value_of_a_metric_decides():
    run = make.run(run_name="a")
    points = [Point(key="m", value=value, timestamp=1, step=step) for step, value in enumerate((9.0, 1.0))]
    metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=points)
    assert find_runs("metrics.m = 1") == ["a"]
    assert find_runs("metrics.m = 9") == []


def test_runs_are_found_in_the_experiments_asked_for():
    run, other = make.run(run_name="a", metrics_={"m": 1}), make.run(run_name="b", metrics_={"m": 2})
    assert find_runs("metrics.m > 0", experiment_ids=[run.experiment_id]) == ["a"]
    assert find_runs("metrics.m > 0", "metrics.m", experiment_ids=[run.experiment_id, other.experiment_id]) == [
        "a",
        "b",
    ]


@pytest.fixture
def measured():
    """Three models: a was measured twice on one dataset, b on another state of it, c never."""
    run = make.run()
    a, b, _ = [make.logged_model(run, name) for name in "abc"]
    for model, value, timestamp, dataset in (
        (a, 0.9, 1, ("data", "1")),
        (a, 0.1, 2, ("data", "1")),
        (a, 0.5, 3, ("", "")),
        (b, 0.3, 1, ("data", "2")),
    ):
        point = Point(
            key="val acc",
            value=value,
            timestamp=timestamp,
            model_id=model.pk,
            dataset_name=dataset[0],
            dataset_digest=dataset[1],
        )
        metrics.log_batch(actor=SYSTEM, run_id=run.pk, metrics=[point])


def test_any_value_a_model_was_measured_with_counts(measured):
    assert find_models("metrics.`val acc` > 0.8") == ["a"]
    assert find_models("metrics.`val acc` < 0.2") == ["a"]
    assert find_models("metrics.`val acc` = 0.3") == ["b"]


@pytest.mark.parametrize(
    ("dataset", "found"),
    [(("data", "1"), ["a"]), (("data", ""), ["a", "b"]), (("data", "2"), ["b"]), (("other", ""), [])],
)
def test_metrics_may_be_asked_for_on_datasets(measured, dataset, found):
    assert find_models("metrics.`val acc` > 0", "name", datasets=[dataset]) == found


def test_several_datasets_are_alternatives(measured):
    datasets = [("data", "1"), ("data", "2")]
    assert find_models("metrics.`val acc` > 0.2", "name", datasets=datasets) == ["a", "b"]


def test_datasets_alone_mean_whatever_was_measured_on_them(measured):
    assert find_models("", "name", datasets=[("data", "")]) == ["a", "b"]
    assert find_models("name != 'x'", "name", datasets=[("data", "2"), ("other", "")]) == ["b"]


def test_models_are_sorted_by_the_newest_value(measured):
    assert find_models("", order_field("metrics.val acc")) == ["b", "a", "c"]
    assert find_models("", order_field("metrics.val acc", ascending=False)) == ["a", "b", "c"]


def test_models_may_be_sorted_by_a_value_on_one_dataset(measured):
    order = order_field("metrics.val acc", True, "data", "1")
    assert find_models("", order, order_field("name", ascending=False)) == ["a", "c", "b"]
    assert find_models("", order_field("metrics.val acc", True, "data")) == ["a", "b", "c"]


def test_a_quoted_field_is_the_same_field(measured):
    assert find_models("", order_field("metrics.`val acc`")) == ["b", "a", "c"]


def test_models_that_were_not_a_number_come_before_those_never_measured(measured):
    nan = make.logged_model(name="nan")
    point = Point(key="val acc", value=float("nan"), timestamp=1, model_id=nan.pk)
    metrics.log_batch(actor=SYSTEM, run_id=nan.source_run_id, metrics=[point])
    assert find_models("", order_field("metrics.val acc", ascending=False)) == ["a", "b", "nan", "c"]
    assert find_models("metrics.`val acc` != 0.5", "name") == ["a", "b", "nan"]


def test_logged_models_are_found_by_what_they_are():
    run = make.run()
    made = make.logged_model(run, "m", model_type="xgb", params=[("p", "1")], tags=[("t", "x")])
    make.logged_model(run, "other", is_ready=False)
    logged_models.finalize_logged_model(actor=SYSTEM, model_id=made.pk, status=LoggedModel.Status.READY)
    for text in (
        "name = 'm'",
        'name = "m"',
        f"attributes.model_id IN ('{made.pk}')",
        f"source_run_id = '{run.pk}' AND model_type = 'xgb'",
        f"experiment_id = '{run.experiment_id}' AND name LIKE 'm%'",
        "status = 2",
        "status = 'READY'",
        "status != 'LOGGED_MODEL_PENDING'",
        "status NOT IN ('PENDING')",
        "params.p = '1'",
        "params.p IN ('0', '1')",
        "params.p NOT IN ('0')",
        "tags.t ILIKE 'X'",
        "tags.t IS NOT NULL",
    ):
        assert find_models(text) == ["m"], text


def test_logged_models_come_newest_first():
    run = make.run()
    for moment, name in ((1, "old"), (3, "new"), (2, "middle")):
        with clock.at(moment):
            make.logged_model(run, name)
    assert find_models() == ["new", "middle", "old"]
    assert find_models("creation_timestamp_ms >= 2", "creation_time") == ["middle", "new"]
