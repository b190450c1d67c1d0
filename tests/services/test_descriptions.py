import threading

import pytest
from django.db import DatabaseError, connection
from django.utils.safestring import SafeString

from models_app import clock, markdown
from models_app.models import RenderedMarkdown
from models_app.services import descriptions
from models_app.services.descriptions import rendered

pytestmark = pytest.mark.django_db


@pytest.fixture
def count_renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    convert = markdown.convert
    monkeypatch.setattr(markdown, "convert", lambda text: (seen.append(text), convert(text))[1])
    return seen


def test_a_text_is_rendered_once_and_then_read(count_renderings: list[str]) -> None:
    first, second = rendered("**bold**"), rendered("**bold**")
    assert first == second == "<p><strong>bold</strong></p>"
    assert isinstance(second, SafeString)
    assert count_renderings == ["**bold**"]


def test_an_empty_text_costs_no_query(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert rendered("  \n") == ""


def test_reading_costs_one_query(django_assert_num_queries) -> None:
    rendered("text")
    with django_assert_num_queries(1):
        rendered("text")


def test_a_new_renderer_renders_anew(count_renderings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    rendered("text")
    monkeypatch.setattr(markdown, "RENDERER_VERSION", 10_000)
    rendered("text")
    assert len(count_renderings) == 2


def test_pictures_come_from_the_files_of_whoever_shows_the_text() -> None:
    assert '<img src="/files/1/a.png"' in rendered("![x](a.png)", files_url="/files/1")
    assert '<img src="/files/2/a.png"' in rendered("![x](a.png)", files_url="/files/2/")
    assert RenderedMarkdown.objects.count() == 1


def test_a_failure_is_kept_for_an_hour_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> str:
        raise markdown.RenderingFailed("took too long", is_lasting=True)

    with clock.at(1_000_000):
        with monkeypatch.context() as patch:
            patch.setattr(markdown, "convert", fail)
            assert rendered("*text*").startswith(markdown.SOURCE_VIEW)
        assert rendered("*text*").startswith(markdown.SOURCE_VIEW)
    with clock.at(1_000_000 + descriptions.RETRY_AFTER + 1):
        assert rendered("*text*") == "<p><em>text</em></p>"
        assert rendered("*text*") == "<p><em>text</em></p>"
    assert RenderedMarkdown.objects.count() == 1


def test_a_busy_server_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(text: str) -> str:
        raise markdown.RenderingFailed("busy", is_lasting=False)

    monkeypatch.setattr(markdown, "convert", busy)
    assert rendered("*text*").startswith(markdown.SOURCE_VIEW)
    assert RenderedMarkdown.objects.count() == 0


def test_a_failed_write_does_not_cost_the_page(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(RenderedMarkdown.objects, "bulk_create", full)
    assert rendered("*text*") == "<p><em>text</em></p>"
    assert "disk is full" in caplog.text
    assert RenderedMarkdown.objects.count() == 0


def test_old_renderings_are_forgotten() -> None:
    with clock.at(1_000):
        rendered("old")
    with clock.at(2_000):
        rendered("new")
    assert descriptions.forget(before=1_500) == 1
    assert RenderedMarkdown.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_may_render_the_same_text_at_once() -> None:
    both = threading.Barrier(4)
    results: list[str] = []

    def work() -> None:
        both.wait()
        results.append(rendered("# Same\n\ntext"))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1
    assert RenderedMarkdown.objects.count() == 1
