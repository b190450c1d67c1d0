import io
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from models_app.actors import Actor
from models_app.errors import DoesNotExist, InvalidValue, PermissionDenied
from models_app.models import Event, LoggedModel, Run, Workspace
from models_app.services import artifacts, experiments
from models_app.storage import ArtifactStore, LocalStore, get_store
from tests import make
from tests.buckets import BUCKET
from tests.conftest import once
from tests.storage.contract import put

pytestmark = pytest.mark.django_db

STRANGER = Actor(name="sam", via="command", workspace="elsewhere")
NOBODY = Actor(name="nobody", via="web")


@pytest.fixture
def store(settings, tmp_path) -> ArtifactStore:
    settings.ARTIFACTS = str(tmp_path)
    return get_store()


@pytest.fixture
def elsewhere() -> Workspace:
    return Workspace.objects.create(name="elsewhere", created_at=1)


def upload(run: Run, path: str, content: bytes = b"x", by: Actor | None = None) -> None:
    root = artifacts.files_root(run)
    artifacts.put_file(actor=by or make.actor(), root=root, path=path, stream=io.BytesIO(content), size=len(content))


def test_a_runs_files_lie_below_its_experiment(store: ArtifactStore) -> None:
    run = make.run()
    assert artifacts.files_root(run) == f"{run.experiment_id}/{run.pk}/artifacts"


def test_a_logged_models_files_lie_below_its_experiment(store: ArtifactStore) -> None:
    logged = make.logged_model()
    assert artifacts.files_root(logged) == f"{logged.experiment_id}/models/{logged.pk}/artifacts"


def test_files_in_a_bucket_have_no_root_here(store: ArtifactStore) -> None:
    assert artifacts.files_root(make.version("iris", source="s3://bucket/model")) is None
    assert artifacts.files_root(make.run(make.experiment(artifact_location="s3://bucket/x"))) is None


def test_a_versions_files_are_those_of_its_logged_model(store: ArtifactStore) -> None:
    logged = make.logged_model()
    version = make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    assert artifacts.files_root(version) == artifacts.files_root(logged)


def test_a_version_of_a_runs_folder_finds_it(store: ArtifactStore) -> None:
    run = make.run()
    upload(run, "model/MLmodel")
    assert artifacts.files_root(make.version("iris", of_run=run)) == f"{artifacts.files_root(run)}/model"


def test_a_run_source_may_mean_the_model_logged_under_that_name(store: ArtifactStore) -> None:
    logged = make.logged_model(name="model")
    run = Run.objects.get(pk=logged.source_run_id)
    assert artifacts.files_root(make.version("iris", of_run=run)) == artifacts.files_root(logged)


def test_a_run_source_of_another_workspace_stays_out_of_reach(store: ArtifactStore, elsewhere: Workspace) -> None:
    run = make.run()
    upload(run, "model/MLmodel")
    version = make.version("theirs", by=STRANGER, source=f"runs:/{run.pk}/model", run_id=run.pk)
    assert artifacts.files_root(version) is None


@pytest.mark.parametrize(
    "location", ["runs:/unknown/model", "models:/m-" + "0" * 32, "mlflow-artifacts:/a/../b", "nonsense", ""]
)
def test_a_location_that_leads_nowhere_has_no_root(store: ArtifactStore, location: str) -> None:
    assert artifacts.locate(location, workspace="default") is None


def test_files_are_listed_from_their_root(store: ArtifactStore) -> None:
    run = make.run()
    upload(run, "model/MLmodel", b"12")
    upload(run, "plot.png")
    root = artifacts.files_root(run)
    assert [(i.path, i.is_dir) for i in artifacts.list_files(root)] == [("model", True), ("plot.png", False)]
    assert [i.path for i in artifacts.list_files(root, "model")] == ["model/MLmodel"]
    assert artifacts.stat_file(root, "model/MLmodel").path == "model/MLmodel"
    assert artifacts.stat_file(root, "model/MLmodel").size == 2
    assert artifacts.stat_file(root, "other") is None


def test_no_path_leads_out_of_a_root(store: ArtifactStore) -> None:
    run, other = make.run(), make.run()
    upload(other, "secret")
    with pytest.raises(InvalidValue):
        artifacts.stat_file(artifacts.files_root(run), f"../../{other.pk}/artifacts/secret")
    with pytest.raises(InvalidValue):
        upload(run, "../x")


def test_an_upload_needs_the_right_to_edit(store: ArtifactStore) -> None:
    run = make.run()
    with pytest.raises(PermissionDenied):
        upload(run, "file", by=NOBODY)
    assert artifacts.list_files(artifacts.files_root(run)) == []


def test_another_workspaces_files_do_not_exist(store: ArtifactStore, elsewhere: Workspace) -> None:
    run = make.run()
    upload(run, "file")
    path = f"{artifacts.files_root(run)}/file"
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(STRANGER, path)
    with pytest.raises(DoesNotExist):
        artifacts.put_file(actor=STRANGER, path=path, stream=io.BytesIO(b"x"))
    with pytest.raises(DoesNotExist):
        artifacts.delete_files(actor=STRANGER, path=path)
    assert store.stat(path)
    assert artifacts.check_readable(make.actor(), path) == path


def test_each_workspace_has_its_own_folder(store: ArtifactStore, elsewhere: Workspace) -> None:
    run = make.run(make.experiment(by=STRANGER), by=STRANGER)
    upload(run, "file", by=STRANGER)
    path = f"{artifacts.files_root(run)}/file"
    assert path.startswith("workspaces/elsewhere/")
    assert artifacts.check_readable(STRANGER, path)
    for hidden in (path, "workspaces/elsewhere", "workspaces/elsewhere/"):
        with pytest.raises(DoesNotExist):
            artifacts.check_readable(make.actor(), hidden)


def test_an_experiments_own_location_belongs_to_it(store: ArtifactStore, elsewhere: Workspace) -> None:
    theirs = make.experiment(by=STRANGER, artifact_location="mlflow-artifacts:/shared/deep")
    assert artifacts.check_readable(STRANGER, "shared/deep/x")
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(make.actor(), "shared/deep/x")
    assert artifacts.check_readable(make.actor(), "shared/other")
    # Claiming another experiment's folder gives nothing.
    mine = make.experiment()
    experiments.create_experiment(actor=STRANGER, name="thief", artifact_location=f"mlflow-artifacts:/{mine.pk}")
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(STRANGER, f"{mine.pk}/x")
    assert theirs.pk != mine.pk


@pytest.mark.parametrize(
    "theft", ["{uri}", "{uri}/deep", "s3://bucket/laurel/shared", "s3://bucket/laurel/shared/deep"]
)
@pytest.mark.parametrize("uri", ["mlflow-artifacts:/shared", "mlflow-artifacts:///shared", "s3://bucket/laurel/shared"])
def test_a_folder_stays_with_the_workspace_that_came_first(
    settings, elsewhere: Workspace, uri: str, theft: str
) -> None:
    settings.ARTIFACTS = "s3://bucket/laurel"
    make.experiment(artifact_location=uri)
    make.experiment(by=STRANGER, artifact_location=theft.format(uri=uri))
    path = "shared/deep/run/artifacts"
    assert artifacts.check_readable(make.actor(), path) == path
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(STRANGER, path)
    assert artifacts.locate(f"s3://bucket/laurel/{path}", workspace="elsewhere") is None


def test_no_location_opens_the_folder_of_another_workspace(store: ArtifactStore, elsewhere: Workspace) -> None:
    for folder in ("workspaces/elsewhere", "workspaces/elsewhere/notes"):
        make.experiment(artifact_location=f"mlflow-artifacts:/{folder}")
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(make.actor(), "workspaces/elsewhere/notes/x")
    assert artifacts.check_readable(STRANGER, "workspaces/elsewhere/notes/x")


def test_of_locations_within_each_other_the_innermost_holds_a_file(store: ArtifactStore) -> None:
    inner = make.experiment(artifact_location="mlflow-artifacts:/shared/a")
    outer = make.experiment(artifact_location="mlflow-artifacts:/shared")
    run = make.run(inner)
    upload(run, "plots/a.png")
    artifacts.delete_files(actor=make.actor(), root=artifacts.files_root(run), path="plots")
    assert Event.objects.get(kind="artifacts.deleted").experiment_id == inner.pk != outer.pk


def test_the_size_that_was_announced_must_arrive(store: ArtifactStore) -> None:
    run = make.run()
    with pytest.raises(InvalidValue, match="brought only 1"):
        artifacts.put_file(
            actor=make.actor(), root=artifacts.files_root(run), path="file", stream=io.BytesIO(b"x"), size=2
        )


def test_deleting_files_is_remembered(store: ArtifactStore) -> None:
    run = make.run()
    upload(run, "plots/a.png")
    root = artifacts.files_root(run)
    artifacts.delete_files(actor=make.actor("mia"), root=root, path="plots")
    assert artifacts.list_files(root) == []
    event = Event.objects.get(kind="artifacts.deleted")
    assert (event.actor_name, event.run_id, event.after) == ("mia", run.pk, {"path": "plots"})


def test_deleting_a_models_files_is_remembered_with_the_model(store: ArtifactStore) -> None:
    logged: LoggedModel = make.logged_model()
    root = artifacts.files_root(logged)
    put(store, f"{root}/MLmodel")
    artifacts.delete_files(actor=make.actor(), path=f"{root}/MLmodel")
    assert Event.objects.get(kind="artifacts.deleted").logged_model_id == logged.pk


def test_deleting_what_is_not_there_changes_and_tells_nothing(store: ArtifactStore) -> None:
    run = make.run()
    artifacts.delete_files(actor=make.actor(), root=artifacts.files_root(run), path="nothing")
    assert not Event.objects.filter(kind="artifacts.deleted").exists()


def test_deleting_a_whole_run_folder_needs_the_right_to_manage(
    store: ArtifactStore, settings, django_user_model
) -> None:
    settings.LOGIN_REQUIRED = True
    ed = Actor(name="ed", via="web", user=django_user_model.objects.create_user("ed"))
    run = make.run()
    upload(run, "a/file")
    root = artifacts.files_root(run)
    for whole in (root, root.rpartition("/")[0], str(run.experiment_id)):
        with pytest.raises(PermissionDenied):
            artifacts.delete_files(actor=ed, path=whole)
    artifacts.delete_files(actor=ed, path=f"{root}/a")
    assert artifacts.list_files(root) == []


def test_the_owner_costs_few_queries(store: ArtifactStore, django_assert_max_num_queries) -> None:
    run = make.run()
    root = artifacts.files_root(run)
    with django_assert_max_num_queries(1):
        artifacts.check_readable(make.actor(), f"{root}/a/b/c")
    with django_assert_max_num_queries(0):
        artifacts.files_root(run)


@once
def test_files_a_client_wrote_into_our_bucket_are_ours(moto_server, monkeypatch, settings) -> None:
    moto_server.use(monkeypatch)
    settings.ARTIFACTS = home = f"s3://{BUCKET}/{uuid4().hex}"
    run = make.run(make.experiment(artifact_location=f"{home}/team"))
    assert artifacts.files_root(run) == f"team/{run.pk}/artifacts"
    upload(run, "model/MLmodel")
    version = make.version("iris", source=f"{run.artifact_uri}/model")
    assert version.summary.file_count == 1
    with pytest.raises(DoesNotExist):
        artifacts.check_readable(STRANGER, f"team/{run.pk}/artifacts")


def test_a_version_opens_no_file_of_another_workspace_in_our_bucket(settings, elsewhere: Workspace) -> None:
    settings.ARTIFACTS = "s3://bucket/laurel"
    stranger = Actor(name="sam", via="command", workspace="elsewhere")
    theirs = experiments.create_experiment(actor=stranger, name="x", artifact_location="s3://bucket/laurel/theirs")
    for folder in ("theirs/run/artifacts", "workspaces/elsewhere/9/run/artifacts"):
        assert artifacts.locate(f"s3://bucket/laurel/{folder}", workspace="default") is None
        assert artifacts.locate(f"s3://bucket/laurel/{folder}", workspace="elsewhere") == folder
    assert artifacts.locate("s3://bucket/laurel/ours/model", workspace="default") == "ours/model"
    assert theirs.workspace_id == "elsewhere"


def test_no_store_is_asked_inside_a_transaction(store: ArtifactStore, monkeypatch) -> None:
    """A slow one would hold the only write lock meanwhile."""
    asked = []

    def watched(verb: str) -> Callable[..., object]:
        real = getattr(LocalStore, verb)

        def watching(*arguments: object) -> object:
            asked.append(verb)
            assert not connection.savepoint_ids, f"{verb} inside a transaction"
            return real(*arguments)

        return watching

    for verb in ("stat", "list", "walk", "open", "put", "delete"):
        monkeypatch.setattr(LocalStore, verb, watched(verb))
    run = make.run()
    upload(run, "model/MLmodel", b"flavors: {}")
    make.version("iris", of_run=run)
    artifacts.delete_files(actor=make.actor(), root=artifacts.files_root(run) or "", path="model")
    assert {"stat", "open", "walk", "put", "delete"} <= set(asked)
