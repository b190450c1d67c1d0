"""Saved views: named addresses of an experiment, for everybody who sees it."""

import pytest

from models_app import limits
from models_app.actors import Actor
from models_app.errors import AlreadyExists, DoesNotExist, InvalidState, InvalidValue, PermissionDenied
from models_app.models import Event, SavedView
from models_app.services import experiments, saved_views
from tests import make

pytestmark = pytest.mark.django_db
STRANGER = Actor(name="nobody", via="web")


@pytest.fixture
def experiment():
    return make.experiment()


def save(experiment, name="Best", query="sort=-metrics.loss", actor=None):
    return saved_views.create_saved_view(
        actor=actor or make.actor("sam"), experiment_id=experiment.pk, name=name, query=query
    )


def test_a_view_is_saved_changed_and_deleted_and_each_leaves_an_event(experiment):
    view = save(experiment, " Best ")
    assert (view.name, view.query, view.created_by) == ("Best", "sort=-metrics.loss", "sam")
    for query in ("q=x", "q=x"):
        saved_views.update_saved_view(actor=make.actor(), view_id=view.pk, query=query)
    assert saved_views.delete_saved_view(actor=make.actor(), view_id=view.pk).query == "q=x"
    assert not SavedView.objects.exists()
    told = Event.objects.filter(kind__startswith="saved_view").order_by("pk")
    assert list(told.values_list("kind", "before")) == [
        ("saved_view.created", {}),
        ("saved_view.updated", {"query": "sort=-metrics.loss"}),
        ("saved_view.deleted", {"query": "q=x"}),
    ]


@pytest.mark.parametrize(
    ("name", "query"), [("  ", ""), ("x" * (limits.SAVED_VIEW_NAME + 1), ""), ("Best", "x" * 8_001), ("a\x00", "")]
)
def test_names_and_addresses_that_can_not_be_kept_are_refused(experiment, name, query):
    with pytest.raises(InvalidValue):
        save(experiment, name, query)
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_in_an_experiment(experiment):
    save(experiment, "Best", "q=1")
    with pytest.raises(AlreadyExists) as refused:
        save(experiment, "Best", "q=2")
    assert refused.value.field == "name"
    assert save(make.experiment("other"), "Best").name == "Best"
    assert experiment.saved_views.get().query == "q=1"
    assert Event.objects.filter(kind="saved_view.created").count() == 2


def test_an_experiment_keeps_so_many_views(experiment, monkeypatch):
    monkeypatch.setattr(limits, "SAVED_VIEWS", 1)
    save(experiment)
    with pytest.raises(InvalidState, match="keeps 1 views"):
        save(experiment, "Another")


def test_a_deleted_experiment_takes_no_new_view_but_gives_up_old_ones(experiment):
    view = save(experiment)
    experiments.delete_experiment(actor=make.actor(), experiment_id=experiment.pk)
    with pytest.raises(InvalidValue, match="deleted"):
        save(experiment, "Another")
    saved_views.delete_saved_view(actor=make.actor(), view_id=view.pk)


def test_views_that_are_not_there_or_not_seen_are_not_found(experiment):
    view = save(experiment)
    elsewhere = Actor(name="sam", via="web", workspace="elsewhere")
    for actor, pk in ((make.actor(), view.pk + 1), (elsewhere, view.pk)):
        with pytest.raises(DoesNotExist):
            saved_views.update_saved_view(actor=actor, view_id=pk, query="x")
        with pytest.raises(DoesNotExist):
            saved_views.delete_saved_view(actor=actor, view_id=pk)
    with pytest.raises(InvalidValue, match="length"):
        saved_views.update_saved_view(actor=make.actor(), view_id=view.pk, query="x" * 8_001)


def test_who_may_not_edit_saves_changes_and_deletes_nothing(experiment):
    view = save(experiment)
    for attempt in (
        lambda: save(experiment, "Mine", actor=STRANGER),
        lambda: saved_views.update_saved_view(actor=STRANGER, view_id=view.pk, query="x"),
        lambda: saved_views.delete_saved_view(actor=STRANGER, view_id=view.pk),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert experiment.saved_views.get().query == "sort=-metrics.loss"
