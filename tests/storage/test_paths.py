import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given
from hypothesis import strategies as st

from models_app.errors import InvalidValue
from models_app.storage import LocalStore, get_store
from models_app.storage.paths import clean_path, client_path, is_clean, join, own_uris, path_of, uri_of
from tests.conftest import once

pytestmark = once


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("a", "a"),
        ("a/b/c.txt", "a/b/c.txt"),
        ("a//b///c", "a/b/c"),
        ("a/b/", "a/b"),
        ("./a/./b", "a/b"),
        ("a b/ünï/数据", "a b/ünï/数据"),
        ("50%", "50%"),
        ("a%20b", "a%20b"),
        ("a%00b", "a%00b"),
        ("i/a%step%3%timestamp%17954%1f.png", "i/a%step%3%timestamp%17954%1f.png"),
        ("a+b?c", "a+b?c"),
        ("...", "..."),
        ("..a/b..", "..a/b.."),
        ("1/ab:cd", "1/ab:cd"),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_safe_path_is_kept(text: str, path: str) -> None:
    assert clean_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "..",
        "../a",
        "a/..",
        "a/../b",
        "a/./../b",
        "/a",
        "//a",
        "%2fa",
        "%252fa",
        "%2e%2e/a",
        "a/%2E%2E/b",
        "%252e%252e/a",
        "%25252e%25252e%25252fa",
        "a%2f..%2fb",
        "..%2fa",
        "C:/a",
        "c:",
        "C%3A/a",
        "a\\b",
        "..\\a",
        "a%5cb",
        "a%255Cb",
        "a#b",
        "a%23b",
        "a\x00b",
        "a\nb",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        ".laurel-upload-1",
        "a/.laurel-upload-1/b",
        "a/.artifact.uploading.x",
        "x" * 256,
        "ü" * 128,
        "/".join("a" * 101),
        "a/" * 1500 + "b",
    ],
)
def test_an_unsafe_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid path") as refused:
        clean_path(text)
    assert refused.value.field == "path"
    assert len(refused.value.message) < 400


@given(st.text(alphabet=st.sampled_from("./%25eEfFcC:\\#a \x00"), max_size=30))
def test_a_clients_path_is_clean_and_stays_what_it_is(text: str) -> None:
    try:
        path = client_path(text)
    except InvalidValue:
        return
    assert clean_path(path) == path == client_path(path)


@given(st.text(alphabet=st.sampled_from("./%25eEfFcC:\\#a \x00"), max_size=30))
@example("./C:")
@example("./C:/a")
def test_a_cleaned_path_stays_clean_and_inside(text: str) -> None:
    try:
        path = clean_path(text)
    except InvalidValue:
        return
    assert clean_path(path) == path
    assert is_clean(path)
    assert ".." not in path.split("/")
    assert not path.startswith("/")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a b/ünï/数据", "a b/ünï/数据"),
        ("50%", "50%"),
        ("dir %41/x%2525", "dir A/x%"),
        ("a%2fb", "a/b"),
        ("x%17", "x%17"),
        ("x%0A\t%2509%0C\x1f", "x%0c%1f"),
        ("x%92", "x\ufffd"),
        ("images/a%step%3%timestamp%1795%r25-3.png", "images/a%step%3%timestamp%1795%r25-3.png"),
        ("images/a%step%23%timestamp%1795%r25-3.png", "images/a+step+23+timestamp+1795+r25-3.png"),
        ("images/a%step%-35%timestamp%1795%r2.png", "images/a%step%-35%timestamp%1795%r2.png"),
        (
            "images/a 100%%step%41%timestamp%1795%r25-3%compressed.webp",
            "images/a 100%+step+41+timestamp+1795+r25-3+compressed.webp",
        ),
    ],
)
def test_a_client_finds_a_file_by_the_name_it_reads_in_a_listing(text: str, path: str) -> None:
    assert client_path(text) == path
    assert client_path(path) == path


@pytest.mark.parametrize(
    "text", ["a%23b", "a%5cb", "%252e%252e/a", "a%2f..%2fb", "%2Fa", "a%C2%85", "%25" * 1000, "a#b"]
)
def test_what_no_client_could_read_back_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="Invalid path"):
        client_path(text)


def test_join_skips_empty_parts() -> None:
    assert join("1/ab", "", "model") == "1/ab/model"
    assert join("", "model") == "model"
    with pytest.raises(InvalidValue):
        join("1/ab", "../cd")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("mlflow-artifacts:/1/ab/artifacts", "1/ab/artifacts"),
        ("mlflow-artifacts:/1/ab/artifacts/", "1/ab/artifacts"),
        ("mlflow-artifacts:/", ""),
        ("mlflow-artifacts:///1/ab", "1/ab"),
        ("mlflow-artifacts:/workspaces/team/1/ab", "workspaces/team/1/ab"),
        ("mlflow-artifacts:/1/my model", "1/my model"),
        ("mlflow-artifacts:/1/my%20model", "1/my model"),
        ("mlflow-artifacts:/1/50%25", "1/50%"),
    ],
)
def test_our_uris_have_a_path(uri: str, path: str) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s3://bucket/1/ab",
        "runs:/ab/model",
        "models:/m-1",
        "mlflow-artifacts:1/ab",
        "mlflow-artifacts://other:5000/1/ab",
        "http://mlflow-artifacts:/1",
        "1/ab",
        "file:///etc/passwd",
        "MLFLOW-ARTIFACTS-x:/1",
    ],
)
def test_other_uris_have_none(uri: str) -> None:
    assert path_of(uri) is None


@pytest.mark.parametrize("rest", ["1/../2", "%2e%2e/1", "1/a#b", "1/a%00", "%2Fetc"])
def test_an_unsafe_uri_of_ours_is_refused(rest: str) -> None:
    with pytest.raises(InvalidValue):
        path_of(f"mlflow-artifacts:/{rest}")


@pytest.mark.parametrize("path", ["1/ab/artifacts", "a b/ü", "50%", "a%20b", "what?", "a+b;c=d&e"])
def test_a_uri_leads_back_to_its_path(path: str) -> None:
    assert path_of(uri_of(path)) == path


def test_a_file_uri_below_the_store_has_a_path(settings, tmp_path) -> None:
    settings.ARTIFACTS = str(tmp_path)
    assert path_of(f"file://{tmp_path}/1/ab") == "1/ab"
    assert path_of(f"file:{tmp_path}") == ""
    assert path_of(f"file://{tmp_path}-other/1") is None
    with pytest.raises(InvalidValue):
        path_of(f"file://{tmp_path}/../x")


def test_what_clients_write_into_our_bucket_has_a_path(settings) -> None:
    settings.ARTIFACTS = "s3://bucket/pre/fix"
    assert path_of("s3://bucket/pre/fix/1/ab c%20/x") == "1/ab c%20/x"
    assert path_of("s3://bucket/pre/fix") == ""
    for elsewhere in ("s3://bucket/pre/fixed/1", "s3://bucket/pre", "s3://bucket2/pre/fix/1", "s3://bucket"):
        assert path_of(elsewhere) is None
    with pytest.raises(InvalidValue):
        path_of("s3://bucket/pre/fix/../x")
    assert own_uris("1/50%") == ["mlflow-artifacts:/1/50%25", "s3://bucket/pre/fix/1/50%"]
    settings.ARTIFACTS = "/data"
    assert path_of("s3://bucket/pre/fix/1") is None
    assert own_uris("1") == ["mlflow-artifacts:/1"]


def test_the_settings_choose_the_store(settings, tmp_path) -> None:
    settings.ARTIFACTS = str(tmp_path / "here")
    store = get_store()
    assert isinstance(store, LocalStore)
    assert store.root == str(tmp_path / "here")
    assert get_store() is store
    settings.ARTIFACTS = f"file://{tmp_path}"
    assert get_store().root == str(tmp_path)


@pytest.mark.parametrize("place", ["gopher://old", "gs://bucket/x"])
def test_a_place_that_is_neither_a_folder_nor_a_bucket_is_refused(settings, place: str) -> None:
    settings.ARTIFACTS = place
    with pytest.raises(ImproperlyConfigured, match=place):
        get_store()
