"""The workspace header, with a second workspace beside the default one: what it may name, and what it hides."""

import json
from pathlib import Path
from typing import Any

import pytest

from models_app.models import Workspace
from tests.api.conftest import Api

PROXY = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def team(api: Api) -> Api:
    Workspace(name="team-a", created_at=1).save()
    return api.as_of(HTTP_X_MLFLOW_WORKSPACE="team-a")


def scene(api: Api, name: str = "iris") -> dict[str, str]:
    """One of everything, in the workspace of the caller."""
    number = api.post("mlflow/experiments/create", name=name)["experiment_id"]
    run = api.post("mlflow/runs/create", experiment_id=number)["run"]["info"]["run_id"]
    model = api.post("mlflow/logged-models", experiment_id=number, name="m", source_run_id=run)["model"]["info"]
    api.post("mlflow/registered-models/create", name=name)
    api.post("mlflow/model-versions/create", name=name, source=f"runs:/{run}/m", run_id=run)
    return {"experiment_id": number, "run_id": run, "model_id": model["model_id"], "name": name, "version": "1"}


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("default", 200, None),
        ("", 200, None),
        ("team-a", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("nowhere", 404, "RESOURCE_DOES_NOT_EXIST"),
        ("Not A Name", 400, "INVALID_PARAMETER_VALUE"),
        ("../x", 400, "INVALID_PARAMETER_VALUE"),
        ("a" * 64, 400, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_the_header_names_a_workspace_that_exists(api: Api, header: str, status: int, code: str | None) -> None:
    number = scene(api)["experiment_id"]
    in_header = api.as_of(HTTP_X_MLFLOW_WORKSPACE=header)
    answer = in_header.get("mlflow/experiments/get", experiment_id=number, expect=status)
    assert answer.get("error_code") == code


def test_nothing_of_another_workspace_can_be_seen_or_changed(api: Api, team: Api) -> None:
    mine, theirs = scene(api), scene(team)
    for stranger, keys in ((api, theirs), (team, mine)):
        for method, path, fields in (
            ("get", "experiments/get", ("experiment_id",)),
            ("post", "experiments/delete", ("experiment_id",)),
            ("post", "runs/create", ("experiment_id",)),
            ("get", "runs/get", ("run_id",)),
            ("post", "runs/delete", ("run_id",)),
            ("post", "runs/log-batch", ("run_id",)),
            ("get", "artifacts/list", ("run_id",)),
        ):
            given = {field: keys[field] for field in fields}
            refusal = getattr(stranger, method)(f"mlflow/{path}", expect=404, **given)
            assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST", path
        model = f"mlflow/logged-models/{keys['model_id']}"
        assert stranger.get(model, expect=404)
        assert stranger.delete(model, expect=404)
        search = {"experiment_ids": [keys["experiment_id"]]}
        assert stranger.post("mlflow/runs/search", **search) == {}
        assert stranger.post("mlflow/logged-models/search", **search) == {}
        history = stranger.get("mlflow/metrics/get-history", run_id=keys["run_id"], metric_key="m")
        assert history == {}


def test_names_belong_to_their_workspace(api: Api, team: Api) -> None:
    scene(api)
    team.get("mlflow/registered-models/get", name="iris", expect=404)
    team.get("mlflow/model-versions/get", name="iris", version="1", expect=404)
    theirs = scene(team)
    found = team.get("mlflow/experiments/get-by-name", experiment_name="iris")["experiment"]
    assert (found["experiment_id"], found["workspace"]) == (theirs["experiment_id"], "team-a")
    for workspace in (api, team):
        (row,) = workspace.get("mlflow/model-versions/search")["model_versions"]
        assert row["version"] == "1"
    assert team.get("mlflow/experiments/get", experiment_id="0", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_files_lie_in_the_workspaces_folder(api: Api, team: Api, store: Path) -> None:
    keys = scene(team)
    uri = team.get("mlflow/runs/get", run_id=keys["run_id"])["run"]["info"]["artifact_uri"]
    path = uri.removeprefix("mlflow-artifacts:/")
    assert path == f"workspaces/team-a/{keys['experiment_id']}/{keys['run_id']}/artifacts"

    short = path.removeprefix("workspaces/team-a/")
    assert team.client.put(f"{PROXY}/{short}/a.txt", b"a", "text/plain", **team.headers).status_code == 200
    assert (store / path / "a.txt").read_bytes() == b"a"
    for prefix in (path, short):
        assert team.client.get(f"{PROXY}/{prefix}/a.txt", **team.headers).content == b"a"
        assert team.client.get(PROXY, {"path": prefix}, **team.headers).json()["files"][0]["path"] == "a.txt"
        assert api.client.get(f"{PROXY}/{prefix}/a.txt", **api.headers).status_code == 404
        # Deleting what is not there is no mistake; in the other workspace nothing happens.
        assert api.client.delete(f"{PROXY}/{prefix}/a.txt", **api.headers).status_code in (200, 404)
        assert (store / path / "a.txt").exists()


def test_a_workspace_may_have_its_own_place_for_artifacts(api: Api) -> None:
    Workspace(name="team-b", created_at=1, default_artifact_root="s3://team-b/models/").save()
    team = api.as_of(HTTP_X_MLFLOW_WORKSPACE="team-b")
    keys = scene(team)
    info: dict[str, Any] = team.get("mlflow/experiments/get", experiment_id=keys["experiment_id"])["experiment"]
    assert info["artifact_location"] == f"s3://team-b/models/{keys['experiment_id']}"
    run = team.get("mlflow/runs/get", run_id=keys["run_id"])["run"]["info"]
    assert run["artifact_uri"] == f"s3://team-b/models/{keys['experiment_id']}/{keys['run_id']}/artifacts"
    chosen = team.post("mlflow/experiments/create", name="own", artifact_location="s3://other/x")["experiment_id"]
    found = team.get("mlflow/experiments/get", experiment_id=chosen)["experiment"]
    assert found["artifact_location"] == "s3://other/x"


def test_the_probes_ignore_the_header(api: Api) -> None:
    lost = api.as_of(HTTP_X_MLFLOW_WORKSPACE="Not A Name")
    assert lost.client.get("/health", **lost.headers).content == b"OK"
    answer = lost.client.get("/api/3.0/mlflow/server-info", **lost.headers)
    assert json.loads(answer.content)["workspaces_enabled"] is False
