"""Descriptions in the browser: read, edited with a preview, and never lost to somebody else's save."""

import json

import pytest
from django.test import Client

from models_app.models import Event
from models_app.models.experiments import NOTE_TAG
from models_app.services import access, registered_models
from models_app.services.access import Level
from models_app.web.forms.descriptions import digest_of
from tests import make
from tests.web import pages

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "description"}


def save(client: Client, address: str, text: str, expected: str = "", **headers):
    data = {"description": text, "expected": digest_of(expected)}
    return client.post(address, data, headers=headers.get("headers"))


def subjects():
    model = make.model("iris")
    version = make.version(model)
    experiment = make.experiment("flowers")
    run = make.run(experiment)
    return {
        "/models/iris/description": (lambda: _fresh(model).description, "/models/iris"),
        "/models/iris/versions/1/description": (lambda: _fresh(version).description, "/models/iris/versions/1"),
        f"/experiments/{experiment.pk}/description": (lambda: _note(experiment), f"/experiments/{experiment.pk}"),
        f"/runs/{run.pk}/description": (lambda: _note(run), f"/runs/{run.pk}"),
    }


def _fresh(obj):
    return type(obj).objects.get(pk=obj.pk)


def _note(obj) -> str:
    return dict(obj.tags.values_list("key", "value")).get(NOTE_TAG, "")


def test_every_noun_is_described_without_a_script(client):
    for address, (text_of, page) in subjects().items():
        assert client.get(address).status_code == 200
        response = save(client, address, "# New\r\n\r\ntext")
        assert (response.status_code, response.headers["Location"]) == (302, page)
        assert text_of() == "# New\n\ntext"


def test_the_page_of_the_form_holds_the_text(client):
    make.model("iris", description="\nfirst line is <empty>")
    content = client.get("/models/iris/description").content.decode()
    assert "\n\nfirst line is &lt;empty&gt;</textarea>" in content
    assert '<a class="button quiet" href="/models/iris"' in content


def test_htmx_gets_the_editor_alone_and_after_saving_the_text_as_it_reads(client):
    make.model("iris")
    editor = client.get("/models/iris/description", headers=HX).content.decode()
    assert editor.strip().startswith('<section class="section" id="description"')
    response = save(client, "/models/iris/description", "**bold**", headers=HX)
    content = response.content.decode()
    assert response.status_code == 200
    assert "<strong>bold</strong>" in content
    assert "<textarea" not in content
    assert "autofocus" in content
    events = json.loads(response.headers["HX-Trigger"])
    assert events["toast"]["message"] == "Description saved."
    assert events["description:saved"] == {"noun": "registered_model"}


def test_cancel_brings_the_text_back_as_it_reads(client):
    make.model("iris", description="kept")
    response = client.get("/models/iris/description?view=read", headers=HX)
    assert "kept" in response.content.decode()
    assert "<form" not in response.content.decode()
    plain = client.get("/models/iris/description?view=read")
    assert (plain.status_code, plain.headers["Location"]) == (302, "/models/iris")


def test_preview_comes_from_the_renderer_of_the_read_view(client):
    response = client.post("/preview", {"description": "| a |\n|---|\n| 1 |\n\n<script>alert(1)</script>"})
    content = response.content.decode()
    assert "<table>" in content
    assert "<script>" not in content


def test_preview_refuses_what_could_not_be_saved(client):
    assert "too long" in client.post("/preview", {"description": "x" * 100_001}).content.decode()


def test_preview_without_a_script_keeps_what_was_typed_and_saves_nothing(client):
    make.model("iris", description="old")
    data = {"description": "*new*", "expected": digest_of("old"), "step": "preview"}
    response = client.post("/models/iris/description", data)
    content = response.content.decode()
    assert response.status_code == 200
    assert "<em>new</em>" in content
    assert "*new*</textarea>" in content
    assert digest_of("old") in content
    assert _fresh(make.RegisteredModel.objects.get(name="iris")).description == "old"


@pytest.mark.parametrize("headers", [None, HX])
def test_two_editors_lose_nothing(client, headers):
    make.model("iris", description="start")
    registered_models.update_registered_model(actor=make.actor("ed"), name="iris", description="same\ntheirs")
    response = save(client, "/models/iris/description", "same\nmine", expected="start", headers=headers)
    content = response.content.decode()
    assert response.status_code == 422
    assert "ed saved another text" in content
    assert "same\nmine</textarea>" in content
    assert "data-unsaved" in content
    assert '<span class="visually-hidden">Only theirs:</span>' in content
    assert _fresh(make.RegisteredModel.objects.get(name="iris")).description == "same\ntheirs"
    again = save(client, "/models/iris/description", "same\ntheirs\nmine", expected="same\ntheirs")
    assert again.status_code == 302
    assert _fresh(make.RegisteredModel.objects.get(name="iris")).description == "same\ntheirs\nmine"


def test_a_save_between_reading_and_writing_is_found_too(client, monkeypatch):
    make.model("iris", description="start")
    write = registered_models.update_registered_model

    def somebody_was_quicker(**given):
        write(actor=make.actor("ed"), name="iris", description="theirs")
        return write(**given)

    monkeypatch.setattr(registered_models, "update_registered_model", somebody_was_quicker)
    response = save(client, "/models/iris/description", "mine", expected="start")
    assert response.status_code == 422
    assert "ed saved another text" in response.content.decode()


def test_both_writing_the_same_is_no_conflict(client):
    make.model("iris", description="start")
    registered_models.update_registered_model(actor=make.actor("ed"), name="iris", description="agreed")
    assert save(client, "/models/iris/description", "agreed", expected="start").status_code == 302


@pytest.mark.parametrize("noun", ["experiment", "run"])
def test_notes_of_clients_conflict_as_well(client, noun):
    made = make.experiment(tags=[(NOTE_TAG, "start")]) if noun == "experiment" else make.run(tags={NOTE_TAG: "start"})
    address = f"/{noun}s/{made.pk}/description"
    assert save(client, address, "mine", expected="older").status_code == 422
    assert _note(made) == "start"


def test_a_long_text_is_refused_at_the_field_and_kept(client):
    run = make.run()
    response = save(client, f"/runs/{run.pk}/description", "x" * 8_001)
    content = response.content.decode()
    assert response.status_code == 422
    assert "maximum length of 8,000" in content
    assert 'aria-invalid="true"' in content
    assert "x" * 8_001 in content
    assert _note(run) == ""


def test_long_texts_that_conflict_are_shown_without_a_comparison(client):
    make.model("iris", description="start")
    lines = "\n".join(str(number) for number in range(1_500))
    registered_models.update_registered_model(actor=make.actor("ed"), name="iris", description=lines)
    content = save(client, "/models/iris/description", "mine", expected="start").content.decode()
    assert "Their whole text" in content
    assert "From theirs to yours" not in content


def test_a_description_of_an_experiment_leaves_an_event(client):
    experiment = make.experiment()
    save(client, f"/experiments/{experiment.pk}/description", "what it is for")
    event = Event.objects.filter(kind="experiment_tag.set").get()
    assert (event.before, event.after["value"]) == ({"value": ""}, "what it is for")


def test_what_is_not_there_is_not_found(client):
    for address in ("/models/x", "/models/x/versions/1", "/experiments/99", f"/runs/{'0' * 32}"):
        assert client.get(f"{address}/description").status_code == 404
        assert client.post(f"{address}/description", {"description": "x"}).status_code == 404


def test_readers_see_why_they_can_not_edit(client, monkeypatch):
    make.model("iris", description="old")
    monkeypatch.setattr(access, "level_for", lambda *_: Level.READ)
    monkeypatch.setattr("models_app.web.subjects.level_for", lambda *_: Level.READ)
    assert client.get("/models/iris/description").status_code == 403
    assert save(client, "/models/iris/description", "new", expected="old").status_code == 403
    read = client.get("/models/iris/description?view=read", headers=HX).content.decode()
    assert 'aria-disabled="true"' in read
    assert "needs the right to edit" in read


def test_a_deleted_run_keeps_its_description(client):
    from models_app.services import runs

    run = make.run(tags={NOTE_TAG: "kept"})
    runs.delete_run(actor=make.actor(), run_id=run.pk)
    assert save(client, f"/runs/{run.pk}/description", "new", expected="kept").status_code == 403
    assert _note(run) == "kept"


def test_a_forged_form_is_refused():
    make.model("iris")
    client = Client(enforce_csrf_checks=True)
    assert client.post("/models/iris/description", {"description": "x"}).status_code == 403
    assert client.post("/preview", {"description": "x"}).status_code == 403


def test_invitation_to_describe_fits_what_is_to_be_described(client):
    run = make.run()
    assert "Say what was tried and what came of it." in pages.page(client, f"/runs/{run.pk}")
    assert "Say which question its runs are to answer." in pages.page(client, f"/experiments/{run.experiment_id}")
