"""The theme: chosen by a plain form, kept in a cookie, written into the page by the server."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.faults")]


def test_chosen_theme_is_in_the_next_page(client):
    response = client.post("/theme", {"theme": "dark", "next": "/nowhere"})
    assert (response.status_code, response.url) == (302, "/nowhere")
    assert '<html lang="en" data-theme="dark">' in client.get("/nowhere").content.decode()


def test_page_follows_the_system_until_a_theme_is_chosen(client):
    assert '<html lang="en">' in client.get("/nowhere").content.decode()


def test_unknown_theme_is_not_kept(client):
    client.post("/theme", {"theme": "neon"})
    assert "laurel_theme" not in client.cookies


def test_theme_is_not_set_by_following_a_link(client):
    assert client.get("/theme?theme=dark").status_code == 405
