"""The stock client against a server whose artifacts lie in a bucket: large files go past the server, both ways."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.buckets import BUCKET, S3Server
from tests.conftest import once

pytestmark = [once, pytest.mark.conformance]

NAMES = ["plain.txt", "two words.txt", "größe 数据.txt", "50%.txt", "a+b.txt", "semi;colon.txt", "empty"]
SIGNED = "X-Amz-Signature="


def serve(folder: Path, bucket: S3Server, *options: str) -> Any:
    place = f"s3://{BUCKET}/{folder.name}"
    env = live.environment(**bucket.environment)
    return live.serving(folder, "--artifacts", place, *options, env=env)


@pytest.fixture(scope="module")
def live_laurel(tmp_path_factory: pytest.TempPathFactory, nanio_server: S3Server) -> Iterator[live.LiveLaurel]:
    """For this module's clients, on the server that checks signatures."""
    with serve(tmp_path_factory.mktemp("direct"), nanio_server) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_experiment_of_another_server(mlflow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow.tracking.fluent, "_active_experiment_id", None)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(6 * 1024 * 1024))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * 1024 * 1024))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(3 * 1024 * 1024))


def round_trip(mlflow: Any, folder: Path, name: str) -> None:
    """Seven megabytes: two parts on the way up, three on the way down."""
    large = folder / name
    large.write_bytes(os.urandom(7 * 1024 * 1024))
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(large), "deep")
    found = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path=f"deep/{name}", dst_path=str(folder / "down")
    )
    assert Path(found).read_bytes() == large.read_bytes()


def test_a_model_is_logged_registered_and_loaded(mlflow: Any, client: Any, experiment: Any, unique: str) -> None:
    class Doubler(mlflow.pyfunc.PythonModel):
        def predict(self, context: Any, model_input: list[int]) -> list[int]:
            return [2 * value for value in model_input]

    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(
            name="model", python_model=Doubler(), registered_model_name=unique, pip_requirements=["mlflow"]
        )
        mlflow.log_table({"a": [1]}, "table.json")
        mlflow.log_table({"a": [2]}, "table.json")
    for uri in (f"models:/{unique}/1", f"runs:/{run.info.run_id}/model"):
        assert mlflow.pyfunc.load_model(uri).predict([21]) == [42]
    assert list(mlflow.load_table("table.json", run_ids=[run.info.run_id])["a"]) == [1, 2]


def test_files_of_any_name_come_back(
    mlflow: Any, client: Any, experiment: Any, tmp_path: Path, nanio_server: S3Server
) -> None:
    for name in NAMES:
        path = tmp_path / "up" / "deep ü" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if name == "empty" else name)
    before = nanio_server.counted("GET", SIGNED)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "up"), "files")
    found = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="files", dst_path=str(tmp_path / "down")
    )
    assert {path.name: path.read_text() for path in Path(found, "deep ü").iterdir()} == {
        name: "" if name == "empty" else name for name in NAMES
    }
    # An empty file has no parts to ask for.
    assert nanio_server.counted("GET", SIGNED) - before == len(NAMES) - 1
    repository = mlflow.store.artifact.artifact_repository_registry.get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("files/deep ü/50%.txt")
    assert len(client.list_artifacts(run.info.run_id, "files/deep ü")) == len(NAMES) - 1
    repository.delete_artifacts("files")
    assert client.list_artifacts(run.info.run_id) == []


@pytest.mark.usefixtures("small_parts")
def test_large_files_go_past_the_server_in_parts(
    mlflow: Any, experiment: Any, tmp_path: Path, nanio_server: S3Server
) -> None:
    before = [nanio_server.counted(method, SIGNED) for method in ("PUT", "GET")]
    round_trip(mlflow, tmp_path, "my größe.bin")
    assert [nanio_server.counted(method, SIGNED) for method in ("PUT", "GET")] == [before[0] + 2, before[1] + 3]


@pytest.mark.usefixtures("small_parts")
def test_large_files_go_through_the_server_where_clients_can_not_reach_the_bucket(
    mlflow: Any, tmp_path: Path, moto_server: S3Server
) -> None:
    with serve(tmp_path, moto_server, "--s3-public-endpoint", "off") as server:
        mlflow.set_tracking_uri(server.url)
        mlflow.set_experiment("here")
        round_trip(mlflow, tmp_path, "my größe.bin")
    of_file = [request for request in moto_server.requests if f"/{tmp_path.name}/" in request and "deep" in request]
    assert any(request.startswith("PUT ") for request in of_file)
    assert not any(SIGNED in request for request in of_file)
