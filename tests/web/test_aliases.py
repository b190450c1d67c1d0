"""Aliases in the browser: a version's set, one alias on the move, and the way back."""

import json

import pytest
from django.test import Client

from models_app.models import Event, ModelAlias
from models_app.services import access, registered_models
from models_app.services.access import Level
from tests import make

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
REGION = {"HX-Request": "true", "HX-Target": "aliases"}
FORM = {"HX-Request": "true", "HX-Target": "alias-form"}
SET = "/models/iris/versions/2/aliases"


def aliases() -> dict[str, int]:
    return dict(ModelAlias.objects.values_list("name", "version__number"))


@pytest.fixture(autouse=True)
def iris():
    model = make.model("iris")
    for _ in range(3):
        make.version(model)
    registered_models.set_registered_model_alias(actor=make.actor(), name="iris", alias="champion", version=1)
    return model


def events_of(response) -> dict:
    return json.loads(response.headers["HX-Trigger"])


def test_a_version_gets_its_aliases_without_a_script(client):
    content = client.get(SET).content.decode()
    assert 'name="aliases" value=""' in content
    response = client.post(SET, {"aliases": "@champion, next-one  shadow", "reason": "best on May data"})
    assert (response.status_code, response.headers["Location"]) == (302, "/models/iris/versions/2")
    assert aliases() == {"champion": 2, "next-one": 2, "shadow": 2}
    assert set(Event.objects.filter(version_number=2).values_list("reason", flat=True)) == {"", "best on May data"}
    assert 'value="champion, next-one, shadow"' in client.get(SET).content.decode()


def test_the_dialog_shows_where_the_other_aliases_are(client):
    content = client.get(SET, headers=DIALOG).content.decode()
    assert content.strip().startswith("<dialog")
    assert "Aliases of version 2" in content
    assert 'data-chip-add="champion"' in content
    assert "now version 1" in content


def test_saving_the_set_closes_the_dialog_and_offers_undo(client):
    response = client.post(SET, {"aliases": ["champion", "next"]}, headers=FORM)
    assert response.status_code == 204
    events = events_of(response)
    assert "dialog:close" in events
    assert events["model_version:aliases_changed"] == {"model": "iris", "changes": 2}
    assert events["toast"]["message"] == "Moved @champion from version 1 to version 2. Pointed @next at version 2."
    undone = client.post(events["toast"]["undo"], headers=FORM)
    assert undone.status_code == 204
    assert aliases() == {"champion": 1}
    assert "from version 2 to version 1" in events_of(undone)["toast"]["message"]


def test_an_undo_that_came_too_late_says_why(client):
    undo = events_of(client.post(SET, {"aliases": "champion"}, headers=FORM))["toast"]["undo"]
    registered_models.set_registered_model_alias(actor=make.actor(), name="iris", alias="champion", version=3)
    late = client.post(undo, headers=FORM)
    assert late.status_code == 409
    assert "it points at version 3 now" in events_of(late)["toast"]["message"]
    assert client.post(undo).status_code == 409
    assert aliases() == {"champion": 3}


def test_undo_works_without_a_script(client):
    client.post(SET, {"aliases": "champion"})
    address = Event.objects.newest_first().first().request_id
    page = client.get("/models/iris/aliases").content.decode()
    undo = f"/models/iris/aliases/undo/{address}"
    assert f'action="{undo}" method="post"' in page
    response = client.post(undo)
    assert (response.status_code, response.headers["Location"]) == (302, "/models/iris")
    assert aliases() == {"champion": 1}


@pytest.mark.parametrize("name", ["latest", "LATEST", "v1", "V22", "a b!", "x" * 256])
@pytest.mark.parametrize("headers", [None, {**FORM, "HX-Target": "aliases-form"}])
def test_a_bad_alias_is_told_at_the_field_and_nothing_is_saved(client, name, headers):
    response = client.post(SET, {"aliases": ["champion", name]}, headers=headers)
    content = response.content.decode()
    assert response.status_code == 422
    assert "field-error" in content
    assert "champion" in content
    assert aliases() == {"champion": 1}


def test_saving_what_is_so_already_says_so(client):
    response = client.post("/models/iris/versions/1/aliases", {"aliases": "champion"}, headers=FORM)
    toast = events_of(response)["toast"]
    assert "like that" in toast["message"]
    assert "undo" not in toast


def test_notes_come_while_typing(client):
    address = "/aliases/notes?model=iris&number=2&aliases=champion&aliases=latest&aliases=fresh"
    content = client.get(address).content.decode()
    assert "<strong>@champion</strong> is taken from version 1." in content
    assert 'data-chip-error="latest"' in content
    assert "fresh" not in content
    assert "champion" not in client.get("/aliases/notes?model=iris&number=1&aliases=champion").content.decode()
    assert client.get("/aliases/notes?model=new-one&aliases=champion").content.strip() == b""


def test_an_alias_moves_by_one_press(client):
    rail = client.get("/models/iris/aliases", headers=REGION).content.decode()
    assert '<button type="submit" name="version" value="3">Version 3</button>' in rail
    response = client.post("/models/iris/aliases/champion", {"version": "3"}, headers=REGION)
    assert response.status_code == 204
    assert events_of(response)["toast"]["message"] == "Moved @champion from version 1 to version 3."
    assert aliases() == {"champion": 3}


def test_an_alias_is_taken_over_on_the_page_of_a_version(client):
    content = client.get(SET, headers=REGION).content.decode()
    assert 'name="version" value="2"' in content
    address = "/models/iris/aliases/champion?next=/models/iris/versions/2"
    assert address in content
    assert client.post(address, {"version": "2"}).headers["Location"] == "/models/iris/versions/2"


def test_an_alias_moves_without_a_script_for_a_reason(client):
    content = client.get("/models/iris/aliases/champion").content.decode()
    assert '<option value="3" selected>Version 3 (newest)</option>' in content
    assert "Version 1 (now)" in content
    response = client.post("/models/iris/aliases/champion", {"version": "2", "reason": "rollback"})
    assert (response.status_code, response.headers["Location"]) == (302, "/models/iris")
    assert aliases() == {"champion": 2}
    assert Event.objects.newest_first().first().reason == "rollback"


def test_an_alias_is_removed(client):
    response = client.post("/models/iris/aliases/champion", {"step": "delete"}, headers=FORM)
    assert events_of(response)["toast"]["message"] == "Removed @champion from version 1."
    assert aliases() == {}
    client.post(events_of(response)["toast"]["undo"], headers=FORM)
    assert aliases() == {"champion": 1}


def test_a_new_alias_is_set_on_the_page_of_the_model(client):
    content = client.get("/models/iris/aliases").content.decode()
    assert 'name="alias"' in content
    client.post("/models/iris/aliases", {"alias": "@next", "version": "2"})
    assert aliases() == {"champion": 1, "next": 2}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"alias": "latest", "version": "1"}, "always means the newest"),
        ({"alias": "", "version": "1"}, "Type an alias."),
        ({"alias": "next", "version": ""}, "Choose a version."),
        ({"alias": "next", "version": "9"}, "version=9) not found"),
        ({"alias": "next", "version": "x"}, "whole number"),
    ],
)
def test_a_bad_new_alias_is_refused_at_the_field(client, data, message):
    for headers in (None, FORM):
        response = client.post("/models/iris/aliases", data, headers=headers)
        assert response.status_code == 422
        assert message in response.content.decode()
    assert aliases() == {"champion": 1}


def test_a_press_that_can_not_be_obeyed_is_told_in_a_report(client):
    response = client.post("/models/iris/aliases/champion", {"version": "9"}, headers=REGION)
    assert response.status_code == 400
    assert "version=9) not found" in events_of(response)["toast"]["message"]


def test_a_model_of_many_versions_takes_a_number(client, monkeypatch):
    monkeypatch.setattr("models_app.web.views.aliases.VERSIONS_LISTED", 2)
    content = client.get("/models/iris/aliases/champion").content.decode()
    assert '<input type="number" name="version"' in content
    client.post("/models/iris/aliases/champion", {"version": "2"})
    assert aliases() == {"champion": 2}


def test_what_is_not_there_is_not_found(client):
    for address in ("/models/x/aliases", "/models/iris/versions/9/aliases", "/models/iris/aliases/none"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"version": "1"}).status_code == 404
    assert client.post("/models/iris/aliases/undo/unknown").status_code == 404


def test_readers_see_the_aliases_but_no_controls(client, monkeypatch):
    monkeypatch.setattr(access, "level_for", lambda *_: Level.READ)
    monkeypatch.setattr("models_app.web.alias_panel.level_for", lambda *_: Level.READ)
    rail = client.get("/models/iris/aliases", headers=REGION).content.decode()
    assert "champion" in rail
    assert "<form" not in rail
    assert "needs the right to edit" in rail
    assert client.post(SET, {"aliases": "mine"}).status_code == 403
    assert client.post("/models/iris/aliases/champion", {"version": "2"}).status_code == 403
    assert client.post("/models/iris/aliases/champion", {"step": "delete"}).status_code == 403
    assert aliases() == {"champion": 1}


def test_a_forged_form_is_refused():
    client = Client(enforce_csrf_checks=True)
    for address in (SET, "/models/iris/aliases", "/models/iris/aliases/champion", "/models/iris/aliases/undo/x"):
        assert client.post(address, {"aliases": "x"}).status_code == 403
