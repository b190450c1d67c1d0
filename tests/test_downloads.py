import io
import tracemalloc
from pathlib import Path

import pytest
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from models_app.downloads import content_type_of, is_text, serve_file, serve_page
from models_app.errors import Conflict, DoesNotExist, InvalidValue
from models_app.storage.local import LocalStore
from tests.storage.contract import put

# A response that is closed makes Django look at its database connections.
pytestmark = pytest.mark.django_db
DIGITS = b"0123456789"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    store = LocalStore(tmp_path)
    put(store, "a/file.bin", DIGITS)
    return store


def get(store: LocalStore, path: str = "a/file.bin", *, inline: bool = False, **headers: str) -> HttpResponseBase:
    return serve_file(RequestFactory(headers=headers).get("/"), store, path, inline=inline)


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)


def test_a_file_comes_whole_with_its_validators(store: LocalStore) -> None:
    response = get(store)
    assert response.status_code == 200
    assert body(response) == DIGITS
    assert response["Content-Length"] == "10"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="file.bin"'
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"].startswith('"')
    assert response["Last-Modified"].endswith("GMT")
    assert response["Cache-Control"] == "private, no-cache, no-transform"
    assert not response.has_header("Content-Encoding")


@pytest.mark.parametrize("name", ["a.png", "a.html", "a.svg", "a.bin", "a.txt", "a.pdf"])
@pytest.mark.parametrize("inline", [True, False])
def test_no_artifact_runs_anything(store: LocalStore, name: str, inline: bool) -> None:
    put(store, name)
    response = get(store, name, inline=inline)
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "allow-" not in policy
    assert policy.startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    "name", ["a.html", "a.htm", "a.xhtml", "a.svg", "a.xml", "a.js", "a.css", "a.bin", "a.pkl", "plain"]
)
def test_active_and_unknown_files_are_only_downloaded(store: LocalStore, name: str) -> None:
    put(store, name)
    assert get(store, name, inline=True)["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["a.js", "a.mjs", "a.css"])
@pytest.mark.parametrize("inline", [True, False])
def test_no_page_of_ours_can_load_a_file_as_its_script_or_style(store: LocalStore, name: str, inline: bool) -> None:
    put(store, name)
    assert get(store, name, inline=inline)["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "image/png"),
        ("a.JPG", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.pdf", "application/pdf"),
        ("a.mp4", "video/mp4"),
        ("a.mp3", "audio/mpeg"),
        ("a.txt", "text/plain; charset=utf-8"),
        ("a.py", "text/plain; charset=utf-8"),
        ("a.json", "text/plain; charset=utf-8"),
        ("a.csv", "text/plain; charset=utf-8"),
        ("MLmodel", "text/plain; charset=utf-8"),
    ],
)
def test_harmless_files_are_shown(store: LocalStore, name: str, kind: str) -> None:
    put(store, name)
    response = get(store, name, inline=True)
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith("inline")


def test_a_compressed_file_stays_compressed() -> None:
    assert content_type_of("a.csv.gz") == "application/gzip"
    assert not is_text("a.csv.gz")


def test_a_name_of_any_script_reaches_the_client(store: LocalStore) -> None:
    put(store, 'a/ünï "x".csv')
    assert get(store, 'a/ünï "x".csv')["Content-Disposition"] == (
        "attachment; filename*=utf-8''%C3%BCn%C3%AF%20%22x%22.csv"
    )


@pytest.mark.parametrize(
    ("wanted", "part", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-4", b"4", "bytes 4-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-100", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-100", DIGITS, "bytes 0-9/10"),
        ("Bytes = 1 - 2", b"12", "bytes 1-2/10"),
    ],
)
def test_a_range_gives_that_part(store: LocalStore, wanted: str, part: bytes, content_range: str) -> None:
    response = get(store, Range=wanted)
    assert response.status_code == 206
    assert body(response) == part
    assert response["Content-Range"] == content_range
    assert response["Content-Length"] == str(len(part))


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=9999999999999999999-"])
def test_a_range_beyond_the_file_is_416(store: LocalStore, wanted: str) -> None:
    response = get(store, Range=wanted)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */10"
    assert body(response) == b""


@pytest.mark.parametrize(
    "wanted", ["bytes=0-1,4-5", "bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_we_do_not_serve_gives_the_whole_file(store: LocalStore, wanted: str) -> None:
    response = get(store, Range=wanted)
    assert response.status_code == 200
    assert body(response) == DIGITS


def test_an_empty_file_is_whole_and_has_no_ranges(store: LocalStore) -> None:
    put(store, "empty", b"")
    assert body(get(store, "empty")) == b""
    assert get(store, "empty")["Content-Length"] == "0"
    assert get(store, "empty", Range="bytes=0-").status_code == 416
    assert get(store, "empty", Range="bytes=-5").status_code == 416


def test_a_known_file_is_not_sent_again(store: LocalStore) -> None:
    first = get(store)
    response = get(store, **{"If-None-Match": first["ETag"]})
    assert response.status_code == 304
    assert body(response) == b""
    assert response["ETag"] == first["ETag"]
    assert get(store, **{"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    assert get(store, **{"If-None-Match": '"other"'}).status_code == 200


def test_an_overwritten_file_is_sent_again(store: LocalStore) -> None:
    first = get(store)
    put(store, "a/file.bin", DIGITS + b"x")
    assert get(store, **{"If-None-Match": first["ETag"]}).status_code == 200


def test_a_part_is_refused_to_a_client_with_parts_of_another_file(store: LocalStore) -> None:
    first = get(store)
    headers = {"Range": "bytes=5-", "If-Range": first["ETag"]}
    assert get(store, **headers).status_code == 206
    assert get(store, **{**headers, "If-Range": first["Last-Modified"]}).status_code == 206
    put(store, "a/file.bin", b"another file")
    assert body(get(store, **headers)) == b"another file"
    assert get(store, **{**headers, "If-Range": "W/" + first["ETag"]}).status_code == 200


def test_head_tells_the_size_and_sends_nothing(store: LocalStore) -> None:
    response = serve_file(RequestFactory().head("/"), store, "a/file.bin", inline=False)
    assert response["Content-Length"] == "10"
    assert body(response) == b""
    ranged = serve_file(RequestFactory(headers={"Range": "bytes=2-3"}).head("/"), store, "a/file.bin", inline=False)
    assert (ranged.status_code, ranged["Content-Length"]) == (206, "2")


def test_a_large_file_is_streamed(store: LocalStore) -> None:
    store.put("large", io.BytesIO(bytes(24 * 1024 * 1024)))
    tracemalloc.start()
    size = 0
    response = get(store, "large")
    for block in response:
        size += len(block)
        del block
    response.close()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 24 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


def test_a_stream_that_nobody_reads_is_closed(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("large", io.BytesIO(bytes(1024 * 1024)))
    opened = []
    open_file = store.open
    monkeypatch.setattr(store, "open", lambda *args: opened.append(open_file(*args)) or opened[-1])
    get(store, "large").close()
    assert opened[0].closed


def test_missing_files_and_folders_are_refused(store: LocalStore) -> None:
    with pytest.raises(DoesNotExist):
        get(store, "a/other")
    with pytest.raises(InvalidValue, match="is a folder"):
        get(store, "a")
    with pytest.raises(InvalidValue):
        get(store, "../a")


def test_a_file_overwritten_meanwhile_is_read_anew(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    open_file = store.open
    contents = [b"second", b"third one"]

    def open_late(path: str, *args: object) -> object:
        if contents:
            put(store, path, contents.pop(0))
        return open_file(path, *args)

    monkeypatch.setattr(store, "open", open_late)
    response = get(store)
    assert body(response) == b"third one"
    assert response["Content-Length"] == "9"
    contents[:] = [b"1", b"12", b"123", b"1234"]
    with pytest.raises(Conflict):
        get(store)


def test_a_page_is_drawn_without_scripts_in_a_frame_of_ours(store: LocalStore) -> None:
    put(store, "report.html", b"<script>alert(1)</script>")
    response = serve_page(RequestFactory().get("/"), store, "report.html")
    assert response["Content-Type"] == "text/html"
    assert response["Content-Disposition"].startswith("inline")
    policy = response["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert "frame-ancestors 'self'" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    with pytest.raises(InvalidValue):
        serve_page(RequestFactory().get("/"), store, "a/file.bin")
