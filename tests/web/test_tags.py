"""Tags in the browser: added, changed and removed in place, with suggestions of what others use."""

import json

import pytest
from django.test import Client

from models_app.services import access, runs
from models_app.services.access import Level
from tests import make

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "tags"}


def tags_of(obj) -> dict[str, str]:
    return dict(obj.tags.values_list("key", "value"))


def test_every_noun_is_tagged_without_a_script(client):
    model = make.model("iris")
    version = make.version(model)
    experiment = make.experiment()
    run = make.run(experiment)
    pages = {
        "/models/iris": model,
        "/models/iris/versions/1": version,
        f"/experiments/{experiment.pk}": experiment,
        f"/runs/{run.pk}": run,
    }
    for page, obj in pages.items():
        assert client.get(f"{page}/tags").status_code == 200
        added = client.post(f"{page}/tags", {"is_new": "1", "key": "stage", "value": "test"})
        assert (added.status_code, added.headers["Location"]) == (302, f"{page}/tags")
        assert tags_of(obj)["stage"] == "test"
        client.post(f"{page}/tags", {"key": "stage", "value": "live"})
        assert tags_of(obj)["stage"] == "live"
        client.post(f"{page}/tags", {"key": "stage", "step": "delete"})
        assert "stage" not in tags_of(obj)


def test_htmx_stays_in_the_editor_ready_for_the_next_tag(client):
    make.model("iris")
    response = client.post("/models/iris/tags", {"is_new": "1", "key": "team", "value": "growth"}, headers=HX)
    content = response.content.decode()
    assert response.status_code == 200
    assert content.strip().startswith('<section class="rail-section" id="tags"')
    assert "Added the tag team." in content
    assert 'value="growth"' in content
    assert content.index('id="tag-key"') < content.index(" autofocus")
    assert json.loads(response.headers["HX-Trigger"]) == {"tags:changed": {"noun": "registered_model"}}


def test_a_changed_value_is_marked_as_saved_and_keeps_the_focus(client):
    make.model("iris", tags={"a": "1", "b": "2"})
    content = client.post("/models/iris/tags", {"key": "b", "value": "3"}, headers=HX).content.decode()
    assert content.count("saved</span>") == 1
    assert content.index('id="tag-2"') < content.index(" autofocus") < content.index('id="tag-key"')


def test_done_brings_the_chips_back(client):
    make.model("iris", tags={"team": "growth"})
    content = client.get("/models/iris/tags?view=read", headers=HX).content.decode()
    assert "growth" in content
    assert "<form" not in content
    assert client.get("/models/iris/tags?view=read").headers["Location"] == "/models/iris"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "Type a key."),
        ("a=b", "It may hold letters, digits"),
        ("../up", "must not resolve to other names"),
        ("k" * 251, "maximum length of 250"),
        ("mlflow.user", "choose another"),
        ("team", "There is a tag “team” already"),
    ],
)
@pytest.mark.parametrize("headers", [None, HX])
def test_a_bad_key_is_told_at_the_field_and_kept(client, key, message, headers):
    model = make.model("iris", tags={"team": "growth"})
    data = {"is_new": "1", "key": key, "value": "typed & kept"}
    response = client.post("/models/iris/tags", data, headers=headers)
    content = response.content.decode()
    assert response.status_code == 422
    assert message in content
    assert 'aria-describedby="tag-key-error"' in content
    assert "typed &amp; kept" in content
    assert tags_of(model) == {"team": "growth"}


def test_a_long_value_of_a_run_is_refused_at_its_row_not_cut(client):
    run = make.run(tags={"note": "short"})
    response = client.post(f"/runs/{run.pk}/tags", {"key": "note", "value": "x" * 8_001}, headers=HX)
    content = response.content.decode()
    assert response.status_code == 422
    assert "8,001 characters, 8,000 are allowed" in content
    assert "x" * 8_001 in content
    assert tags_of(run)["note"] == "short"


def test_a_value_of_several_lines_keeps_them(client):
    model = make.model("iris", tags={"card": "one\ntwo"})
    assert "one\ntwo</textarea>" in client.get("/models/iris/tags").content.decode()
    client.post("/models/iris/tags", {"key": "card", "value": "one\r\ntwo\r\nthree"})
    assert tags_of(model)["card"] == "one\ntwo\nthree"


def test_what_was_typed_into_a_tag_that_is_gone_can_be_added(client):
    make.model("iris")
    response = client.post("/models/iris/tags", {"key": "x=y", "value": "typed"}, headers=HX)
    assert response.status_code == 422
    assert 'id="tag-value" name="value" value="typed"' in response.content.decode()


def test_removing_what_is_gone_is_no_error(client):
    run = make.run()
    assert client.post(f"/runs/{run.pk}/tags", {"key": "gone", "step": "delete"}, headers=HX).status_code == 200


def test_a_tag_that_somebody_removes_at_the_same_moment_is_no_error(client, monkeypatch):
    run = make.run(tags={"stage": "live"})
    remove = runs.delete_run_tag

    def remove_twice(**given):
        remove(**given)
        return remove(**given)

    monkeypatch.setattr(runs, "delete_run_tag", remove_twice)
    answer = client.post(f"/runs/{run.pk}/tags", {"key": "stage", "step": "delete"}, headers=HX)
    assert answer.status_code == 200
    assert "undo" not in answer.headers.get("HX-Trigger", "")


@pytest.mark.parametrize("headers", [None, HX])
def test_a_removed_tag_can_be_brought_back(client, headers):
    make.model("iris", tags={"team": "growth & co"})
    removed = client.post("/models/iris/tags", {"key": "team", "step": "delete"}, headers=headers)
    if headers:
        undo = json.loads(removed.headers["HX-Trigger"])["toast"]["undo"]
    else:
        undo = client.get("/models/iris/tags").content.decode().partition('<form action="')[2].partition('"')[0]
    assert undo.startswith("/models/iris/tags?undo=")
    restored = client.post(undo, headers=headers)
    assert client.get("/models/iris/tags").content.decode().count("growth &amp; co") == 1
    if headers:
        assert json.loads(restored.headers["HX-Trigger"])["tags:restored"] == {"noun": "registered_model"}
    else:
        assert restored.headers["Location"] == "/models/iris/tags"


def test_a_tag_that_was_gone_before_offers_no_undo(client):
    make.model("iris")
    removed = client.post("/models/iris/tags", {"key": "team", "step": "delete"}, headers=HX)
    assert "toast" not in json.loads(removed.headers["HX-Trigger"])


def test_a_new_tag_being_typed_outlives_the_reading_anew(client):
    make.model("iris")
    content = client.get("/models/iris/tags?key=te&value=gro", headers=HX).content.decode()
    assert 'name="key" value="te"' in content
    assert 'name="value" value="gro"' in content


def test_tags_of_clients_are_shown_apart_and_not_changed(client):
    run = make.run(tags={"mlflow.user": "mia", "own": "1"})
    content = client.get(f"/runs/{run.pk}/tags?view=read", headers=HX).content.decode()
    assert "system tags" in content
    assert "mlflow.user" in content
    assert "mlflow.user" not in client.get(f"/runs/{run.pk}/tags").content.decode()
    for data in ({"key": "mlflow.user", "step": "delete"}, {"key": "mlflow.user", "value": "x"}):
        assert client.post(f"/runs/{run.pk}/tags", data).status_code in (403, 422)
    assert tags_of(run)["mlflow.user"] == "mia"


def test_keys_in_use_are_suggested_most_used_first(client):
    make.model("a", tags={"team": "x", "owner": "ann"})
    make.model("b", tags={"team": "y", "mlflow.secret": "1"})
    make.model("c", tags={"owner2": "x"})
    content = client.get("/tags/suggestions?noun=registered_model").content.decode()
    assert content.index('"team"') < content.index('"owner"')
    assert "mlflow.secret" not in content
    assert "owner2" in client.get("/models/a/tags").content.decode()


def test_values_of_a_key_are_suggested(client):
    make.run(tags={"team": "growth"})
    make.run(tags={"team": "research", "other": "nope", "long": "x" * 200})
    content = client.get("/tags/suggestions?noun=run&key=team").content.decode()
    assert '"growth"' in content
    assert '"research"' in content
    assert "nope" not in content
    assert client.get("/tags/suggestions?noun=run&key=long").content.strip() == b""
    assert client.get("/tags/suggestions?noun=run&tag_key=team").content.decode() == content


def test_suggestions_of_nothing_are_not_found(client):
    assert client.get("/tags/suggestions?noun=user").status_code == 404


def test_a_tag_links_what_else_has_it(client):
    make.model("iris", tags={"team": "growth & co", "note": "it's long"})
    content = client.get("/models/iris/tags?view=read", headers=HX).content.decode()
    assert content.count('<a class="chip tag"') == 1
    assert 'href="/models?tag=team%3Dgrowth+%26+co"' in content
    assert "iris" in client.get("/models?tag=team%3Dgrowth+%26+co").content.decode()
    run = make.run(tags={"data.set": "may"})
    page = client.get(f"/runs/{run.pk}/tags?view=read", headers=HX).content.decode()
    href = page.partition('chip tag" href="')[2].partition('"')[0].replace("&#x27;", "'")
    assert run.name in client.get(href).content.decode()


def test_what_is_not_there_is_not_found(client):
    for page in ("/models/x", "/models/x/versions/1", "/experiments/99", f"/runs/{'0' * 32}"):
        assert client.get(f"{page}/tags").status_code == 404
        assert client.post(f"{page}/tags", {"key": "a", "value": "b"}).status_code == 404


def test_readers_see_why_they_can_not_edit(client, monkeypatch):
    make.model("iris")
    monkeypatch.setattr(access, "level_for", lambda *_: Level.READ)
    monkeypatch.setattr("models_app.web.subjects.level_for", lambda *_: Level.READ)
    assert client.post("/models/iris/tags", {"is_new": "1", "key": "a", "value": "b"}).status_code == 403
    read = client.get("/models/iris/tags?view=read", headers=HX).content.decode()
    assert "needs the right to edit" in read


def test_a_deleted_run_keeps_its_tags(client):
    run = make.run(tags={"a": "1"})
    runs.delete_run(actor=make.actor(), run_id=run.pk)
    assert client.post(f"/runs/{run.pk}/tags", {"key": "a", "value": "2"}).status_code == 403
    assert tags_of(run)["a"] == "1"


def test_a_forged_form_is_refused():
    make.model("iris")
    assert Client(enforce_csrf_checks=True).post("/models/iris/tags", {"key": "a"}).status_code == 403
