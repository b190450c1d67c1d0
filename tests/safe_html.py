"""What rendered Markdown may hold, checked by a parser and a sanitizer other than Laurel's own."""

import re
from html.parser import HTMLParser

import nh3

from models_app import markdown_worker

ALLOWED = {
    tag: markdown_worker.ATTRIBUTES.get(tag, set()) | {"class", "id"} for tag in markdown_worker.TAGS - {"input", "h1"}
}
ALLOWED["span"] = {"class", "id", "role", "aria-label"}
ALLOWED["img"] = {"src", "alt", "title", "width", "height", "loading"}
ALLOWED["pre"] = {"class", "id", "tabindex"}
ALLOWED["a"] = {"href", "title", "class", "id", "rel"}
WEB_LINK = re.compile(r"(https?|mailto):")


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
