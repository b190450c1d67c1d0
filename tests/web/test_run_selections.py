"""What is done to several runs at once, with and without htmx."""

import json

import pytest

from models_app.actors import SYSTEM
from models_app.models import Run, RunTag
from models_app.services import runs
from models_app.services.access import Level
from tests import make
from tests.web.pages import fragment, page, queries

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def asked(*selected: Run) -> str:
    return "&".join(f"ids={run.pk}" for run in selected)


def test_rows_can_be_ticked_and_the_bar_says_what_for(client):
    experiment = make.experiment()
    run = make.run(experiment)
    content = page(client, f"/experiments/{experiment.pk}")
    assert f'name="ids" value="{run.pk}" form="selection"' in content
    assert '<form class="selection-bar" id="selection" action="/runs/compare"' in content
    assert 'formaction="/runs/delete"' in content


def test_deleting_names_what_depends_on_the_runs_first(client):
    parent = make.run(run_name="parent")
    make.run(parent.experiment, tags={"mlflow.parentRunId": parent.pk})
    other = make.run(parent.experiment, run_name="other")
    make.version("clf", of_run=other)
    for content in (
        page(client, f"/runs/delete?{asked(parent, other)}"),
        fragment(client, f"/runs/delete?ids={parent.pk},{other.pk}", "dialog"),
    ):
        assert "Delete 2 runs?" in content
        assert ">parent</strong>" in content
        assert "1 nested run stays without its parent" in content
        assert "1 registered version came from these runs" in content
    assert not Run.objects.deleted().exists()


def test_deleting_one_run_speaks_of_one(client):
    content = page(client, f"/runs/delete?{asked(make.run())}")
    assert "It leaves the runs table" in content
    assert "It can be restored." in content
    assert "They" not in content


def test_runs_are_deleted_and_brought_back_by_undo(client):
    experiment = make.experiment()
    selected = [make.run(experiment) for _ in range(3)]
    ids = [run.pk for run in selected]
    response = client.post("/runs/delete", {"ids": ids}, headers=HTMX)
    assert response.status_code == 204
    events = json.loads(response.headers["HX-Trigger"])
    assert "runs:changed" in events
    assert events["toast"]["message"] == "3 runs deleted."
    assert Run.objects.deleted().count() == 3
    client.post(events["toast"]["undo"], headers=HTMX)
    assert not Run.objects.deleted().exists()


def test_deleting_works_without_a_script(client):
    run = make.run()
    response = client.post("/runs/delete", {"ids": run.pk})
    assert (response.status_code, response.headers["Location"]) == (302, f"/experiments/{run.experiment_id}")


def test_tags_are_set_and_taken_away(client):
    experiment = make.experiment()
    one, two = make.run(experiment, tags={"team": "red", "old": "1"}), make.run(experiment)
    content = page(client, f"/runs/tag?{asked(one, two)}")
    assert 'name="removed" value="old"' in content
    data = {"ids": [one.pk, two.pk], "tag_key": ["team", ""], "tag_value": ["blue", ""], "removed": ["old"]}
    response = client.post("/runs/tag", data, headers=HTMX)
    assert response.status_code == 204
    assert set(RunTag.objects.filter(key="team").values_list("value", flat=True)) == {"blue"}
    assert RunTag.objects.filter(key="team").count() == 2
    assert not RunTag.objects.filter(key="old").exists()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mlflow.user", "x", "choose another"),
        ("", "x", "Type a key"),
        ("k", "x" * 8_001, "8000 characters"),
    ],
)
def test_mistakes_are_told_and_nothing_is_lost(client, key, value, said):
    run = make.run()
    response = client.post("/runs/tag", {"ids": run.pk, "tag_key": key, "tag_value": value}, headers=HTMX)
    content = response.content.decode()
    assert response.status_code == 422
    assert said in content.replace(",", "")
    assert f'value="{value}"' in content
    assert f'name="ids" value="{run.pk}"' in content
    assert run.tags.exclude(key__startswith="mlflow.").count() == 0


def test_one_run_is_renamed_several_are_not(client):
    one, two = make.run(run_name="one"), make.run(run_name="two")
    assert 'value="one"' in fragment(client, f"/runs/rename?{asked(one)}", "dialog")
    assert client.get(f"/runs/rename?{asked(one, two)}").status_code == 400


@pytest.mark.parametrize("path", ["/runs/delete", "/runs/tag"])
def test_unknown_and_missing_runs_are_told(client, path):
    run = make.run()
    assert client.get(path).status_code == 400
    assert client.get(f"{path}?ids={run.pk},{'0' * 32}").status_code == 404
    assert client.post(path, {"ids": [run.pk, "no\x00id"]}).status_code == 400
    assert client.get(f"{path}?ids={','.join(str(n) for n in range(1_001))}").status_code == 400
    assert not Run.objects.deleted().exists()


def test_restoring_takes_a_post_and_the_right_runs(client):
    run = make.run()
    runs.delete_run(actor=SYSTEM, run_id=run.pk)
    assert client.get(f"/runs/restore?ids={run.pk}").status_code == 405
    assert client.post("/runs/restore").status_code == 400
    assert client.post("/runs/restore", {"ids": run.pk}).status_code == 302
    run.refresh_from_db()
    assert not run.is_deleted


@pytest.mark.parametrize("path", ["/runs/delete", "/runs/tag"])
def test_dialog_asks_the_same_number_of_queries_for_one_run_and_for_many(client, path):
    experiment = make.experiment()
    made = [make.run(experiment, tags={"team": "red"}) for _ in range(20)]
    assert queries(client, f"{path}?{asked(made[0])}") == queries(client, f"{path}?{asked(*made)}") <= 8


@pytest.mark.parametrize("level", [Level.READ, Level.EDIT])
def test_what_one_lacks_the_right_to_is_refused_and_says_why(client, monkeypatch, level):
    run, gone = make.run(), make.run()
    runs.delete_run(actor=SYSTEM, run_id=gone.pk)
    for place in ("services.access", "web.rights"):
        monkeypatch.setattr(f"models_app.{place}.level_for", lambda *_: level)
    content = page(client, f"/experiments/{run.experiment_id}")
    deleted = page(client, f"/experiments/{gone.experiment_id}?state=deleted")
    may_edit = level >= Level.EDIT
    assert ("Tagging runs needs the right to edit" in content) is not may_edit
    assert ("Renaming runs needs the right to edit" in content) is not may_edit
    assert ('formaction="/runs/tag"' in content) is may_edit
    assert "Deleting runs needs the right to manage" in content
    assert 'formaction="/runs/delete"' not in content
    assert "Restoring runs needs the right to manage" in deleted
    refused = {"delete", "restore"} if may_edit else {"delete", "restore", "tag"}
    for deed in refused:
        answer = client.post(f"/runs/{deed}", {"ids": run.pk, "tag_key": "a", "tag_value": "b"})
        assert answer.status_code == 403, deed
    run.refresh_from_db()
    assert not run.is_deleted
