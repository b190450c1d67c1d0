"""What can be registered: models, folders and addresses, what is known of them, and the name proposed for them."""

import pytest

from models_app.models import ModelVersion
from models_app.services import logged_models
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return make.run(make.experiment("flowers"), run_name="bold-fox")


def dialog(client, run, mlmodel: bytes = make.MLMODEL) -> str:
    make.model_folder(run, mlmodel=mlmodel)
    return client.get(f"/register?run={run.pk}&path=model").content.decode()


def test_mlflows_address_of_a_logged_model_leads_to_it(client, run):
    logged = make.logged_model(run, name="classifier")
    for address in (
        f"source=runs:/{run.pk}/classifier",
        f"run={run.pk}&path=classifier",
        f"source=models:/{logged.pk}",
    ):
        assert f'name="model_id" value="{logged.pk}"' in client.get(f"/register?{address}").content.decode()


def test_what_will_be_registered_is_shown(client, run):
    content = dialog(client, run)
    assert "bold-fox" in content
    assert "sklearn" in content
    assert "2 inputs, 1 output" in content


def test_a_missing_signature_and_a_folder_without_model_are_pointed_out(client, run):
    assert "clients can't check their inputs" in dialog(client, run, b"flavors: {sklearn: {}}")
    bare = client.get(f"/register?run={run.pk}&path=none").content.decode()
    assert "no MLmodel file" in bare


def test_the_same_source_again_is_pointed_out_and_linked(client, run):
    make.version("iris", source=f"{run.artifact_uri}/model", run_id=run.pk)
    content = dialog(client, run)
    assert '<a href="/models/iris/versions/1">version 1 of iris</a>' in content


def test_the_last_target_of_the_experiment_is_proposed(client, run):
    make.version("other")
    make.version("iris", of_run=make.run(run.experiment))
    make.version("another", of_run=make.run())
    content = dialog(client, run)
    assert 'name="model" value="iris"' in content
    assert "version 2" in content


def test_what_the_same_experiment_logged_under_another_name_went_elsewhere(client, run):
    tumours, iris = make.logged_model(run, name="tumours"), make.logged_model(run, name="iris")
    make.version("iris", source=f"models:/{iris.pk}", model_id=iris.pk)
    again = make.logged_model(make.run(run.experiment), name="iris")
    assert 'name="model" value="iris"' in client.get(f"/register?model_id={again.pk}").content.decode()
    assert 'name="model" value="iris"' not in client.get(f"/register?model_id={tumours.pk}").content.decode()


def test_a_model_that_holds_copies_is_not_proposed(client, run):
    make.version("iris", of_run=run)
    make.version("production", source="models:/iris/1")
    assert 'name="model" value="iris"' in dialog(client, run)


def test_a_model_called_like_the_experiment_is_proposed(client, run):
    make.model("flowers")
    assert 'name="model" value="flowers"' in dialog(client, run)


def test_a_legal_name_is_proposed(client):
    run = make.run(make.experiment("team/a: flowers"))
    assert 'value="team-a- flowers"' in dialog(client, run)


def test_models_of_the_newest_runs_are_offered_to_register(client, run):
    logged = make.logged_model(run, name="classifier")
    old = make.run(make.experiment("wine"), tags={"mlflow.log-model.history": '[{"artifact_path": "forest"}]'})
    content = client.get("/register/sources").content.decode()
    assert f'data-value="models:/{logged.pk}"' in content
    assert f'data-value="runs:/{old.pk}/forest"' in content
    for text in ("class", "BOLD", "flowers"):
        found = client.get(f"/register/sources?source={text}").content.decode()
        assert logged.pk in found
        assert "forest" not in found
    assert "No model of the newest runs" in client.get("/register/sources?source=none").content.decode()
    assert "forest" in client.get(f"/register/sources?source=models:/{logged.pk}").content.decode()


def test_a_source_that_was_chosen_is_shown_before_it_is_registered(client, run):
    logged = make.logged_model(run, name="classifier")
    content = client.get(f"/register/origin?source=models:/{logged.pk}").content.decode()
    assert "bold-fox" in content
    assert 'name="seen" value="0"' in content
    assert "There is no logged model m-1." in client.get("/register/origin?source=models:/m-1").content.decode()
    assert "origin-facts" not in client.get("/register/origin?source=").content.decode()


def test_a_source_that_was_typed_and_is_registered_already_is_asked_about_first(client):
    make.version("iris", source="s3://bucket/model")
    data = {"asked": "1", "source": "s3://bucket/model", "model": "iris"}
    first = client.post("/register", data)
    assert first.status_code == 422
    assert "This is version 1 of iris already" in first.content.decode()
    seen = ModelVersion.objects.get().pk
    assert f'name="seen" value="{seen}"' in first.content.decode()
    assert client.post("/register", {**data, "seen": seen}).status_code == 302


def test_what_is_not_there_is_not_found(client, run):
    logged = make.logged_model(run)
    logged_models.delete_logged_model(actor=make.actor(), model_id=logged.pk)
    for query in (f"run={'0' * 32}", "model_id=m-1", f"model_id={logged.pk}", "source=models:/none/3"):
        assert client.get(f"/register?{query}").status_code == 404
    assert client.get(f"/register?run={run.pk}&path=../x").status_code == 400
