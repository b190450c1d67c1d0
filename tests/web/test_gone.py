"""Pages of what was deleted: who did it and when, for those who could see it before."""

import pytest

from models_app.models import Event
from models_app.services import model_versions, registered_models
from tests import make

pytestmark = pytest.mark.django_db
MIA = make.actor("mia")


def text(response) -> str:
    assert response.status_code == 404
    return response.content.decode()


@pytest.mark.parametrize("rest", ["", "/files", "/activity", "/delete"])
def test_a_deleted_version_says_who_deleted_it_and_leads_to_its_model(client, rest):
    make.version("churn clf")
    make.version("churn clf")
    model_versions.delete_model_version(actor=MIA, name="churn clf", version=1)
    page = text(client.get(f"/models/churn clf/versions/1{rest}"))
    assert "Version 1 of churn clf was deleted</h1>" in page
    assert '<span class="who">mia</span>' in page
    assert "deleted it <time" in page
    assert 'href="/models/churn%20clf"' in page


def test_a_version_that_never_was_leads_to_its_model(client):
    make.version("churn")
    page = text(client.get("/models/churn/versions/7"))
    assert "There is no version 7 of churn</h1>" in page
    assert "deleted it" not in page
    assert 'href="/models/churn"' in page


def test_a_deleted_model_says_who_deleted_it(client):
    make.version("churn")
    registered_models.delete_registered_model(actor=MIA, name="churn")
    for address in ("/models/churn", "/models/churn/versions/1", "/models/churn/@champion"):
        page = text(client.get(address))
        assert "The model churn was deleted</h1>" in page
        assert '<span class="who">mia</span>' in page


def test_a_model_that_never_was_is_called_by_its_name(client):
    make.model("churn")
    registered_models.delete_registered_model(actor=MIA, name="churn")
    page = text(client.get("/models/Churn"))
    assert "There is no model Churn</h1>" in page
    assert "mia" not in page


def test_what_was_deleted_elsewhere_is_not_told(client):
    make.model("churn")
    registered_models.delete_registered_model(actor=MIA, name="churn")
    Event.objects.update(workspace_name="elsewhere")
    page = text(client.get("/models/churn"))
    assert "There is no model churn</h1>" in page
    assert "mia" not in page


def test_a_missing_alias_of_a_model_that_is_there_is_just_that(client):
    make.version("churn")
    page = text(client.get("/models/churn/@shadow"))
    assert "No version of churn has the alias @shadow." in page


def test_strangers_are_told_nothing(client, settings):
    make.model("churn")
    registered_models.delete_registered_model(actor=MIA, name="churn")
    settings.LOGIN_REQUIRED = True
    assert client.get("/models/churn").status_code == 302
