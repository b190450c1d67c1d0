"""The htmx glue: fragments, events, toasts, refused forms."""

import json

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from models_app.errors import InvalidValue
from models_app.web import http


def request(
    *, target: str = "", boosted: bool = False, restored: bool = False, data: dict | None = None
) -> HttpRequest:
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    if boosted:
        headers["HX-Boosted"] = "true"
    if restored:
        headers["HX-History-Restore-Request"] = "true"
    made = RequestFactory().post("/models", data or {}, headers=headers)
    made.htmx = HtmxDetails(made)
    made.user = AnonymousUser()
    made._messages = CookieStorage(made)
    return made


def events_of(response: HttpResponse) -> dict:
    return json.loads(response.headers["HX-Trigger"])


def test_fragment_is_given_when_its_element_asks():
    assert http.fragment(request(target="versions"), "a.html", "versions", "activity") == "a.html#versions"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"target": "secrets"},
        {"target": "versions", "boosted": True},
        {"target": "versions", "restored": True},
    ],
)
def test_everyone_else_gets_the_page(asked):
    assert http.fragment(request(**asked), "a.html", "versions") == "a.html"


def test_actor_acts_through_the_web():
    made = request()
    made.user = User(username="mia")
    made.request_id = "r1"
    actor = http.actor_from(made)
    assert (actor.name, actor.via, actor.request_id, actor.ip) == ("mia", "web", "r1", "127.0.0.1")


def test_error_stands_at_its_field_or_over_the_form():
    class NameForm(forms.Form):
        name = forms.CharField()

    form = NameForm({"name": "a/b"})
    form.is_valid()
    http.add_error(form, InvalidValue("No slash.", field="name"))
    http.add_error(form, InvalidValue("Too late.", field="elsewhere"))
    assert form.errors["name"] == ["No slash."]
    assert form.non_field_errors() == ["Too late."]


def test_saved_closes_the_dialog_tells_the_page_and_the_user():
    response = http.saved(
        request(target="dialog"), "/models/a", "Done.", events={"model:renamed": {}}, url="/models/a", undo="/undo/1"
    )
    assert response.status_code == 204
    assert events_of(response) == {
        "dialog:close": {},
        "model:renamed": {},
        "toast": {"message": "Done.", "url": "/models/a", "undo": "/undo/1", "level": "success"},
    }


def test_saved_without_htmx_redirects_and_keeps_the_message_for_the_next_page():
    asked = request()
    response = http.saved(asked, "/models/a", "Done.", url="/models/a/versions/2", label="Version 2")
    assert (response.status_code, response.url) == (302, "/models/a")
    assert len(list(get_messages(asked))) == 1
    toasts = list(http.site_context(asked)["toasts"]())
    told = {"message": "Done.", "url": "/models/a/versions/2", "label": "Version 2", "level": "success"}
    assert toasts == [{**told, "copy": ""}]


def test_moved_sends_htmx_to_the_new_page_too():
    response = http.moved(request(target="dialog"), "/models/b", "Renamed.")
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/models/b"


def test_events_of_two_calls_are_both_kept():
    response = HttpResponse()
    http.hx_events(response, {"a": {}})
    http.toast(response, "Hm.", level="warning")
    assert events_of(response) == {"a": {}, "toast": {"message": "Hm.", "level": "warning"}}


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_next_address_never_leaves_this_server(address):
    assert http.safe_next(request(data={"next": address}), "/") == "/"


def test_next_address_on_this_server_is_kept():
    assert http.safe_next(request(data={"next": "/models?q=a"}), "/") == "/models?q=a"


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><script>', "system"), ("", "system")]
)
def test_theme_is_one_of_three(cookie, theme):
    made = request()
    made.COOKIES["laurel_theme"] = cookie
    assert http.theme_of(made) == theme
