"""Who did what: narrowed by person and kind, paged, and linking to what is still there."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_app.services import registered_models
from models_app.web import history
from tests import make

pytestmark = pytest.mark.django_db


def page(client, address: str = "/activity") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_before_anything_happened_it_says_what_will_stand_here(client):
    assert "Nothing happened yet" in page(client)


def test_newest_comes_first_with_who_did_it(client):
    make.model("first", by=make.actor("mia"))
    make.model("second", by=make.actor("ed"))
    shown = page(client)
    assert shown.index("second") < shown.index("first")
    assert '<span class="who">mia</span>' in shown


def test_person_and_kind_narrow_it(client):
    make.model("first", by=make.actor("mia"))
    make.version("second", by=make.actor("ed"))
    assert "second" not in page(client, "/activity?who=mia")
    versions = page(client, "/activity?what=version")
    assert "registered version 1" in versions
    assert "created the model" not in versions
    assert "Nothing like that happened" in page(client, "/activity?who=nobody")


def test_unknown_kind_and_place_are_ignored(client):
    make.model("first")
    assert "first" in page(client, "/activity?what=dragons&before=x")


def test_renamed_model_is_linked_under_its_new_name(client):
    make.model("old")
    registered_models.rename_registered_model(actor=make.actor(), name="old", new_name="new")
    shown = page(client)
    assert 'href="/models/new"' in shown
    assert 'href="/models/old"' not in shown
    assert "renamed the model from old to new" in shown


def test_deleted_model_is_named_without_a_link(client):
    make.model("gone")
    registered_models.delete_registered_model(actor=make.actor(), name="gone")
    shown = page(client)
    assert "gone" in shown
    assert 'href="/models/gone"' not in shown


def test_reason_stands_below_what_was_done(client):
    make.version("churn")
    registered_models.set_registered_model_alias(
        actor=make.actor(), name="churn", alias="champion", version=1, reason="Best <yet>."
    )
    assert "“Best &lt;yet&gt;.”" in page(client)


def test_pages_follow_each_other_without_gap_or_double(client):
    for number in range(60):
        make.model(f"m-{number:02}")
    first = page(client)
    after = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = page(client, f"/activity{after}")
    seen = [name for shown in (first, second) for name in (f"m-{n:02}" for n in range(60)) if f">{name}<" in shown]
    assert sorted(seen) == [f"m-{number:02}" for number in range(60)]


def test_it_takes_as_many_queries_for_one_event_as_for_many(client):
    def queries() -> int:
        page(client)
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    make.version("one", of_run=make.run())
    one = queries()
    for number in range(40):
        make.version(f"m-{number}", of_run=make.run())
    assert queries() == one


def test_edited_description_shows_the_lines_that_changed(client):
    make.model("churn", description="kept\nold line\nend")
    registered_models.update_registered_model(actor=make.actor(), name="churn", description="kept\nnew <line>\nend")
    shown = page(client)
    assert "<del>old line</del>" in shown
    assert "<ins>new &lt;line&gt;</ins>" in shown


def test_very_long_edits_are_told_and_not_compared(client):
    make.model("churn", description="a\n" * 1500)
    registered_models.update_registered_model(actor=make.actor(), name="churn", description="b\n" * 1500)
    assert "1,500 lines became 1,500" in page(client)


def test_edits_are_told_and_not_compared_once_that_took_too_long(client, monkeypatch):
    make.model("churn", description="old")
    registered_models.update_registered_model(actor=make.actor(), name="churn", description="new")
    monkeypatch.setattr(history, "SECONDS_COMPARING", -1)
    shown = page(client)
    assert "1 lines became 1: comparing them here would take too long." in shown
    assert "<del>" not in shown


def test_tag_tells_its_value_before_and_long_values_are_cut(client):
    make.model("churn", tags={"stage": "test"})
    registered_models.set_registered_model_tag(actor=make.actor(), name="churn", key="stage", value="x" * 90_000)
    shown = page(client)
    assert "It was “test” before." in shown
    assert len(shown) < 40_000
