import json

import pytest

from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue
from models_app.models import Dataset, DatasetInput, Event, Run
from models_app.services import experiments, metrics, runs
from models_app.services.runs import DatasetRecord
from tests import make

pytestmark = pytest.mark.django_db


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
        metrics.log_parameter(actor=make.actor(), run_id=run.pk, key="depth", value="3")
    runs.restore_run(actor=make.actor(), run_id=run.pk)
    metrics.log_parameter(actor=make.actor(), run_id=run.pk, key="depth", value="3")
    assert run.params.get().value == "3"
    assert Event.objects.filter(kind="run.deleted").count() == 1


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


def test_the_newest_logged_model_is_kept_whole_however_long():
    run = make.run()
    description = '{"artifact_path": "%s", "flavors": {}, "utc_time_created": "", "run_id": ""}'
    for letter in "ab":
        runs.log_model(actor=make.actor(), run_id=run.pk, model_json=description % (letter * 50_000))
    (entry,) = json.loads(run.tags.get(key="mlflow.log-model.history").value)
    assert entry["artifact_path"] == "b" * 50_000
    with pytest.raises(InvalidValue, match="100,000"):
        runs.log_model(actor=make.actor(), run_id=run.pk, model_json=description % ("c" * 100_000))


def test_the_longest_name_of_a_run_fits_into_its_history():
    run = make.run(run_name="n" * 1_000)
    runs.delete_run(actor=make.actor(), run_id=run.pk)
    assert Event.objects.get(kind="run.deleted").target == "n" * 500


def test_several_runs_are_deleted_and_restored_with_an_event_each():
    selected = [make.run() for _ in range(3)]
    runs.delete_run(actor=make.actor(), run_id=selected[0].pk)
    runs.delete_runs(actor=make.actor(), run_ids=[run.pk for run in selected])
    assert Run.objects.deleted().count() == 3
    assert Event.objects.filter(kind="run.deleted").count() == 3
    runs.restore_runs(actor=make.actor(), run_ids=[run.pk for run in selected])
    assert Run.objects.deleted().count() == 0
    assert Event.objects.filter(kind="run.restored").count() == 3


@pytest.mark.parametrize("verb", [runs.delete_runs, runs.restore_runs, runs.tag_runs])
def test_a_selection_with_an_unknown_run_changes_nothing(verb):
    run = make.run()
    for odd in ("0" * 32, "no run id", "", "\x00"):
        with pytest.raises(DoesNotExist, match="nothing was changed"):
            verb(actor=make.actor(), run_ids=[run.pk, odd])
    with pytest.raises(InvalidValue, match="Select"):
        verb(actor=make.actor(), run_ids=[])
    with pytest.raises(InvalidValue, match="At most"):
        verb(actor=make.actor(), run_ids=[str(number) for number in range(1_001)])
    run.refresh_from_db()
    assert not run.is_deleted


def test_runs_of_another_workspace_are_not_found():
    run = make.run()
    stranger = Actor(name="sam", via="command", workspace="elsewhere")
    with pytest.raises(DoesNotExist):
        runs.delete_runs(actor=stranger, run_ids=[run.pk])


def test_deleted_runs_are_not_tagged():
    active, deleted = make.run(), make.run()
    runs.delete_run(actor=make.actor(), run_id=deleted.pk)
    with pytest.raises(InvalidValue, match="restore it"):
        runs.tag_runs(actor=make.actor(), run_ids=[active.pk, deleted.pk], set_tags=[("team", "red")])
    assert not active.tags.filter(key="team").exists()


def test_taking_tags_from_several_runs_can_be_undone_by_their_events():
    run = make.run(tags={"team": "red"})
    runs.tag_runs(actor=make.actor(), run_ids=[run.pk], set_tags=[("stage", "x")], removed_keys=["team", "never"])
    assert not run.tags.filter(key="team").exists()
    event = Event.objects.get(kind="run_tag.deleted")
    assert (event.after, event.before) == ({"key": "team"}, {"value": "red"})


@pytest.mark.parametrize(
    ("started", "ended", "duration"),
    [
        (1_000, 5_000, 4_000),
        (5_000, 1_000, 0),
        (0, 5_000, None),
        (1_000, None, None),
        (-5, 5, None),
        (1, 2**63 - 1, 2**63 - 2),
    ],
)
def test_duration_is_kept_with_the_run(started, ended, duration):
    run = make.run(start_time=started)
    runs.update_run(actor=make.actor(), run_id=run.pk, status="FINISHED", end_time=ended)
    assert Run.objects.get(pk=run.pk).duration_ms == duration
