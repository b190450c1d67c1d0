"""Descriptions of experiments and runs: kept in MLflow's tag, never cut, never written over somebody else's."""

import pytest

from models_app.actors import Actor
from models_app.errors import Conflict, DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event
from models_app.models.experiments import NOTE_TAG
from models_app.services import experiments, notes, runs
from tests import make

pytestmark = pytest.mark.django_db
STRANGER = Actor(name="nobody", via="web")


def note(obj) -> str | None:
    return obj.tags.filter(key=NOTE_TAG).values_list("value", flat=True).first()


@pytest.fixture(params=["experiment", "run"])
def described(request):
    """The thing and a function that describes it."""
    if request.param == "experiment":
        made = make.experiment()
        write, key = notes.update_experiment_description, "experiment_id"
    else:
        made = make.run()
        write, key = notes.update_run_description, "run_id"

    def describe(text: str, expected: str | None = None, actor: Actor | None = None, pk: object = made.pk):
        return write(
            actor=actor or make.actor(), **{key: pk}, description=text, expected_description=expected
        )  # fmt: skip

    return made, describe


def test_a_description_is_the_tag_that_clients_read(described):
    made, describe = described
    describe("first")
    describe("second", expected="first")
    assert note(made) == "second"


def test_somebody_elses_text_is_not_overwritten(described):
    made, describe = described
    describe("theirs")
    with pytest.raises(Conflict) as caught:
        describe("mine", expected="what I read")
    assert caught.value.field == "description"
    assert note(made) == "theirs"


def test_a_long_text_is_refused_instead_of_cut(described):
    made, describe = described
    with pytest.raises(InvalidValue, match="maximum length"):
        describe("x" * 20_001)
    assert note(made) is None


def test_describing_needs_the_right_to_edit(described):
    made, describe = described
    with pytest.raises(PermissionDenied):
        describe("mine", actor=STRANGER)
    assert note(made) is None


def test_what_is_not_there_is_not_described(described):
    _, describe = described
    with pytest.raises(DoesNotExist):
        describe("mine", pk=987 if isinstance(described[0].pk, int) else "0" * 32)


def test_what_is_deleted_keeps_its_description(described):
    made, describe = described
    if isinstance(made.pk, int):
        experiments.delete_experiment(actor=make.actor(), experiment_id=made.pk)
    else:
        runs.delete_run(actor=make.actor(), run_id=made.pk)
    with pytest.raises(InvalidValue, match="deleted"):
        describe("mine")


def test_an_experiments_description_leaves_an_event_only_when_it_changes():
    experiment = make.experiment()
    for _ in range(2):
        notes.update_experiment_description(actor=make.actor(), experiment_id=experiment.pk, description="text")
    event = Event.objects.get(kind="experiment_tag.set")
    assert (event.before["value"], event.after["value"], event.actor_name) == ("", "text", "mia")
