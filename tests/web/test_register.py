"""The Register Model dialog: from a run, a logged model or any source, into a new or an existing model."""

import json

import pytest
from django.test import Client

from models_app.models import Event, ModelAlias, ModelVersion, RegisteredModel
from models_app.services import access, model_versions, registered_models
from models_app.services.access import Level
from tests import make

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
FORM = {"HX-Request": "true", "HX-Target": "register-form"}


@pytest.fixture
def run():
    return make.run(make.experiment("flowers"), run_name="bold-fox")


def folder(run) -> str:
    """A model among the files of the run, and the dialog's address for it."""
    make.model_folder(run)
    return f"/register?run={run.pk}&path=model"


def given(run, **more) -> dict:
    return {"run": run.pk, "path": "model", "model": ":new", "name": "iris", "seen": "0", **more}


def events_of(response) -> dict:
    return json.loads(response.headers["HX-Trigger"])


def only_version() -> ModelVersion:
    return ModelVersion.objects.select_related("model").get()


def test_a_folder_becomes_the_first_version_of_a_new_model_without_a_script(client, run):
    page = client.get(folder(run))
    assert page.status_code == 200
    assert 'value="flowers"' in page.content.decode()
    data = given(
        run, description="# Card\r\ntext", aliases="champion, @next", tag_key=["team", ""], tag_value=["a", ""]
    )
    response = client.post("/register", data)
    assert (response.status_code, response.headers["Location"]) == (302, "/models/iris/versions/1")
    version = only_version()
    assert version.source == f"{run.artifact_uri}/model"
    assert (version.run_id, version.description) == (run.pk, "# Card\ntext")
    assert dict(version.tags.values_list("key", "value")) == {"team": "a"}
    assert set(version.aliases.values_list("name", flat=True)) == {"champion", "next"}
    assert version.summary.flavors["sklearn"] == "1.5.0"


def test_a_folder_becomes_the_next_version_of_a_model(client, run):
    make.version("iris")
    response = client.post("/register", given(run, model="iris"))
    assert response.headers["Location"] == "/models/iris/versions/2"


def test_a_logged_model_is_registered(client, run):
    logged = make.logged_model(run, name="classifier")
    address = f"/register?model_id={logged.pk}"
    assert 'value="classifier"' in client.get(address).content.decode()
    client.post("/register", {"model_id": logged.pk, "model": ":new", "name": "iris", "seen": "0"})
    version = only_version()
    assert (version.source, version.logged_model_id, version.run_id) == (f"models:/{logged.pk}", logged.pk, run.pk)


def test_a_version_is_copied_into_another_model(client):
    make.version("iris")
    page = client.get("/register?source=models:/iris/1").content.decode()
    assert "iris, version 1" in page
    client.post("/register", {"source": "models:/iris/1", "model": ":new", "name": "copy", "seen": "0"})
    assert ModelVersion.objects.get(model__name="copy").source == "models:/iris/1"


def test_a_source_can_be_typed(client):
    assert 'name="source"' in client.get("/register").content.decode()
    data = {"asked": "1", "source": "s3://bucket/model", "model": ":new", "name": "iris", "seen": "0"}
    assert client.post("/register", data).status_code == 302
    assert only_version().source == "s3://bucket/model"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "Choose what to register"),
        ("runs:/none/model", "There is no run none."),
        ("models:/none/1", "not found"),
        ("https://example.com/model", "are not accepted"),
        ("/etc/passwd", "must lie within"),
    ],
)
def test_a_bad_source_is_told_and_everything_typed_is_kept(client, source, message):
    data = {"asked": "1", "source": source, "model": ":new", "name": "iris", "description": "kept", "seen": "0"}
    response = client.post("/register", data)
    content = response.content.decode()
    assert response.status_code == 422
    assert message in content
    assert "kept</textarea>" in content
    assert 'value="iris"' in content


def test_the_dialog_is_a_part_of_the_page(client, run):
    content = client.get(folder(run), headers=DIALOG).content.decode()
    assert content.strip().startswith("<dialog")
    assert "<html" not in content


def test_success_closes_the_dialog_and_links_the_version(client, run):
    response = client.post("/register", given(run, aliases="champion"), headers=FORM)
    assert response.status_code == 204
    events = events_of(response)
    assert events["dialog:close"] == {}
    assert events["model_version:created"] == {"model": "iris", "version": 1, "url": "/models/iris/versions/1"}
    assert events["toast"]["url"] == "/models/iris/versions/1"
    assert events["toast"]["copy"] == 'mlflow.pyfunc.load_model("models:/iris@champion")'


def test_a_form_sent_twice_registers_once(client, run):
    make.version("iris")
    first = client.post("/register", given(run, model="iris"))
    second = client.post("/register", given(run, model="iris"))
    assert (first.status_code, second.status_code) == (302, 422)
    content = second.content.decode()
    assert "This is version 2 of iris already" in content
    assert ModelVersion.objects.count() == 2
    seen = ModelVersion.objects.get(number=2).pk
    assert f'name="seen" value="{seen}"' in content
    assert client.post("/register", given(run, model="iris", seen=seen)).status_code == 302


def test_a_form_for_a_new_model_sent_twice_registers_once(client, run):
    client.post("/register", given(run))
    response = client.post("/register", given(run))
    assert response.status_code == 422
    assert "There is a model “iris” already" in response.content.decode()
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Type a name for the new model."),
        ("a/b", "any character except"),
        ("a:b", "any character except"),
        ("taken", "There is a model “taken” already"),
        ("x" * 257, "maximum length of 256"),
    ],
)
def test_a_bad_name_is_told_at_the_field_and_everything_typed_is_kept(client, run, name, message):
    make.model("taken")
    data = given(run, name=name, description="kept text", aliases="kept-alias", tag_key="kept-key", tag_value="kept-v")
    for headers in (None, FORM):
        response = client.post("/register", data, headers=headers)
        content = response.content.decode()
        assert response.status_code == 422
        assert message in content
        for typed in ("kept text</textarea>", "kept-alias", 'value="kept-key"', 'value="kept-v"'):
            assert typed in content
    assert not ModelVersion.objects.exists()
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"aliases": "latest"}, "always means the newest"),
        ({"tag_key": ["a", "a"], "tag_value": ["1", "2"]}, "there twice"),
        ({"tag_key": "", "tag_value": "orphan"}, "Type a key for this value."),
        ({"tag_key": "a=b", "tag_value": "1"}, "It may hold letters"),
        ({"description": "x" * 100_001}, "maximum length of 100,000"),
    ],
)
def test_what_goes_with_the_version_is_checked_before_anything_is_made(client, run, more, message):
    response = client.post("/register", given(run, **more))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not RegisteredModel.objects.exists()
    assert not Event.objects.filter(kind="registered_model.created").exists()


def test_a_name_that_was_typed_and_not_chosen_counts_when_there_is_such_a_model(client, run):
    make.model("iris")
    response = client.post("/register", given(run, model="", model_text="iris", name=""))
    assert response.headers["Location"] == "/models/iris/versions/1"


def test_a_name_that_was_typed_and_fits_nothing_creates_nothing(client, run):
    response = client.post("/register", given(run, model="", model_text="irsi", name=""))
    assert response.status_code == 422
    assert "There is no model “irsi” yet" in response.content.decode()
    nothing = client.post("/register", given(run, model="", model_text=""))
    assert "Choose a model, or create one." in nothing.content.decode()
    assert not RegisteredModel.objects.exists()


def test_create_new_model_comes_first_in_the_list(client):
    make.version("iris")
    make.version("other")
    content = client.get("/register/models").content.decode()
    assert content.index("Create New Model") < content.index("other") < content.index("iris")
    typed = client.get("/register/models?model_text=ir").content.decode()
    assert 'data-value=":new:ir"' in typed
    assert "other" not in typed
    assert 'data-value=":new"' in client.get("/register/models?model_text=iris").content.decode()


def test_options_tell_what_the_model_is(client):
    make.model("iris", description="Tells **flowers** apart.\n\nMore.")
    make.version("iris", aliases=["champion"])
    make.version("iris")
    content = client.get("/register/models?model_text=IRI").content.decode()
    assert "version 2 · @champion is 1" in content
    assert "Tells flowers apart." in content


def test_the_list_is_bounded_and_what_was_chosen_does_not_narrow_it(client):
    for number in range(25):
        make.model(f"model-{number}")
    content = client.get("/register/models?model=model-3&model_text=model-3").content.decode()
    assert content.count('role="option"') == 21
    assert "type to find others" in content


def test_the_best_match_comes_first(client):
    for name in ("my-iris", "iris-2", "iris"):
        make.model(name)
    make.model("Iris-new")
    content = client.get("/register/models?model_text=iris").content.decode()
    assert (
        content.index('"iris"') < content.index('"Iris-new"') < content.index('"iris-2"') < content.index('"my-iris"')
    )


def test_a_text_longer_than_any_name_finds_nothing(client):
    make.model("a" * 256)
    response = client.get(f"/register/models?model_text={'a' * 60_000}")
    assert response.status_code == 200
    assert f'data-value="{"a" * 256}"' not in response.content.decode()


def test_prompts_are_no_models_to_register_into(client):
    make.model("greeting", tags={"mlflow.prompt.is_prompt": "true"})
    assert "greeting" not in client.get("/register/models").content.decode()


def test_the_name_is_checked_while_it_is_typed(client):
    make.model("iris")
    here = {"HX-Request": "true", "HX-Target": "register-name-check"}
    taken = client.get("/register/name?name=iris", headers=here).content.decode()
    assert "There is a model “iris” already" in taken
    assert 'data-combobox-choose="iris"' in taken
    assert "/models/iris" not in taken
    assert "This name is free." in client.get("/register/name?name=iris-2").content.decode()
    assert "any character except" in client.get("/register/name?name=a/b").content.decode()
    assert client.get("/register/name?name=").content.strip().decode().startswith("<") is False


def test_a_form_without_a_model_field_links_the_model_that_has_the_name(client):
    make.model("iris")
    elsewhere = {"HX-Request": "true", "HX-Target": "new-model-name-check"}
    taken = client.get("/register/name?name=iris", headers=elsewhere).content.decode()
    assert "There is a model “iris” already" in taken
    assert 'href="/models/iris"' in taken
    assert "data-combobox-choose" not in taken


def test_all_that_is_wrong_is_told_at_once(client):
    data = {"asked": "1", "source": "", "model": "", "model_text": "nowhere", "tag_key": "a=b", "tag_value": "x"}
    response = client.post("/register", data)
    content = response.content.decode()
    assert response.status_code == 422
    assert "Choose what to register" in content
    assert content.count("There is no model “nowhere” yet") == 1
    assert "not all of them can be saved" in content
    assert content.count('aria-invalid="true"') == 3


def test_choosing_another_model_changes_what_depends_on_it(client):
    make.version("iris", aliases=["champion"])
    new = client.get("/register/target?model=:new:typed&name=proposed&aliases=champion").content.decode()
    assert 'name="name" value="typed"' in new
    assert "taken from" not in new
    existing = client.get("/register/target?model=iris&name=proposed&aliases=champion").content.decode()
    assert "Becomes <strong>version 2</strong>" in existing
    assert "is taken from version 1" in existing
    assert 'value="champion"' in existing
    assert 'type="hidden" name="name" value="proposed"' in existing
    assert "There is no model “irs” yet" in client.get("/register/target?model_text=irs").content.decode()


def test_aliases_are_taken_from_the_versions_that_have_them(client, run):
    make.version("iris", aliases=["champion"])
    client.post("/register", given(run, model="iris", aliases="champion"))
    assert ModelAlias.objects.get().version.number == 2


@pytest.mark.parametrize("step", ["preview", "find", "add-tag"])
def test_buttons_that_work_without_a_script_keep_everything_and_make_nothing(client, run, step):
    make.model("wine")
    make.model("iris")
    data = given(
        run, name="typed", description="*text*", aliases="x, y", tag_key="k", tag_value="v", step=step, find="win"
    )
    response = client.post("/register", data)
    content = response.content.decode()
    assert response.status_code == 200
    for typed in ('value="typed"', "*text*</textarea>", 'value="x, y"', 'value="k"', 'value="v"'):
        assert typed in content
    assert "field-error" not in content
    assert ("<em>text</em>" in content) == (step == "preview")
    assert ('<option value="wine">' in content, '<option value="iris">' in content) == (True, False)
    assert not ModelVersion.objects.exists()


def test_a_model_can_be_chosen_by_the_address(client):
    make.version("iris")
    content = client.get("/register?model=iris").content.decode()
    assert 'name="model" value="iris"' in content
    assert 'name="asked" value="1"' in content


def test_a_model_that_goes_meanwhile_is_told(client, run, monkeypatch):
    make.model("iris")
    register = model_versions.register_model

    def somebody_was_quicker(**arguments):
        registered_models.delete_registered_model(actor=make.actor(), name="iris")
        return register(**arguments)

    monkeypatch.setattr(model_versions, "register_model", somebody_was_quicker)
    response = client.post("/register", given(run, model="iris"))
    assert response.status_code == 422
    assert "Registered Model with name=iris not found" in response.content.decode()


def test_a_name_taken_meanwhile_is_told_at_the_field(client, run, monkeypatch):
    register = model_versions.register_model

    def somebody_was_quicker(**arguments):
        make.model("iris")
        return register(**arguments)

    monkeypatch.setattr(model_versions, "register_model", somebody_was_quicker)
    response = client.post("/register", given(run))
    assert response.status_code == 422
    assert "was created a moment ago" in response.content.decode()


def test_readers_are_refused(client, run, monkeypatch):
    address = folder(run)
    monkeypatch.setattr(access, "level_for", lambda *_: Level.READ)
    monkeypatch.setattr("models_app.web.views.register.level_for", lambda *_: Level.READ)
    assert client.get(address).status_code == 403
    assert client.post("/register", given(run)).status_code == 403
    assert not RegisteredModel.objects.exists()


def test_a_forged_form_is_refused(run):
    assert Client(enforce_csrf_checks=True).post("/register", given(run)).status_code == 403


def test_addresses_only_read_with_get(client):
    for address in ("models", "sources", "origin", "target", "name"):
        assert client.post(f"/register/{address}").status_code == 405


def test_page_says_where_it_stands(client):
    run = make.run(run_name="trainer")
    make.model_folder(run)
    content = client.get(f"/register?run={run.pk}&path=model").content.decode()
    assert f'<a href="/runs/{run.pk}">trainer</a>' in content[: content.index("<h1>")]
    assert 'href="/models"' in client.get("/register").content.decode().partition('class="breadcrumbs"')[2]
