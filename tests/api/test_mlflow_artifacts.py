import base64
import hashlib
from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote

import pytest
from django.test import RequestFactory

from models_app.api.mlflow.files import body_of
from models_app.errors import InvalidValue
from tests import make
from tests.api.conftest import Api

PROXY = "/api/2.0/mlflow-artifacts/artifacts"

pytestmark = pytest.mark.usefixtures("store")


def put(api: Api, path: str, content: bytes, **headers: str) -> Any:
    return api.client.put(f"{PROXY}/{path}", content, "application/octet-stream", **api.headers, **headers)


def put_chunked(api: Api, path: str, content: bytes, **headers: str) -> Any:
    """As a server hands it over: no length, the body behind `wsgi.input`."""
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(content), "CONTENT_LENGTH": ""}
    return api.client.put(f"{PROXY}/{path}", b"", "text/plain", **api.headers, **headers, **chunked)


def get(api: Api, path: str, **headers: str) -> Any:
    return api.client.get(f"{PROXY}/{path}", **api.headers, **headers)


def body(response: Any) -> bytes:
    return b"".join(response)


def test_a_file_goes_in_and_comes_out(api: Api) -> None:
    response = put(api, "0/run/artifacts/deep/größe 50%25.txt", b"naive")
    assert (response.status_code, response.content) == (200, b"")

    found = get(api, "0/run/artifacts/deep/größe 50%25.txt")
    assert body(found) == b"naive"
    assert found["Content-Length"] == "5"
    assert found["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert found["Content-Type"] == "text/plain"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Accept-Ranges"] == "bytes"
    assert "ETag" in found.headers
    assert put(api, "0/run/artifacts/deep/größe 50%25.txt", b"other").status_code == 200
    assert body(get(api, "0/run/artifacts/deep/größe 50%25.txt")) == b"other"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("dir %2541/x%2525.txt", "dir A/x%.txt"),
        ("a%0a%0cb", "a%0cb"),
        ("images/dog%25step%2523%25timestamp%251795%25r0-1.png", "images/dog+step+23+timestamp+1795+r0-1.png"),
        ("images/dog%25step%250%25timestamp%251795%25r0-1.png", "images/dog%step%0%timestamp%1795%r0-1.png"),
    ],
)
def test_a_name_with_percent_signs_is_kept_as_clients_read_it(api: Api, sent: str, name: str) -> None:
    run = make.run()
    root = f"{run.experiment_id}/{run.pk}/artifacts"
    assert put(api, f"{root}/{sent}", b"x").status_code == 200

    folder, _, last = name.rpartition("/")
    listed = api.get("mlflow-artifacts/artifacts", path=f"{root}/{folder}")
    assert listed == {"files": [{"path": last, "is_dir": False, "file_size": 1}]}
    assert body(get(api, f"{root}/{quote(name)}")) == body(get(api, f"{root}/{sent}")) == b"x"
    assert api.get("mlflow/artifacts/list", run_id=run.pk, path=folder)["files"][0]["path"] == name
    for path in (name, unquote(sent)):
        served = api.client.get("/get-artifact", {"run_id": run.pk, "path": path}, **api.headers)
        assert body(served) == b"x"
    assert api.delete(f"mlflow-artifacts/artifacts/{root}/{sent}") == {}
    assert get(api, f"{root}/{quote(name)}").status_code == 404


def test_a_part_of_a_file_is_served(api: Api) -> None:
    put(api, "0/x.bin", b"0123456789")

    part = get(api, "0/x.bin", HTTP_RANGE="bytes=2-4")
    assert (part.status_code, part["Content-Range"], body(part)) == (206, "bytes 2-4/10", b"234")
    assert get(api, "0/x.bin", HTTP_RANGE="bytes=10-").status_code == 416


def test_listing_names_files_and_folders_by_their_last_part(api: Api) -> None:
    put(api, "0/run/artifacts/b.txt", b"12")
    put(api, "0/run/artifacts/a/c.txt", b"1")
    put(api, "0/run/artifacts/empty", b"")

    assert api.get("mlflow-artifacts/artifacts", path="0/run/artifacts") == {
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 2},
            {"path": "empty", "is_dir": False},
        ]
    }
    assert api.get("mlflow-artifacts/artifacts")["files"] == [{"path": "0", "is_dir": True}]


def test_listing_a_file_or_nothing_is_empty_and_no_error(api: Api) -> None:
    put(api, "0/b.txt", b"12")

    assert api.get("mlflow-artifacts/artifacts", path="0/b.txt") == {}
    assert api.get("mlflow-artifacts/artifacts", path="0/nothing/here") == {}


def test_a_folder_can_not_be_downloaded_and_a_missing_file_is_missing(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    put(api, "0/a/b.txt", b"12")

    folder, missing = get(api, "0/a"), get(api, "0/nothing")
    assert (folder.status_code, list(folder.json())) == (400, ["detail"])
    assert not caplog.text, "clients ask for such things as a matter of course"
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_deleting_takes_folders_whole_and_may_be_repeated(api: Api) -> None:
    put(api, "0/a/b.txt", b"12")
    for _ in range(2):
        assert api.delete("mlflow-artifacts/artifacts/0/a") == {}
    assert get(api, "0/a/b.txt").status_code == 404
    assert api.delete("mlflow-artifacts/artifacts/", expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "path", ["../x", "0/../../x", "0/%252e%252e/x", "/etc/passwd", "C:/x", "0/a%5Cb", "0/a%00b", "0/%2523"]
)
def test_a_path_that_leads_elsewhere_is_refused(api: Api, path: str) -> None:
    for response in (put(api, path, b"x"), get(api, path)):
        assert response.status_code == 400, path
        assert response.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_an_upload_needs_a_name_that_is_free_for_a_file(api: Api) -> None:
    put(api, "0/file", b"x")
    put(api, "0/folder/file", b"x")

    for path in ("", "0/new/", "0/folder", "0/file/below"):
        response = put(api, path, b"x")
        assert (response.status_code, response.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path


def test_an_empty_file_arrives_chunked(api: Api) -> None:
    assert put_chunked(api, "0/empty", b"", HTTP_USER_AGENT="mlflow-python-client/2.22.5").status_code == 200
    found = get(api, "0/empty")
    assert (found.status_code, body(found)) == (200, b"")


def test_an_empty_chunked_body_of_another_sender_may_have_been_cut_off(api: Api) -> None:
    put(api, "0/a", b"before")
    digest = base64.b64encode(hashlib.sha256(b"").digest()).decode()

    assert put_chunked(api, "0/a", b"").status_code == 411
    assert body(get(api, "0/a")) == b"before"
    assert put_chunked(api, "0/a", b"", HTTP_CONTENT_DIGEST=f"sha-256=:{digest}:").status_code == 200
    assert body(get(api, "0/a")) == b""


def test_a_chunked_file_needs_a_digest_that_shows_when_it_was_cut_off(api: Api) -> None:
    digest = base64.b64encode(hashlib.sha256(b"whole").digest()).decode()
    header = {"HTTP_CONTENT_DIGEST": f"sha-256=:{digest}:"}

    assert put_chunked(api, "0/a", b"whole").status_code == 411
    assert put_chunked(api, "0/a", b"who", **header).status_code == 400
    assert get(api, "0/a").status_code == 404
    assert put_chunked(api, "0/a", b"whole", **header).status_code == 200
    assert body(get(api, "0/a")) == b"whole"
    assert put(api, "0/b", b"other", **header).status_code == 400
    assert put(api, "0/b", b"whole", **header).status_code == 200
    assert put(api, "0/c", b"whole", HTTP_CONTENT_DIGEST="sha-256=:x=:").status_code == 400


def test_a_body_that_was_cut_off_is_not_stored(api: Api) -> None:
    put(api, "0/a", b"before")
    part = {"wsgi.input": BytesIO(b"only a part"), "CONTENT_LENGTH": "1000"}
    response = api.client.put(f"{PROXY}/0/a", b"", "text/plain", **api.headers, **part)

    assert response.status_code == 400
    assert body(get(api, "0/a")) == b"before"


def test_a_body_is_not_read_before_it_is_stored() -> None:
    request = RequestFactory().put("/x", b"content", "text/plain")
    stream, size = body_of(request)

    assert (stream.read(3), size) == (b"con", 7)


def test_a_stream_is_checked_at_its_end_only() -> None:
    headers = {"HTTP_CONTENT_DIGEST": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}
    stream, _ = body_of(RequestFactory().put("/x", b"content", "text/plain", **headers))

    assert stream.read(100) == b"content"
    with pytest.raises(InvalidValue, match="Content-Digest"):
        stream.read(100)


def test_multipart_is_refused_so_that_the_client_sends_the_file_plainly(api: Api) -> None:
    refusal = api.post("mlflow-artifacts/mpu/create/0/run", path="/srv/x.bin", num_parts=3, expect=501)

    assert refusal["error_code"] == "NOT_IMPLEMENTED"
    assert refusal["message"].startswith("Multipart upload is not supported for the current artifact repository")
    assert api.get("mlflow-artifacts/presigned/0/x", expect=501)["error_code"] == "NOT_IMPLEMENTED"


def test_files_of_a_run_are_listed_served_and_uploaded(api: Api) -> None:
    run = make.run()
    upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run.pk}&path=notes/a.txt"
    assert api.client.post(upload, b"hello", "text/plain", **api.headers).json() == {}

    top = api.get("mlflow/artifacts/list", run_id=run.pk)
    assert top == {"root_uri": run.artifact_uri, "files": [{"path": "notes", "is_dir": True}]}
    below = api.get("mlflow/artifacts/list", run_id=run.pk, path="notes")
    assert below["files"] == [{"path": "notes/a.txt", "is_dir": False, "file_size": 5}]
    served = api.client.get("/get-artifact", {"run_uuid": run.pk, "path": "notes/a.txt"}, **api.headers)
    assert body(served) == b"hello"
    for path in ("../x", "/etc/passwd"):
        assert api.client.get("/get-artifact", {"run_id": run.pk, "path": path}, **api.headers).status_code == 400
        assert api.get("mlflow/artifacts/list", run_id=run.pk, path=path, expect=400)
    large = api.client.post(upload, bytes(10 * 1024 * 1024 + 1), "text/plain", **api.headers)
    assert large.status_code == 400


def test_a_large_upload_by_a_page_is_refused_whatever_it_announces(api: Api) -> None:
    run, content = make.run(), bytes(10 * 1024 * 1024 + 1)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(content), "CONTENT_LENGTH": ""}
    address = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run.pk}&path=a.bin"
    response = api.client.post(
        address, b"", "text/plain", **api.headers, **chunked, HTTP_CONTENT_DIGEST=f"sha-256=:{digest}:"
    )
    assert (response.status_code, response.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert api.get("mlflow/artifacts/list", run_id=run.pk) == {"root_uri": run.artifact_uri}


def test_there_are_no_presigned_addresses(api: Api) -> None:
    run = make.run()
    for call in ("presigned-upload-url", "presigned-download-url"):
        refusal = api.post(f"mlflow/artifacts/{call}", run_id=run.pk, path="a.txt", expect=400)
        assert refusal["error_code"] == "INVALID_PARAMETER_VALUE"
        unknown = api.post(f"mlflow/artifacts/{call}", run_id="0" * 32, path="a.txt", expect=404)
        assert unknown["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_artifacts_that_are_elsewhere_are_not_served(api: Api) -> None:
    run = make.run(make.experiment(artifact_location="s3://bucket/x"))

    assert api.get("mlflow/artifacts/list", run_id=run.pk, expect=400)["error_code"] == "INVALID_PARAMETER_VALUE"
