"""Markdown as HTML and as an excerpt: what it becomes, and what it may cost."""

import re
import threading
import time

import pytest

from models_app import limits, markdown
from models_app.markdown import excerpt, render
from tests.conftest import once
from tests.safe_html import Tags, assert_safe

pytestmark = once


def test_the_usual_markdown_renders() -> None:
    html = render(
        "# Title *x*\n\nA **bold** ~~old~~ H~2~O[^1].\n\n| a | b |\n|:--|--:|\n| 1 | 2 |\n\n"
        "3. three\n4. four\n\n- [x] done\n- [ ] open\n\n$x^2$\n\n[^1]: A note."
    )
    assert (
        '<h2 id="h-title-x">Title <em>x</em><a href="#h-title-x" title="Link to this section" class="headerlink">#</a>'
        in html
    )
    assert "<strong>bold</strong> <del>old</del> H<sub>2</sub>O" in html
    assert '<th class="align-left">a</th>' in html
    assert '<td class="align-right">2</td>' in html
    assert '<ol start="3">' in html
    assert '<span class="task-mark" role="img" aria-label="done">☑</span> done' in html
    assert '<span class="task-mark" role="img" aria-label="not done">☐</span> open' in html
    assert '<span class="arithmatex">\\(x^2\\)</span>' in html
    assert '<a href="#fn:1" class="footnote-ref">1</a>' in html
    assert '<li id="fn:1">' in html
    assert "<input" not in html
    assert "style=" not in html


def test_code_is_highlighted_with_classes() -> None:
    html = render("```python\ndef f(): ...\n```")
    assert '<div class="language-python highlight">' in html
    assert '<span class="k">def</span>' in html


def test_code_can_be_scrolled_by_key() -> None:
    assert Tags(markdown.render("```\nx\n```")).seen[1] == ("pre", {"tabindex": "0"})


def test_code_of_an_unknown_language_is_shown_plain() -> None:
    assert "a &lt;- b" in render("```nosuchlanguage\na <- b\n```")


def test_highlighted_code_keeps_every_character_and_line() -> None:
    code = '"""a\n<b>\n"""\n\nx = 1  # ü\n'
    lines = markdown.highlight(code, "python").split("\n")
    assert len(lines) == len(code.split("\n"))
    assert all(line.count("<span") == line.count("</span>") for line in lines)
    assert "".join(Tags("\n".join(lines)).text) == code


def test_code_that_can_not_be_highlighted_in_time_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "SECONDS", 0.5)
    with pytest.raises(markdown.RenderingFailed):
        markdown.highlight("x = 1\n" * 2_000_000, "python")
    with pytest.raises(markdown.RenderingFailed):
        markdown.highlight("x", "no-such-language")


def test_bare_addresses_become_links() -> None:
    html = render("see https://example.com/a?b=1&c=2.")
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="nofollow noopener">' in html


def test_headings_start_below_the_pages_own() -> None:
    html = render("# A\n\n## B\n\n<h1>C</h1>")
    assert re.findall(r"<h(\d)", html) == ["2", "3", "2"]


def test_equal_headings_get_different_anchors() -> None:
    assert re.findall(r'<h\d id="([^"]+)"', render("# A\n\n# A")) == ["h-a", "h-a_1"]


def test_a_remote_picture_becomes_a_link() -> None:
    link = '<a href="https://x.example/a.png" rel="nofollow noopener">Curve</a>'
    assert render("![Curve](https://x.example/a.png)") == f"<p>{link}</p>"


def test_a_remote_picture_inside_a_link_becomes_its_text() -> None:
    html = render("[![build](https://x.example/badge.png)](https://x.example/build)")
    assert html == '<p><a href="https://x.example/build" rel="nofollow noopener">build</a></p>'


def test_a_picture_of_our_own_stays() -> None:
    assert render('![Curve](plots/a b.png "T")').startswith("<p>")
    assert render('![Curve](plots/a.png "T")') == '<p><img src="plots/a.png" alt="Curve" title="T" loading="lazy"></p>'


def test_relative_pictures_can_be_taken_from_a_folder() -> None:
    html = render('![a](plots/a.png) ![b](/static/b.png)\n\n`<img src="x">`')
    resolved = markdown.resolve_images(html, '/files/"x"/')
    assert '<img src="/files/&quot;x&quot;/plots/a.png"' in resolved
    assert '<img src="/static/b.png"' in resolved
    assert '&lt;img src="x"&gt;' in resolved


def test_front_matter_is_shown_as_code() -> None:
    html = render("---\nlicense: mit\n---\n# Title")
    assert '<div class="language-yaml highlight">' in html
    assert '<h2 id="h-title">' in html


@pytest.mark.parametrize("text", ["", "\n", "\x00", "\ud800", "\x02\x03", "a\x0bb", "﻿x"])
def test_odd_text_is_no_error(text: str) -> None:
    assert_safe(render(text))
    excerpt(text)


# Hostile texts: each is quadratic or worse in the parser, endless recursion, or asks for gigabytes.
BOMBS = {
    "brackets": "[" * 90_000,
    "images": "![" * 45_000,
    "links": "[a](" * 22_000,
    "footnotes": "[^" * 45_000,
    "tags": "<b " * 30_000,
    "lists": "1. " * 30_000,
    "quotes": "> " * 45_000,
    "fences": "```\n" * 22_000,
    "emphasis": "*a_" * 30_000,
    "code": "`" * 90_000,
    "lines": '```python hl_lines="1-9999999999"\nx\n```',
    "lexer": "```python\n" + "(" * 80_000 + "\n```",
    "table": "|" * 90_000 + "\n" + "|-" * 40_000,
    "comments": "<!--" * 22_000,
    "headings": "# a\n" * 22_000,
    "small": "[" * 2_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_text_costs_bounded_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "SECONDS", 1.0)
    start = time.monotonic()
    html = render(BOMBS[name])
    excerpt(BOMBS[name])
    assert time.monotonic() - start < 5
    assert_safe(html[:2_000].rpartition("<")[0])


def test_a_text_that_takes_too_long_is_shown_as_written() -> None:
    html = render("[" * 90_000 + "<script>")
    assert html.startswith('<div class="markdown-source"><p class="markdown-note">This text could not be rendered')
    assert "&lt;script&gt;" in html


def test_a_text_that_is_too_long_is_shown_as_written() -> None:
    assert markdown.MAX_LENGTH >= limits.DESCRIPTION
    assert render("x " * 60_000).startswith(markdown.SOURCE_VIEW)


def test_after_a_stopped_process_the_next_text_renders(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(markdown, "SECONDS", 0.5)
        assert render("[" * 90_000).startswith(markdown.SOURCE_VIEW)
    assert render("```\nx\n```").startswith('<div class="')


def test_a_waiting_process_that_has_gone_is_replaced() -> None:
    render("```\nx\n```")
    assert markdown._waiting
    for process in markdown._waiting:
        process._process.kill()
        process._process.wait()
    assert "<code>x" in render("```\nx\n```")


def test_only_so_many_processes_render_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "SECONDS", 1.0)
    running, most = 0, 0
    lock = threading.Lock()
    answer = markdown._answer

    def counted(text: str, language: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return answer(text, language)
        finally:
            with lock:
                running -= 1

    monkeypatch.setattr(markdown, "_answer", counted)
    threads = [threading.Thread(target=render, args=("[" * 50_000,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == markdown.PROCESSES


def test_without_processes_a_long_text_is_shown_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(markdown, "_waiting", type(markdown._waiting)())
    monkeypatch.setattr(markdown.subprocess, "Popen", refused)
    assert render("```\nx\n```").startswith(markdown.SOURCE_VIEW)
    with pytest.raises(markdown.RenderingFailed) as failed:
        markdown.convert("```\nx\n```")
    assert not failed.value.is_lasting
    assert render("*small*") == "<p><em>small</em></p>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Classifies **iris** by _petal_ `size`.", "Classifies iris by petal size."),
        ("# Iris\n\nClassifies flowers.", "Classifies flowers."),
        ("# Only *a* heading", "Only a heading"),
        ("---\nlicense: mit\n---\n\nText", "Text"),
        ("[![badge](https://a/b.svg)](https://a)\n\nText", "Text"),
        ("![plot](a.png) Text", "Text"),
        ("See [the paper](https://x/y \"T\") and [this][1].\n\n[1]: http://a", "See the paper and this."),
        ("```python\nimport x\n```\nText", "Text"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nText", "Text"),
        ("> quote\n\n- one\n- [x] two\n1. three", "quote one two three"),
        ("a < b & c &amp; d <b>bold</b> <!-- no -->", "a < b & c & d bold"),
        ("snake_case_name and 2*3*4 and \\*star\\*", "snake_case_name and 2*3*4 and *star*"),
        ("Note[^1].\n\n[^1]: below", "Note."),
        ("", ""),
    ],
)  # fmt: skip
def test_an_excerpt_reads_like_the_page(text: str, expected: str) -> None:
    assert excerpt(text) == expected


def test_a_long_excerpt_ends_at_a_word() -> None:
    short = excerpt("word " * 100)
    assert len(short) <= 140
    assert short.endswith(" word…")
    assert len(excerpt("x" * 500)) == 140
    assert excerpt("one two three", length=9) == "one two…"


@pytest.mark.parametrize(
    "token", ["[", "![", "[a](", "<", "<!--", "*", "_", "\\", "`", "&#", "> ", "1. ", "- ", "(<!--"]
)
def test_an_excerpt_of_a_hostile_text_takes_linear_time(token: str) -> None:
    text = token * (100_000 // len(token))
    start = time.process_time()
    excerpt(text)
    assert time.process_time() - start < 0.5
