"""What clients of a bucket are told, so that they move large files themselves."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from django.test import override_settings

from models_app.storage import get_store, s3_client
from tests import buckets, make
from tests.api.conftest import Api
from tests.api.test_every_endpoint import JUNK
from tests.api.test_mlflow_artifacts import body, get, put
from tests.buckets import BUCKET, S3Server
from tests.conftest import once

MPU = "mlflow-artifacts/mpu"
PART = 5 * 1024 * 1024

pytestmark = once


@pytest.fixture(autouse=True)
def bucket(nanio_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The strict one: it refuses what is not signed as it should be."""
    nanio_server.use(monkeypatch)
    with override_settings(ARTIFACTS=f"s3://{BUCKET}/{uuid4().hex}"):
        yield nanio_server


def send(url: str, content: bytes) -> str:
    request = Request(url, content, {"Content-Type": "application/octet-stream"}, method="PUT")
    with urlopen(request) as answer:
        return str(answer.headers["ETag"])


def create(api: Api, folder: str, name: str, parts: int = 1, **expect: int) -> Any:
    return api.post(f"{MPU}/create/{folder}", path=name, num_parts=parts, **expect)


def test_server_info_tells_clients_of_it(api: Api, settings: Any) -> None:
    flags = ("multipart_uploads_enabled", "multipart_downloads_enabled")
    flags += ("presigned_upload_run_id_supported", "presigned_upload_model_id_supported")
    address = "/api/3.0/mlflow/server-info"
    assert [api.client.get(address, **api.headers).json()[name] for name in flags] == [True] * 4
    settings.S3_PUBLIC_ENDPOINT = "off"
    assert [api.client.get(address, **api.headers).json()[name] for name in flags] == [False] * 4


def test_a_file_is_uploaded_in_parts(api: Api) -> None:
    run = make.run()
    folder = f"{run.experiment_id}/{run.pk}/artifacts"
    begun = create(api, f"{folder}/deep", "/data/my files/größe.bin", parts=2)
    assert [part["part_number"] for part in begun["credentials"]] == [1, 2]
    assert begun["credentials"][0]["headers"] == {}

    contents = [bytes(PART), b"the end"]
    sent = [send(part["url"], content) for part, content in zip(begun["credentials"], contents, strict=True)]
    assert api.get("mlflow-artifacts/artifacts", path=folder) == {}
    parts = [{"part_number": number, "etag": etag, "url": "x"} for number, etag in enumerate(sent, start=1)]
    given = {"path": "größe.bin", "upload_id": begun["upload_id"], "parts": parts}
    assert api.post(f"{MPU}/complete/{folder}/deep", **given) == {}
    assert body(get(api, f"{folder}/deep/größe.bin")) == b"".join(contents)


@pytest.mark.parametrize("local", ["C:\\Users\\ada\\x.bin", "/data/x.bin", "x.bin", "../x.bin"])
def test_only_the_name_of_the_clients_file_counts(api: Api, local: str) -> None:
    begun = create(api, "0/run/artifacts", local)
    etag = send(begun["credentials"][0]["url"], b"x")
    parts = [{"part_number": 1, "etag": etag}]
    api.post(f"{MPU}/complete/0/run/artifacts", path=local, upload_id=begun["upload_id"], parts=parts)
    assert [info.path for info in get_store().walk("")] == ["0/run/artifacts/x.bin"]


@pytest.mark.parametrize("name", ["%2e", "%252e", ".", "a/", "%0a"])
@pytest.mark.parametrize("folder", ["", "0/run/artifacts"])
def test_an_upload_needs_a_name_that_is_one_when_decoded(api: Api, folder: str, name: str) -> None:
    refused = create(api, folder, name, expect=400)
    assert refused["message"] == "Invalid path: an upload needs the name of a file."


@pytest.mark.parametrize("etag", ["\x01", "a\nb", "größe", " "])
def test_an_etag_no_store_gives_is_refused_before_it_is_asked(api: Api, bucket: S3Server, etag: str) -> None:
    begun = create(api, "0/run/artifacts", "x")
    before = len(bucket.requests)
    parts = [{"part_number": 1, "etag": etag}]
    given = {"path": "x", "upload_id": begun["upload_id"], "parts": parts}
    assert "etag of its upload" in api.post(f"{MPU}/complete/0/run/artifacts", **given, expect=400)["message"]
    assert len(bucket.requests) == before


def test_an_upload_is_bound_to_its_path(api: Api) -> None:
    begun = create(api, "0/mine", "x")
    part = {"part_number": 1, "etag": send(begun["credentials"][0]["url"], b"x")}
    for folder, upload_id in (("0/other", begun["upload_id"]), ("0/mine", "x"), ("0/mine", begun["upload_id"][:-1])):
        for verb, given in (("complete", {"parts": [part]}), ("abort", {})):
            refusal = api.post(f"{MPU}/{verb}/{folder}", path="x", upload_id=upload_id, expect=400, **given)
            assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    for _ in range(2):
        assert api.post(f"{MPU}/abort/0/mine", path="x", upload_id=begun["upload_id"]) == {}
    given = {"path": "x", "upload_id": begun["upload_id"], "parts": [part]}
    assert "NoSuchUpload" in api.post(f"{MPU}/complete/0/mine", expect=400, **given)["message"]
    assert list(get_store().walk("")) == []


@pytest.mark.parametrize(
    "given",
    [
        {"num_parts": 0},
        {"num_parts": 10_001},
        {"num_parts": "x"},
        {"path": ""},
        {"path": "/data/"},
        {"path": "/data/.."},
        {"path": "/data/."},
        {"path": "a\x00b"},
        {"path": "%2e%2e"},
        {"path": "a#b"},
        {"path": ".laurel-upload-x"},
    ],
)
def test_an_upload_that_can_not_be_is_refused(api: Api, given: dict[str, Any]) -> None:
    refusal = api.post(f"{MPU}/create/0/x", **{"path": "x", "num_parts": 1, **given}, expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{}],
        [{"part_number": 1, "etag": ""}],
        [{"part_number": 1, "etag": "a"}] * 2,
        [{"part_number": 0, "etag": "a"}],
        [{"part_number": 10_001, "etag": "a"}],
    ],
)
def test_parts_that_make_no_file_are_refused(api: Api, parts: list[Any]) -> None:
    begun = create(api, "0", "x")
    api.post(f"{MPU}/complete/0", path="x", upload_id=begun["upload_id"], parts=parts, expect=400)


def test_nonsense_is_refused(api: Api, moto_server: S3Server, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    moto_server.use(monkeypatch)  # which takes all names
    settings.ARTIFACTS = f"s3://{BUCKET}/{uuid4().hex}"
    for verb in ("create", "complete", "abort"):
        for name in ("path", "num_parts", "upload_id", "parts"):
            for junk in JUNK:
                given = json.dumps({"path": "x", "num_parts": 1, "upload_id": "x", "parts": "x", name: junk})
                if verb == "create" and name in {"upload_id", "parts"}:
                    continue
                response = api.client.generic("POST", f"/api/2.0/{MPU}/{verb}/0", given, "application/json")
                assert response.status_code in ({200, 400} if verb == "create" else {400}), (verb, name, junk)


def test_a_file_neither_replaces_a_folder_nor_lies_below_a_file(api: Api) -> None:
    put(api, "0/folder/file", b"x")
    create(api, "0", "folder", expect=400)
    create(api, "0/folder/file", "below", expect=400)


def test_another_workspaces_files_are_out_of_reach(api: Api) -> None:
    for verb in ("create", "complete", "abort"):
        given = {"path": "x", "num_parts": 1, "upload_id": "x", "parts": [{"part_number": 1, "etag": "a"}]}
        refusal = api.post(f"{MPU}/{verb}/workspaces/elsewhere/1", expect=404, **given)
        assert refusal["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    api.get("mlflow-artifacts/presigned/workspaces/elsewhere/1/x", expect=404)


def test_a_signed_address_gives_the_file(api: Api, bucket: S3Server) -> None:
    put(api, "0/run/artifacts/a b.txt", b"0123456789")
    given = api.get("mlflow-artifacts/presigned/0/run/artifacts/a b.txt")
    assert (given["headers"], given["file_size"]) == ({}, 10)
    assert given["url"].startswith(bucket.endpoint)
    assert "attachment" in given["url"]
    with urlopen(Request(given["url"], headers={"Range": "bytes=2-4"})) as answer:
        assert (answer.status, answer.read()) == (206, b"234")
    with pytest.raises(HTTPError, match="403"):
        urlopen(given["url"].replace("a%20b", "other"))


def test_only_files_have_signed_addresses(api: Api) -> None:
    put(api, "0/folder/file", b"")
    assert api.get("mlflow-artifacts/presigned/0/folder/file")["file_size"] == 0
    assert api.get("mlflow-artifacts/presigned/0/nothing", expect=404)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
    assert api.get("mlflow-artifacts/presigned/0/folder", expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"
    api.get("mlflow-artifacts/presigned/0/../x", expect=400)


def test_everything_passes_through_the_server_when_it_should(api: Api, settings: Any) -> None:
    settings.S3_PUBLIC_ENDPOINT = "off"
    refusal = create(api, "0", "x", expect=501)
    assert refusal["message"].startswith("Multipart upload is not supported for the current artifact repository")
    assert api.get("mlflow-artifacts/presigned/0/x", expect=501)["error_code"] == "NOT_IMPLEMENTED"
    refusal = api.post("mlflow/artifacts/presigned-download-url", run_id=make.run().pk, path="a", expect=400)
    assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
    put(api, "0/a", b"x")
    assert body(get(api, "0/a")) == b"x"


def test_files_of_runs_and_models_have_signed_addresses(api: Api) -> None:
    run, model = make.run(), make.logged_model()
    for owner, location in (({"run_id": run.pk}, run), ({"model_id": model.pk}, model)):
        given = api.post("mlflow/artifacts/presigned-upload-url", path="deep/a.txt", **owner)
        assert given["headers"] == {}
        send(given["presigned_url"], b"sent")
        path = location.artifact_uri.removeprefix("mlflow-artifacts:/")
        assert body(get(api, f"{path}/deep/a.txt")) == b"sent"
    given = api.post("mlflow/artifacts/presigned-download-url", run_id=run.pk, path="deep/a.txt", expiration=60)
    with urlopen(given["presigned_url"]) as answer:
        assert (answer.read(), given["file_size"]) == (b"sent", 4)
    assert "X-Amz-Expires=60&" in given["presigned_url"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 400),
        ({"run_id": "RUN", "model_id": "m-1"}, 400),
        ({"run_id": "RUN", "expiration": 0}, 400),
        ({"run_id": "RUN", "expiration": 604_801}, 400),
        ({"run_id": "RUN", "path": "../x"}, 400),
        ({"run_id": "RUN", "path": "."}, 400),
        ({"run_id": "unknown"}, 404),
        ({"model_id": "m-unknown"}, 404),
    ],
)
def test_a_signed_upload_that_can_not_be_is_refused(api: Api, given: dict[str, Any], status: int) -> None:
    run = make.run()
    named = {name: run.pk if value == "RUN" else value for name, value in given.items()}
    api.post("mlflow/artifacts/presigned-upload-url", **{"path": "a", **named}, expect=status)


def test_a_bucket_that_is_away_is_said_to_be_away(api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setattr(s3_client, "connect", buckets.connect)
    settings.ARTIFACTS = f"s3://{BUCKET}/{uuid4().hex}"
    for response in (put(api, "0/x", b"x"), get(api, "0/x")):
        assert (response.status_code, response.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert create(api, "0", "x", expect=503)["error_code"] == "TEMPORARILY_UNAVAILABLE"
