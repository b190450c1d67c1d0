"""The bytes behind the links of the file browser."""

import io
import zipfile

import pytest

from tests.web.artifacts.files import body, put
from tests.web.pages import page

pytestmark = pytest.mark.django_db


def test_download_is_an_attachment(client, run):
    response = client.get(f"/runs/{run.pk}/files/metrics.csv?download=1")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert body(response) == b"step,loss\n1,0.5\n2,0.25\n"


def test_raw_text_is_plain_text(client, run):
    response = client.get(f"/runs/{run.pk}/files/plots/deep/notes.txt?raw=1")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_pages_and_drawings_are_framed_without_their_scripts(client, run):
    put(run.artifact_uri, "report.html", "<script>alert(1)</script>")
    for path in ("report.html", "plots/loss%20curve.svg"):
        address = f"/runs/{run.pk}/files/{path}"
        content = page(client, address)
        assert f'<iframe class="preview-frame" src="{address}?page=1" sandbox ' in content
        assert "<script>alert" not in content
        framed = client.get(f"{address}?page=1")
        assert framed.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        raw = client.get(f"{address}?raw=1")
        assert raw.headers["Content-Disposition"].startswith("attachment")


def test_browser_that_wants_a_picture_gets_the_bytes(client, run):
    put(run.artifact_uri, "a.png", b"\x89PNG\r\n\x1a\n")
    response = client.get(f"/runs/{run.pk}/files/a.png", headers={"Accept": "image/avif,image/*"})
    assert response.headers["Content-Type"] == "image/png"


def test_folder_downloads_as_a_zip(client, run):
    response = client.get(f"/runs/{run.pk}/files/clf?zip=1")
    assert response.streaming
    assert response.headers["Content-Disposition"] == 'attachment; filename="clf.zip"'
    content = body(response)
    assert response.headers["Content-Length"] == str(len(content))
    assert sorted(zipfile.ZipFile(io.BytesIO(content)).namelist()) == ["clf/MLmodel", "clf/model.pkl"]


def test_zip_of_all_files_is_named_after_the_run(client, run):
    response = client.get(f"/runs/{run.pk}/files?zip=1")
    assert response.headers["Content-Disposition"] == 'attachment; filename="first.zip"'
    assert len(zipfile.ZipFile(io.BytesIO(body(response))).namelist()) == 5


def test_zip_of_a_file_is_refused(client, run):
    assert client.get(f"/runs/{run.pk}/files/metrics.csv?zip=1").status_code == 400
