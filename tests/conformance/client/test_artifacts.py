"""Files of runs by the stock client: uploaded in all ways, listed, read, downloaded and deleted."""

import io
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.client.generations import since


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With an empty file, a deep one and one whose name is odd."""
    folder = tmp_path / "folder"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "empty.txt").touch()
    (folder / "deep" / "größe 50%.txt").write_text("naïve")
    (folder / "deep" / "er" / "bytes.bin").write_bytes(bytes(range(256)))
    return folder


def test_artifacts_of_all_kinds_come_back(
    mlflow: Any, client: Any, experiment: Any, folder: Path, tmp_path: Path
) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "config.json")
        mlflow.log_artifacts(str(folder), "data")

    run_id = run.info.run_id
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json") == {"a": 1}
    listed = client.list_artifacts(run_id)
    assert [(info.path, info.is_dir) for info in listed] == [("config.json", False), ("data", True), ("notes", True)]
    copy = Path(mlflow.artifacts.download_artifacts(f"runs:/{run_id}/data", dst_path=str(tmp_path / "copy")))
    assert (copy / "empty.txt").read_bytes() == b""
    assert (copy / "deep" / "größe 50%.txt").read_text() == "naïve"
    assert (copy / "deep" / "er" / "bytes.bin").read_bytes() == bytes(range(256))
    assert client.list_artifacts(run_id, "nothing/here") == []
    assert client.list_artifacts(run_id, "config.json") == []


def test_the_client_logs_to_a_run_it_names(client: Any, experiment: Any, folder: Path, tmp_path: Path) -> None:
    run_id = client.create_run(experiment.experiment_id).info.run_id
    client.log_text(run_id, "größe", "notes/größe.txt")
    client.log_dict(run_id, {"a": [1, None]}, "config.yml")
    client.log_artifact(run_id, str(folder / "deep" / "größe 50%.txt"))
    client.log_artifact(run_id, str(folder / "deep"), "more/of it")
    client.log_artifacts(run_id, str(folder))
    client.log_text(run_id, "again", "notes/größe.txt")

    sizes = {info.path: info.file_size for info in client.list_artifacts(run_id) if not info.is_dir}
    assert sizes["größe 50%.txt"] == 6
    assert not sizes["empty.txt"]
    assert [info.path for info in client.list_artifacts(run_id, "more/of it")] == ["more/of it/deep"]
    target = tmp_path / "target"
    target.mkdir()
    assert Path(client.download_artifacts(run_id, "notes/größe.txt", str(target))).read_text() == "again"
    whole = Path(client.download_artifacts(run_id, ""))
    assert {str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file()} == {
        "config.yml", "deep/er/bytes.bin", "deep/größe 50%.txt", "empty.txt", "größe 50%.txt",
        "more/of it/deep/er/bytes.bin", "more/of it/deep/größe 50%.txt", "notes/größe.txt",
    }  # fmt: skip


def test_the_fluent_calls_find_files_by_run_and_by_address(
    mlflow: Any, experiment: Any, folder: Path, tmp_path: Path
) -> None:
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(folder / "deep" / "er" / "bytes.bin"), "data")
        mlflow.log_artifacts(str(folder), "data/more", run_id=run.info.run_id)

    run_id, uri = run.info.run_id, run.info.artifact_uri
    of_run = mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="data")
    assert [(info.path, info.is_dir) for info in of_run] == [("data/bytes.bin", False), ("data/more", True)]
    assert of_run[0].file_size == 256
    assert [info.path for info in mlflow.artifacts.list_artifacts(f"runs:/{run_id}/data")] == [
        "data/bytes.bin", "data/more",
    ]  # fmt: skip
    for options in ({"run_id": run_id, "artifact_path": "data/bytes.bin"}, {"artifact_uri": f"{uri}/data/bytes.bin"}):
        found = mlflow.artifacts.download_artifacts(**options, dst_path=str(tmp_path))
        assert Path(found).read_bytes() == bytes(range(256))


@since("3.17", "log_stream")
def test_a_stream_becomes_a_file(mlflow: Any, client: Any, experiment: Any) -> None:
    content = bytes(range(256)) * 5_000
    with mlflow.start_run() as run:
        mlflow.log_stream(io.BytesIO(content), "streams/first.bin")
        client.log_stream(run.info.run_id, io.BytesIO(b""), "streams/empty.bin")

    sizes = {info.path: info.file_size for info in client.list_artifacts(run.info.run_id, "streams")}
    assert (sizes["streams/first.bin"], sizes["streams/empty.bin"] or 0) == (len(content), 0)
    assert Path(client.download_artifacts(run.info.run_id, "streams/first.bin")).read_bytes() == content


def test_many_files_are_uploaded_side_by_side(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for number in range(120):
        file = folder / f"part {number % 7}" / f"{number:03}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{number} " * number)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "many")

    whole = Path(client.download_artifacts(run.info.run_id, "many"))
    sent = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.txt")}
    assert {str(file.relative_to(whole)): file.read_bytes() for file in whole.rglob("*.txt")} == sent


def test_a_large_file_comes_back_whole(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 80_000)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(large))

    assert Path(client.download_artifacts(run.info.run_id, "large.bin")).read_bytes() == large.read_bytes()
    assert client.list_artifacts(run.info.run_id)[0].file_size == 256 * 80_000


def test_names_with_percent_signs_come_back(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    folder = tmp_path / "dir %41"
    folder.mkdir()
    for name in ("plain.txt", "100% b%25.txt", "x%17.txt"):
        (folder / name).write_text(name)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "dir %41")

    # The client decodes the names it lists, so it finds what the server kept decoded.
    names = [info.path for info in client.list_artifacts(run.info.run_id, "dir %41")]
    assert names == [f"dir %41/{name}" for name in ("100% b%.txt", "plain.txt", "x%17.txt")]
    for whole in (
        client.download_artifacts(run.info.run_id, "dir %41"),
        client.download_artifacts(run.info.run_id, ""),
    ):
        assert {file.read_text() for file in Path(whole).rglob("*.txt")} == {"plain.txt", "100% b%25.txt", "x%17.txt"}


@pytest.mark.parametrize("name", ["a+b.txt", "a b.txt", "ünï cødé 学.txt", "a&b=c;d.txt", "it's [1].txt"])
def test_odd_names_come_back(mlflow: Any, client: Any, experiment: Any, name: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_text(name, f"odd/{name}")

    assert [info.path for info in client.list_artifacts(run.info.run_id, "odd")] == [f"odd/{name}"]
    assert Path(client.download_artifacts(run.info.run_id, f"odd/{name}")).read_text() == name


def test_deleted_artifacts_are_gone(mlflow: Any, client: Any, experiment: Any) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_text("hello", "notes/deep/hello.txt")
        mlflow.log_text("stays", "other.txt")
    repository = get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("notes/hello.txt")
    assert [info.path for info in client.list_artifacts(run.info.run_id, "notes")] == ["notes/deep"]
    repository.delete_artifacts("notes")
    repository.delete_artifacts("notes")

    assert [info.path for info in client.list_artifacts(run.info.run_id)] == ["other.txt"]


def test_a_missing_file_is_said_to_be_missing(mlflow: Any, client: Any, experiment: Any, tmp_path: Path) -> None:
    run = client.create_run(experiment.experiment_id)

    # By the address of the file: the first clients of mlflow 3 return None for one below `runs:/`.
    with pytest.raises(Exception, match=r"404|RESOURCE_DOES_NOT_EXIST|No such artifact"):
        mlflow.artifacts.download_artifacts(f"{run.info.artifact_uri}/nothing.txt", dst_path=str(tmp_path))
    with pytest.raises(Exception, match=r"nothing|NoneType"):
        mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/nothing.txt")
