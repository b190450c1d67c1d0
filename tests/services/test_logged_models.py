import pytest

from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event, LoggedModel
from models_app.services import access, logged_models
from models_app.services.access import Level
from tests import make

pytestmark = pytest.mark.django_db


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


def test_a_model_is_deleted_once_and_told_once():
    model = make.logged_model()
    for _ in range(2):
        logged_models.delete_logged_model(actor=make.actor(), model_id=model.pk)
    assert Event.objects.filter(kind="logged_model.deleted", logged_model_id=model.pk).count() == 1
    with pytest.raises(DoesNotExist):
        logged_models.finalize_logged_model(actor=make.actor(), model_id="m-0", status=LoggedModel.Status.READY)


def test_an_upload_may_end_after_its_model_was_deleted():
    model, actor = make.logged_model(is_ready=False), make.actor()
    logged_models.delete_logged_model(actor=actor, model_id=model.pk)

    logged_models.finalize_logged_model(actor=actor, model_id=model.pk, status=LoggedModel.Status.READY)
    logged_models.set_logged_model_tags(actor=actor, model_id=model.pk, tags=[("k", "v")])
    logged_models.delete_logged_model_tag(actor=actor, model_id=model.pk, key="k")
    logged_models.log_logged_model_params(actor=actor, model_id=model.pk, params=[("p", "1")])
    model.refresh_from_db()
    assert (model.status, model.is_deleted, model.params.get().value) == (LoggedModel.Status.READY, True, "1")


def test_deleting_a_model_needs_the_right_to_manage(monkeypatch):
    model = make.logged_model()
    monkeypatch.setattr(access, "level_for", lambda actor, obj=None: Level.EDIT)
    with pytest.raises(PermissionDenied, match="manage"):
        logged_models.delete_logged_model(actor=make.actor(), model_id=model.pk)
    assert not LoggedModel.objects.get().is_deleted
