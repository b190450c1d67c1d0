import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from models_app.errors import InvalidValue
from models_app.storage import StoreFull, StoreUnavailable, get_store, s3, s3_client
from models_app.storage.interface import Overwritten
from models_app.storage.s3 import S3Store
from models_app.storage.zips import FolderZip
from tests import live
from tests.buckets import BUCKET, S3Server
from tests.conftest import once
from tests.storage.contract import UNUSUAL_NAMES, StoreContract, everything, put, read

pytestmark = once


@pytest.fixture(params=["moto", "nanio"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    found: S3Server = request.getfixturevalue(f"{request.param}_server")
    found.use(monkeypatch)
    return found


@pytest.fixture
def location() -> str:
    return f"s3://{BUCKET}/{uuid4().hex}"


@pytest.fixture
def store(server: S3Server, location: str) -> S3Store:
    return S3Store(location)


class TestS3Store(StoreContract):
    @pytest.mark.parametrize("name", UNUSUAL_NAMES)
    def test_unusual_names_survive(self, store: S3Store, name: str, server: S3Server) -> None:
        if server.is_strict and unquote(name) != name:
            pytest.skip("nanio decodes an address twice before it checks the signature")
        super().test_unusual_names_survive(store, name)


class Zeros(io.RawIOBase):
    """As many as announced, in the pieces of a network; `gone_at` is where its sender vanishes."""

    def __init__(self, size: int, gone_at: int | None = None) -> None:
        self._left = size
        self._until_gone = gone_at

    def read(self, size: int = -1) -> bytes:
        if self._until_gone is not None and self._until_gone <= 0:
            raise ConnectionResetError("gone")
        taken = min(size, self._left, 300_000)
        self._left -= taken
        self._until_gone = None if self._until_gone is None else self._until_gone - taken
        return bytes(taken)


PART = 5 * 1024 * 1024  # the least that S3 takes for a part that is not the last


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PART_BYTES", PART)


def unfinished(store: S3Store) -> list[str]:
    uploads = store.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    return [upload["Key"] for upload in uploads if upload["Key"].startswith(store.prefix)]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("announced", [True, False])
def test_a_large_file_is_sent_in_parts(store: S3Store, server: S3Server, announced: bool) -> None:
    before = server.counted("PUT", "partNumber=")
    size = 2 * PART + 17
    info = store.put("a/large", Zeros(size), size if announced else None)
    assert server.counted("PUT", "partNumber=") - before == 3
    assert (info.size, store.stat("a/large").size) == (size, size)
    assert info.validator == store.stat("a/large").validator
    assert read(store, "a/large", size - 5, 100) == bytes(5)
    assert unfinished(store) == []


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("stream", [Zeros(PART + 1), Zeros(2 * PART), Zeros(2 * PART, gone_at=PART + 1)])
def test_a_large_file_that_is_not_what_was_announced_leaves_nothing(store: S3Store, stream: Zeros) -> None:
    with pytest.raises(InvalidValue, match="nothing was stored"):
        store.put("a/large", stream, 2 * PART - 1)
    assert everything(store) == []
    assert unfinished(store) == []


def test_parts_grow_with_the_file() -> None:
    terabyte = 1024**4
    assert s3._part_size(1, 100) == s3.PART_BYTES
    assert s3._part_size(1, 5 * terabyte) * s3.PARTS >= 5 * terabyte
    assert s3._part_size(1, 5 * terabyte) < 600 * s3.MEGABYTE
    assert sum(s3._part_size(number, None) for number in range(1, s3.PARTS + 1)) > 400 * 1024**3


def test_lists_and_deletions_go_on_beyond_one_page(
    store: S3Store, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "AT_ONCE", 3)
    paths = [f"a/{number}" for number in range(7)]
    for path in [*paths, "b"]:
        put(store, path)
    assert [info.path for info in store.list("a")] == paths
    assert [info.path for info in store.walk("a")] == paths
    before = server.counted("POST", "?delete")
    assert store.delete("a")
    assert server.counted("POST", "?delete") - before == 3
    assert everything(store) == ["b"]
    assert not store.delete("a")


def test_keys_that_are_no_clean_paths_are_not_offered(store: S3Store, server: S3Server) -> None:
    put(store, "a/file")
    odd = ["a\\b", "x/.laurel-upload-1"] if server.is_strict else ["a/", "b/", "a//c", "a/../d", "a#e", "a/\x01"]
    for key in odd:
        store.client.put_object(Bucket=BUCKET, Key=store.prefix + key, Body=b"x")
    assert [info.path for info in store.list("a")] == ["a/file"]
    assert everything(store) == ["a/file"]
    assert {info.name for info in store.list("") if not info.is_dir} == set()


def test_a_folder_made_by_a_console_is_deleted_whole(store: S3Store, server: S3Server) -> None:
    if server.is_strict:
        pytest.skip("nanio has no keys that end with a slash")
    store.client.put_object(Bucket=BUCKET, Key=f"{store.prefix}a/", Body=b"")
    assert store.stat("a").is_dir
    assert (store.list("a"), list(store.walk("a"))) == ([], [])
    assert store.delete("a")
    assert store.stat("a") is None


def test_a_folder_that_holds_a_name_no_xml_can_hold_is_deleted_whole(store: S3Store, server: S3Server) -> None:
    if server.is_strict:
        pytest.skip("nanio has no keys with control characters")
    for name in ("file", "bell\x07"):
        store.client.put_object(Bucket=BUCKET, Key=f"{store.prefix}a/{name}", Body=b"x")
    assert store.delete("a")
    assert "Contents" not in store.client.list_objects_v2(Bucket=BUCKET, Prefix=store.prefix)


def test_another_stores_files_are_out_of_reach(store: S3Store) -> None:
    put(store, "a/file")
    neighbour = S3Store(f"s3://{BUCKET}/{store.prefix.rstrip('/')}x")
    put(neighbour, "b")
    assert everything(store) == ["a/file"]
    store.begin("c")
    neighbour.begin("d")
    assert store.remove_leftovers(10**15) == 1
    assert unfinished(neighbour) == [f"{neighbour.prefix}d"]


def test_leftovers_are_cleared_when_they_are_old(store: S3Store) -> None:
    store.begin("a/file")
    assert store.remove_leftovers(before=0) == 0
    assert unfinished(store) == [f"{store.prefix}a/file"]
    assert store.remove_leftovers(before=10**15) == 1
    assert (unfinished(store), everything(store)) == ([], [])


def test_no_part_of_an_overwritten_file_is_opened_as_the_old_one(store: S3Store) -> None:
    old = put(store, "a/file", b"0123456789")
    put(store, "a/file", b"9876543210")
    for arguments in [(0, None), (0, 100), (0, 0)]:
        with pytest.raises(Overwritten):
            store.open("a/file", *arguments, old.validator)


def test_a_whole_bucket_can_be_the_store(store: S3Store) -> None:
    whole, folder = S3Store(f"s3://{BUCKET}"), store.prefix.rstrip("/")
    put(whole, f"{folder}/a", b"text")
    assert read(store, "a") == b"text"
    assert folder in {info.name for info in whole.list("")}
    assert whole.delete(folder)
    assert everything(store) == []


def test_a_stream_is_read_in_blocks_and_may_be_left(store: S3Store) -> None:
    put(store, "a/file", b"0123456789" * 100_000)
    with store.open("a/file") as stream:
        assert stream.read(4) == b"0123"
        buffer = bytearray(3)
        assert (stream.readinto(buffer), bytes(buffer)) == (3, b"456")
    assert b"".join(FolderZip(store, "a", "a")).count(b"0123456789") == 100_000


def test_an_upload_into_a_known_folder_asks_little(store: S3Store, server: S3Server) -> None:
    put(store, "1/run/artifacts/model/a")
    before = len(server.requests)
    put(store, "1/run/artifacts/model/b")
    assert [request.split(" ")[0] for request in server.requests[before:]] == ["GET", "PUT"]


def test_a_folder_that_became_a_file_is_noticed(store: S3Store) -> None:
    put(store, "a/b/file")
    store.delete("a")
    put(store, "a", b"text")
    with pytest.raises(InvalidValue):
        put(store, "a/b/file")


def test_a_path_longer_than_a_key_is_refused(store: S3Store) -> None:
    with pytest.raises(InvalidValue, match="too long"):
        put(store, "/".join(["x" * 200] * 6))


def sending(url: str, content: bytes) -> Request:
    return Request(url, content, {"Content-Type": "application/octet-stream"}, method="PUT")


def test_signed_addresses_give_one_file_for_some_time(store: S3Store, server: S3Server) -> None:
    put(store, "a/dir ü/50% +.html", b"<script>")
    direct = store.direct
    assert direct is not None
    url = direct.download_url("a/dir ü/50% +.html", 60)
    with urlopen(url) as answer:
        assert answer.read() == b"<script>"
        if not server.is_strict:  # nanio can't name a file
            assert answer.headers["Content-Disposition"] == 'attachment; filename="50% +.html"'
        assert answer.headers["Content-Type"].endswith("/octet-stream")
    with urlopen(sending(direct.upload_url("b/c", 60), b"sent")):
        assert read(store, "b/c") == b"sent"
    if server.is_strict:
        with pytest.raises(HTTPError, match="403"):
            urlopen(url.replace("/a/", "/b/"))
    with pytest.raises(InvalidValue):
        direct.upload_url("b", 60)
    with pytest.raises(InvalidValue):
        direct.begin_upload("b/c/d")


def test_parts_are_sent_to_signed_addresses(store: S3Store) -> None:
    direct = store.direct
    assert direct is not None
    upload_id = direct.begin_upload("a/file")
    parts = []
    for number, url in enumerate(direct.part_urls("a/file", upload_id, 2), start=1):
        with urlopen(sending(url, bytes(PART))) as answer:
            parts.append((number, answer.headers["ETag"]))
    assert everything(store) == []
    for wrong in ([], [(1, '"0"')], [(3, parts[0][1])]):
        with pytest.raises(InvalidValue):
            direct.complete_upload("a/file", upload_id, wrong)
    direct.complete_upload("a/file", upload_id, parts[::-1])
    assert store.stat("a/file").size == 2 * PART
    direct.abort_upload("a/file", upload_id)
    assert everything(store) == ["a/file"]


def test_clients_may_reach_the_bucket_elsewhere_or_not_at_all(store: S3Store, location: str) -> None:
    elsewhere = S3Store(location, "https://files.example.org/s3").direct
    assert elsewhere is not None
    assert elsewhere.download_url("a", 60).startswith(f"https://files.example.org/s3/{BUCKET}/")
    assert S3Store(location, "off").direct is None


def test_a_store_that_works_is_said_to_work(store: S3Store) -> None:
    store.check()
    assert (everything(store), unfinished(store)) == ([], [])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"location": "s3://nobodys-bucket/x"}, "there is no bucket 'nobodys-bucket'"),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "its credentials are refused (SignatureDoesNotMatch)"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "its credentials are refused (InvalidAccessKeyId)"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no credentials were found"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
        ({"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}, "http://127.0.0.1:9 can't be reached"),
        ({"AWS_ENDPOINT_URL_S3": "nowhere"}, "Invalid endpoint: nowhere"),
    ],
)
def test_what_is_wrong_with_a_store_is_said_in_words(
    nanio_server: S3Server, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], reason: str
) -> None:
    monkeypatch.setattr(s3_client, "_SETTINGS", s3_client._SETTINGS.merge(Config(retries={"total_max_attempts": 1})))
    for name, value in {**nanio_server.environment, **change}.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    store = S3Store(change.get("location", f"s3://{BUCKET}/x"))
    for verb in (store.check, lambda: store.list("a"), lambda: put(store, "a/file")):
        with pytest.raises(StoreUnavailable) as refused:
            verb()
        assert refused.value.reason.startswith(reason)
        assert refused.value.code == "TEMPORARILY_UNAVAILABLE"


def test_a_silent_store_costs_seconds(monkeypatch: pytest.MonkeyPatch, moto_server: S3Server) -> None:
    monkeypatch.setattr(
        s3_client, "_SETTINGS", s3_client._SETTINGS.merge(Config(read_timeout=0.2, retries={"total_max_attempts": 1}))
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for name, value in {**moto_server.environment, "AWS_ENDPOINT_URL_S3": endpoint}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StoreUnavailable, match=f"{endpoint} does not answer in time"):
            S3Store(f"s3://{BUCKET}/x").list("a")


def test_a_full_store_is_said_to_be_full() -> None:
    error = ClientError({"Error": {"Code": "XMinioStorageFull", "Message": "disk"}}, "PutObject")
    with pytest.raises(StoreFull), s3_client.in_words("b"):
        raise error


def test_a_server_with_a_folder_does_not_load_boto3(tmp_path: Path) -> None:
    program = (
        "import django, sys; django.setup(); from models_app.storage import get_store; get_store().list('');"
        "import registry_site.startup, models_app.checks, models_app.api.mlflow.endpoints, models_app.web.urls;"
        "assert not {'boto3', 'botocore'} & set(sys.modules)"
    )
    env = live.environment(DJANGO_SETTINGS_MODULE="registry_site.settings", LAUREL_DATA_DIR=str(tmp_path))
    subprocess.run([sys.executable, "-c", program], env=env, cwd=live.ROOT, check=True)


def test_forked_processes_make_connections_of_their_own(server: S3Server, location: str, settings: Any) -> None:
    settings.ARTIFACTS = location
    ours = get_store()
    assert get_store() is ours
    child = os.fork()
    if child == 0:
        os._exit(int(get_store() is ours))
    assert os.waitpid(child, 0)[1] == 0
