"""Headers, the local user, and refusals as pages or toasts."""

import json
from html import unescape
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client

from models_app.models import ModelAlias
from models_app.services import artifacts
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.faults")]
HTMX = {"HX-Request": "true", "HX-Target": "versions"}


@pytest.fixture
def forgiving(client):
    """A client that answers a fault as the server does instead of raising it."""
    client.raise_request_exception = False
    return client


def test_every_answer_carries_the_security_headers(client):
    headers = client.get("/show").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_stricter_policy_of_a_view_stays(client):
    assert client.get("/show?strict").headers["Content-Security-Policy"] == "sandbox"


def test_pages_vary_on_what_chooses_the_fragment(client):
    vary = client.get("/show").headers["Vary"]
    assert "HX-Request" in vary
    assert "HX-Target" in vary


def test_every_request_has_an_id_of_its_own(client):
    ids = {client.get("/show").headers["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2


def test_without_login_everyone_is_the_local_user(client, settings):
    settings.LOCAL_USER = "mia"
    assert client.get("/show").content == b"mia"
    user = User.objects.get(username="mia")
    assert user.is_superuser
    assert not user.has_usable_password()


def test_local_user_is_made_once_and_again_after_a_flush(client, settings):
    settings.LOCAL_USER = "mia"
    client.get("/show")
    client.get("/show")
    assert User.objects.count() == 1
    User.objects.all().delete()
    assert client.get("/show").content == b"mia"


@pytest.mark.urls("registry_site.urls")
def test_foreign_host_name_is_refused(client):
    response = client.get("/models", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "LAUREL_ALLOWED_HOSTS" in response.text


@pytest.mark.urls("registry_site.urls")
def test_a_form_in_an_encoding_nobody_uses_is_refused():
    sent = Client(enforce_csrf_checks=True, raise_request_exception=False)
    sent.cookies["laurel_csrf"] = "a" * 32
    kind = "application/x-www-form-urlencoded; charset=utf-7"
    assert sent.generic("POST", "/new/model", "name=x", kind).status_code == 400


def test_with_login_nobody_is_let_in_unasked(client, settings):
    settings.LOGIN_REQUIRED = True
    response = client.get("/show")
    assert response.status_code == 302
    assert response.url == "/login?next=/show"


def test_a_session_cookie_that_spells_a_nul_is_no_session(client, settings, django_assert_num_queries):
    settings.LOGIN_REQUIRED = True
    with django_assert_num_queries(0):  # PostgreSQL would fail at the first one
        response = client.get("/show", headers={"Cookie": r'laurel_session="abcdefgh\000"'})
    assert response.url == "/login?next=/show"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/models?q=a%20b", "/models%3Fq%3Da%2520b"),
        ("http://evil.example/models", "/"),
        ("https://testserver/models", "/"),
        ("http://[::1", "/"),
        ("", "/"),
    ],
)
def test_with_login_htmx_is_sent_to_sign_in_and_back_to_its_page(client, settings, page, back):
    settings.LOGIN_REQUIRED = True
    response = client.post("/show", headers={**HTMX, "HX-Current-URL": page})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["HX-Redirect"] == f"/login?next={back}"
    assert "Your session has ended." in client.get(response.headers["HX-Redirect"]).content.decode()


@pytest.mark.parametrize(
    ("page", "back"),
    [("http://testserver/runs/1?tab=tags", "/runs/1%3Ftab%3Dtags"), ("http://evil.example/runs/1", "/"), ("", "/")],
)
def test_with_login_a_form_that_comes_too_late_leads_back_to_its_page(client, settings, page, back):
    settings.LOGIN_REQUIRED = True
    response = client.post("/show", headers={"Referer": page})
    assert (response.status_code, response.headers["Location"]) == (302, f"/login?next={back}")
    assert "Your session has ended." in client.get(response.headers["Location"]).content.decode()


@pytest.mark.parametrize(
    ("method", "address", "allowed", "text"),
    [
        ("get", "/theme?theme=dark", "POST", "takes what a button of a page sends"),
        ("post", "/activity", "GET, HEAD", "can be opened, but takes nothing"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_explained(client, method, address, allowed, text):
    page = getattr(client, method)(address)
    assert (page.status_code, page.headers["Allow"]) == (405, allowed)
    assert text in page.content.decode()
    assert "<h1>" in page.content.decode()
    toast = getattr(client, method)(address, headers=HTMX)
    assert (toast.status_code, toast.headers["Allow"]) == (405, allowed)
    assert text in json.loads(toast.headers["HX-Trigger"])["toast"]["message"]


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("missing", 404, "Registered Model with name=churn not found"),
        ("http404", 404, "There is no run 12."),
        ("refused", 403, "This needs the right to edit churn."),
        ("django403", 403, "Not you."),
        ("invalid", 400, "A name is needed."),
        ("conflict", 409, "ed saved another text."),
        ("small", 400, "The request names more things than the database takes at once: split it up."),
    ],
)
def test_refusal_is_a_page_that_says_why(client, kind, status, text):
    response = client.get(f"/fail/{kind}")
    assert response.status_code == status
    assert text in response.content.decode()
    assert "<h1>" in response.content.decode()


@pytest.mark.parametrize("kind", ["http404", "django403"])
def test_refusals_of_django_are_logged_as_no_failure(client, caplog, kind):
    client.get(f"/fail/{kind}")
    assert "laurel.web" not in {record.name for record in caplog.records}


def test_refusal_of_an_htmx_request_is_a_toast(client):
    response = client.post("/fail/refused", headers=HTMX)
    assert response.status_code == 403
    assert json.loads(response.headers["HX-Trigger"])["toast"] == {
        "message": "This needs the right to edit churn.",
        "level": "error",
    }
    assert "<html" not in response.content.decode()


def test_refusal_of_a_boosted_request_is_a_page(client):
    response = client.get("/fail/missing", headers={**HTMX, "HX-Boosted": "true"})
    assert "<h1>" in response.content.decode()


def test_fault_page_names_the_request_and_nothing_of_the_fault(forgiving, caplog):
    response = forgiving.get("/fail/fault")
    text = response.content.decode()
    request_id = response.headers["X-Request-Id"]
    assert response.status_code == 500
    assert request_id in text
    assert "secret detail" not in text
    assert f"Request {request_id} failed: GET /fail/fault" in caplog.text


def test_unknown_address_is_a_page_without_the_tried_patterns(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "There is no page at this address." in response.content.decode()
    assert "fail/" not in response.content.decode()


def test_form_without_token_is_explained():
    response = Client(enforce_csrf_checks=True).post("/theme", {"theme": "dark"})
    assert response.status_code == 403
    assert "Please send that again" in response.content.decode()


def test_pages_are_compressed_and_users_files_are_not(client, settings, tmp_path):
    settings.ARTIFACTS = str(tmp_path)
    run = make.run()
    root = f"{run.experiment_id}/{run.pk}/artifacts"
    page = b"<p>" + b"x" * 4000
    artifacts.put_file(actor=make.actor(), root=root, path="report.html", stream=BytesIO(page))
    accepts = {"Accept-Encoding": "gzip"}
    assert client.get("/models", headers=accepts)["Content-Encoding"] == "gzip"
    for address in (f"/runs/{run.pk}/files/report.html?raw=1", f"/runs/{run.pk}/files/report.html?download=1"):
        response = client.get(address, headers=accepts)
        assert "Content-Encoding" not in response
        assert b"".join(response) == page


def test_a_lost_database_is_a_page_that_says_so(forgiving, caplog):
    response = forgiving.get("/fail/database")
    assert response.status_code == 503
    assert "The database is not available" in response.content.decode()
    assert "secret detail" not in response.content.decode()
    assert f"Request {response['X-Request-Id']}" in caplog.text


def test_a_lost_database_is_a_toast_for_htmx(forgiving):
    response = forgiving.get("/fail/database", headers=HTMX)
    assert response.status_code == 503
    assert "Nothing was changed" in json.loads(response["HX-Trigger"])["toast"]["message"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_full_disk_is_named_and_nobody_is_told_to_try_again(forgiving, headers):
    response = forgiving.get("/fail/full", headers=headers)
    assert (response.status_code, "Retry-After" in response) == (507, False)
    assert "The disk of the server's database is full" in unescape(response.content.decode())
    assert not headers or "Nothing was changed." in json.loads(response["HX-Trigger"])["toast"]["message"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_database_lost_before_the_page_asked_for_anything_is_no_other_failure(forgiving, monkeypatch, headers):
    def lost() -> None:
        raise OperationalError("secret detail")

    monkeypatch.setattr("models_app.services.users.local_user", lost)
    response = forgiving.get("/show", headers=headers)
    assert response.status_code == 503
    assert "The database is not available" in response.content.decode()


@pytest.mark.parametrize(
    "address", ["/models/%00", "/runs/%00", "/models?owner=%00", "/activity?who=%00", "/register?model=%00"]
)
def test_an_address_with_a_nul_is_refused_before_the_database_is(client, address):
    response = client.get(address)
    assert response.status_code == 400
    assert "it holds a NUL character" in response.content.decode()


def test_a_form_with_a_nul_is_refused_whole(client):
    make.version("iris", aliases=["champion"])
    for data in ({"step": "delete", "reason": "\x00"}, {"version": "1", "\x00": ""}):
        response = client.post("/models/iris/aliases/champion", data, headers={"HX-Request": "true"})
        assert response.status_code == 400
        assert "NUL" in json.loads(response.headers["HX-Trigger"])["toast"]["message"]
    assert ModelAlias.objects.exists()
