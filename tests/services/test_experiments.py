import pytest

from models_app.errors import AlreadyExists, DoesNotExist, InvalidState, InvalidValue, PermissionDenied
from models_app.models import Event, Experiment, Run
from models_app.services import access, experiments
from models_app.services.access import Level
from tests import make

pytestmark = pytest.mark.django_db


def test_an_experiment_is_created_with_its_place_and_an_event():
    made = make.experiment("iris", tags=[("team", "growth")])
    assert made.artifact_location == f"mlflow-artifacts:/{made.pk}"
    assert made.tags.get().value == "growth"
    assert Event.objects.get(experiment_id=made.pk).kind == "experiment.created"


def test_a_taken_name_is_refused_at_the_field_that_was_typed():
    make.experiment("iris")
    wine = make.experiment("wine")
    with pytest.raises(AlreadyExists) as created:
        make.experiment("iris")
    with pytest.raises(AlreadyExists) as renamed:
        experiments.rename_experiment(actor=make.actor(), experiment_id=wine.pk, new_name="iris")
    assert (created.value.field, renamed.value.field) == ("name", "new_name")
    assert Experiment.objects.get(pk=wine.pk).name == "wine"


@pytest.mark.parametrize("name", ["", "  ", "x" * 501, "a\x00"])
def test_a_name_that_can_not_be_is_refused(name):
    with pytest.raises(InvalidValue):
        experiments.create_experiment(actor=make.actor(), name=name)


def test_the_right_to_edit_neither_deletes_nor_restores(monkeypatch):
    experiment = make.experiment()
    monkeypatch.setattr(access, "level_for", lambda actor, obj=None: Level.EDIT)
    for verb in (experiments.delete_experiment, experiments.restore_experiment):
        with pytest.raises(PermissionDenied, match="manage"):
            verb(actor=make.actor(), experiment_id=experiment.pk)
    assert not Experiment.objects.get(pk=experiment.pk).is_deleted


def test_a_tag_is_set_told_once_and_removed():
    given = {"actor": make.actor(), "experiment_id": make.experiment().pk, "key": "team"}
    for _ in range(2):
        experiments.set_experiment_tag(**given, value="growth")
    assert Event.objects.filter(kind="experiment_tag.set").count() == 1
    experiments.delete_experiment_tag(**given)
    with pytest.raises(DoesNotExist):
        experiments.delete_experiment_tag(**given)


def test_deleting_an_experiment_hides_its_runs_and_restoring_brings_all_back():
    experiment = make.experiment()
    run = make.run(experiment)
    experiments.delete_experiment(actor=make.actor(), experiment_id=experiment.pk)
    assert Run.objects.get(pk=run.pk).is_deleted
    with pytest.raises(InvalidState):
        experiments.rename_experiment(actor=make.actor(), experiment_id=experiment.pk, new_name="x")
    experiments.restore_experiment(actor=make.actor(), experiment_id=experiment.pk)
    assert not Run.objects.get(pk=run.pk).is_deleted
