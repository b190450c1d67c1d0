"""Undoing: back to what was before, unless somebody has decided otherwise since."""

import pytest

from models_app.actors import Actor
from models_app.errors import Conflict, DoesNotExist, PermissionDenied
from models_app.models import Event, ModelAlias
from models_app.services import experiments, model_versions, registered_models, runs
from models_app.services.undoing import undo_alias_changes, undo_tag_removal
from tests import make

pytestmark = pytest.mark.django_db
FIRST = Actor(name="mia", via="command", request_id="first")
SECOND = Actor(name="mia", via="command", request_id="second")


def aliases() -> dict[str, int]:
    return dict(ModelAlias.objects.values_list("name", "version__number"))


@pytest.fixture
def iris():
    model = make.model("iris")
    for _ in range(3):
        make.version(model)
    registered_models.set_version_aliases(actor=make.actor(), name="iris", version=1, aliases=["champion", "old"])
    return model


def test_all_changes_of_a_request_are_taken_back(iris):
    before = aliases()
    registered_models.set_version_aliases(actor=make.actor(), name="iris", version=2, aliases=["shadow"])
    before = aliases()
    registered_models.set_version_aliases(actor=FIRST, name="iris", version=2, aliases=["champion", "new"])
    assert aliases() == {"champion": 2, "new": 2, "old": 1}
    undo_alias_changes(actor=SECOND, name="iris", request_id="first")
    assert aliases() == before
    assert Event.objects.filter(request_id="second", reason="undo").count() == 3


def test_an_undo_can_be_undone(iris):
    registered_models.set_registered_model_alias(actor=FIRST, name="iris", alias="champion", version=3)
    undo_alias_changes(actor=SECOND, name="iris", request_id="first")
    undo_alias_changes(actor=make.actor(), name="iris", request_id="second")
    assert aliases()["champion"] == 3


def test_what_was_changed_since_stays(iris):
    registered_models.set_version_aliases(actor=FIRST, name="iris", version=2, aliases=["champion", "new"])
    registered_models.set_registered_model_alias(actor=SECOND, name="iris", alias="champion", version=3)
    with pytest.raises(Conflict, match="it points at version 3 now"):
        undo_alias_changes(actor=SECOND, name="iris", request_id="first")
    assert aliases() == {"champion": 3, "new": 2, "old": 1}


def test_a_removed_alias_is_not_moved_by_an_undo(iris):
    registered_models.set_registered_model_alias(actor=FIRST, name="iris", alias="champion", version=3)
    registered_models.delete_registered_model_alias(actor=SECOND, name="iris", alias="champion")
    with pytest.raises(Conflict, match="it was removed"):
        undo_alias_changes(actor=SECOND, name="iris", request_id="first")


def test_a_removal_is_taken_back_once(iris):
    registered_models.delete_registered_model_alias(actor=FIRST, name="iris", alias="champion")
    undo_alias_changes(actor=SECOND, name="iris", request_id="first")
    assert aliases()["champion"] == 1
    with pytest.raises(Conflict):
        undo_alias_changes(actor=SECOND, name="iris", request_id="first")


def test_an_alias_does_not_go_back_to_a_deleted_version(iris):
    registered_models.set_registered_model_alias(actor=FIRST, name="iris", alias="champion", version=3)
    model_versions.delete_model_version(actor=make.actor(), name="iris", version=1)
    with pytest.raises(Conflict, match="Version 1 is deleted"):
        undo_alias_changes(actor=SECOND, name="iris", request_id="first")
    assert aliases() == {"champion": 3}


@pytest.mark.parametrize("request_id", ["", "unknown"])
def test_an_unknown_request_is_not_undone(iris, request_id):
    with pytest.raises(DoesNotExist):
        undo_alias_changes(actor=FIRST, name="iris", request_id=request_id)


def test_undoing_needs_the_right_to_edit(iris):
    registered_models.set_registered_model_alias(actor=FIRST, name="iris", alias="champion", version=3)
    with pytest.raises(PermissionDenied):
        undo_alias_changes(actor=Actor(name="nobody", via="web"), name="iris", request_id="first")


def value_of(obj, key: str) -> str | None:
    return obj.tags.filter(key=key).values_list("value", flat=True).first()


def test_a_removed_tag_comes_back_with_its_value():
    model, version = make.model("tagged", tags={"team": "a"}), make.version("tagged", tags={"team": "b"})
    experiment = make.experiment(tags=[("team", "c")])
    run = make.run(experiment, tags={"team": "d"})
    registered_models.delete_registered_model_tag(actor=FIRST, name="tagged", key="team")
    model_versions.delete_model_version_tag(actor=FIRST, name="tagged", version=1, key="team")
    experiments.delete_experiment_tag(actor=FIRST, experiment_id=experiment.pk, key="team")
    runs.delete_run_tag(actor=FIRST, run_id=run.pk, key="team")
    for obj, value in ((model, "a"), (version, "b"), (experiment, "c"), (run, "d")):
        assert value_of(obj, "team") is None
        assert undo_tag_removal(actor=SECOND, obj=obj, request_id="first") == "team"
        assert value_of(obj, "team") == value


def test_a_tag_that_was_set_again_keeps_its_new_value():
    model = make.model("tagged", tags={"team": "a"})
    registered_models.delete_registered_model_tag(actor=FIRST, name="tagged", key="team")
    registered_models.set_registered_model_tag(actor=SECOND, name="tagged", key="team", value="b")
    with pytest.raises(Conflict, match="set again since"):
        undo_tag_removal(actor=SECOND, obj=model, request_id="first")
    assert value_of(model, "team") == "b"


@pytest.mark.parametrize("request_id", ["", "unknown", "first"])
def test_a_removal_of_another_things_tag_is_not_undone_here(request_id):
    other = make.model("other", tags={"team": "a"})
    make.model("tagged", tags={"team": "a"})
    registered_models.delete_registered_model_tag(actor=FIRST, name="tagged", key="team")
    with pytest.raises(DoesNotExist):
        undo_tag_removal(actor=FIRST, obj=other, request_id=request_id)


def test_bringing_a_tag_back_needs_the_right_to_edit():
    model = make.model("tagged", tags={"team": "a"})
    registered_models.delete_registered_model_tag(actor=FIRST, name="tagged", key="team")
    with pytest.raises(PermissionDenied):
        undo_tag_removal(actor=Actor(name="nobody", via="web"), obj=model, request_id="first")
    assert value_of(model, "team") is None
