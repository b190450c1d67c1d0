"""Turns Markdown and code into safe HTML, in a process of its own that can be killed; imports little to start fast."""

import os
import re
import struct
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

import bleach.html5lib_shim as html5lib
import markdown
from bleach.sanitizer import Cleaner
from markdown.extensions.toc import slugify_unicode
from pygments import highlight as pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

IDLE_SECONDS = 60
MEMORY_BYTES = 1024 * 1024 * 1024
LENGTH = struct.Struct(">I")
REQUEST = struct.Struct(">II")  # bytes of the language ("" is Markdown), bytes of the text
DONE, FAILED = b"+", b"-"

EXTENSIONS = [
    "markdown.extensions.tables",
    "markdown.extensions.toc",
    "markdown.extensions.sane_lists",
    "markdown.extensions.footnotes",
    "markdown.extensions.abbr",
    "pymdownx.superfences",
    "pymdownx.highlight",
    "pymdownx.tasklist",
    "pymdownx.tilde",
    "pymdownx.magiclink",
    "pymdownx.arithmatex",
]
EXTENSION_CONFIGS: dict[str, dict[str, object]] = {
    # Alignment as an attribute: the content security policy ignores styles, a class is made of it below.
    "markdown.extensions.tables": {"use_align_attribute": True},
    # A page has one h1, its own: the text's headings start below it.
    "markdown.extensions.toc": {
        "slugify": lambda text, separator: "h-" + slugify_unicode(text, separator)[:120],
        "baselevel": 2,
        "permalink": "#",
        "permalink_class": "headerlink",
        "permalink_title": "Link to this section",
        "permalink_leading": False,
    },
    "pymdownx.highlight": {"guess_lang": False, "pygments_lang_class": True, "anchor_linenums": False},
    "pymdownx.arithmatex": {"generic": True},
}

# fmt: off
TAGS = frozenset({
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q",
    "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "tt", "u", "ul", "var",
})
ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"type", "checked"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
CLASSES = frozenset(filter(None, STANDARD_TYPES.values())) | {
    "align-center", "align-left", "align-right", "arithmatex", "filename", "footnote", "footnote-backref",
    "footnote-ref", "headerlink", "highlight", "highlighttable", "hll", "linenodiv", "linenos", "task-list",
    "task-list-item", "toc", "toctitle",
}
# fmt: on
_LANGUAGE_CLASS = re.compile(r"language-[\w+.#-]{1,40}")
# Ids of a text never meet the ids of a page, which don't start like this.
_ID = re.compile(r"h-[\w.-]{0,200}|fn(ref)?\d*:[\w.:-]{1,200}")
_NOT_RELATIVE = re.compile(r"//|\w[\w+.-]*:")
_MISREAD = re.compile(r"[\\\x00-\x1f]")
_NUMBER = re.compile(r"\d{1,4}")
FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[^\n]*\n){0,400}?)(?:---|\.\.\.)[ \t]*(?:\n|$)")

Token = dict[str, object]


def convert(text: str) -> str:
    """May take very long, use much memory or raise anything on hostile text: call it through `models_app.markdown`."""
    converter = markdown.Markdown(extensions=EXTENSIONS, extension_configs=EXTENSION_CONFIGS, output_format="html")
    return sanitize(converter.convert(_front_matter_as_code(text)))


def highlight(code: str, language: str) -> str:
    """Pygments escapes all text and adds nothing but spans with classes; each line closes the spans it opens."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return pygments_highlight(code, lexer, HtmlFormatter(nowrap=True))


def sanitize(html: str) -> str:
    # bleach is archived: everything rests on these lists, the strict content security policy is the second line.
    cleaner = Cleaner(
        tags=TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto"},
        strip=True,
        strip_comments=True,
        filters=[_Finish],
    )
    return cleaner.clean(html)


def _front_matter_as_code(text: str) -> str:
    """Model cards begin with a block of YAML, which Markdown would take for a rule and a heading."""
    found = FRONT_MATTER.match(text)
    if not found or "```" in found[1]:
        return text
    return f"```yaml\n{found[1]}```\n\n{text[found.end() :]}"


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return True  # reduced to known classes below
    if name == "id":
        return bool(_ID.fullmatch(value))
    if name == "align":
        return value.lower() in {"left", "center", "right"}
    if name in {"start", "colspan", "rowspan", "width", "height"} and not _NUMBER.fullmatch(value):
        return False
    return name in ATTRIBUTES.get(tag, ())


class _Finish(html5lib.Filter):  # type: ignore[name-defined]  # the stubs leave it out
    """After the sanitizer: the changes that need to see more than one attribute or tag."""

    def __iter__(self) -> Iterator[Token]:
        open_links = 0
        for token in super().__iter__():
            kind, name = token["type"], token.get("name")
            if name == "h1":
                name = token["name"] = "h2"  # a page has one h1, its own, also where a text says <h1>
            if name == "a":
                open_links += {"StartTag": 1, "EndTag": -1}.get(kind, 0)
            if kind not in {"StartTag", "EmptyTag"}:
                yield token
                continue
            attributes = {key: value for (_, key), value in token["data"].items()}
            if name == "img":
                yield from _image(attributes, inside_link=open_links > 0)
            elif name == "input":
                yield from _check_box(attributes)
            else:
                yield _tag(kind, name, _finished(name, attributes))


def _finished(name: str, attributes: dict[str, str]) -> dict[str, str]:
    classes = [
        part for part in attributes.pop("class", "").split() if part in CLASSES or _LANGUAGE_CLASS.fullmatch(part)
    ]
    if align := attributes.pop("align", ""):
        classes.append(f"align-{align.lower()}")
    if classes:
        attributes["class"] = " ".join(classes)
    if name == "a" and not attributes.get("href", "#").startswith("#"):
        attributes["rel"] = "nofollow noopener"
    if name == "pre":
        attributes["tabindex"] = "0"  # wide code scrolls, and not everybody has a wheel to scroll it with
    return attributes


def _image(attributes: dict[str, str], *, inside_link: bool) -> Iterator[Token]:
    """Pages load pictures from their own origin only, so one from elsewhere becomes a link to it."""
    source = attributes.pop("src", "").strip()
    text = attributes.get("alt") or attributes.get("title") or source
    attributes.pop("class", None), attributes.pop("align", None), attributes.pop("id", None)
    if source and not _leads_elsewhere(source):
        yield _tag("EmptyTag", "img", {"src": source, "alt": "", **attributes, "loading": "lazy"})
        return
    if not source or inside_link:
        yield {"type": "Characters", "data": text}
        return
    yield _tag("StartTag", "a", {"href": source, "rel": "nofollow noopener"})
    yield {"type": "Characters", "data": text}
    yield {"type": "EndTag", "name": "a", "namespace": None}


def _leads_elsewhere(source: str) -> bool:
    # Browsers read a backslash as a slash and skip control characters: whatever is not plainly relative is elsewhere.
    return bool(_NOT_RELATIVE.match(source) or _MISREAD.search(source))


def _check_box(attributes: dict[str, str]) -> Iterator[Token]:
    """A task's state as a character: no form control of a text ever reaches a page."""
    if attributes.get("type", "").lower() != "checkbox":
        return
    is_done = "checked" in attributes
    label = "done" if is_done else "not done"
    yield _tag("StartTag", "span", {"class": "task-mark", "role": "img", "aria-label": label})
    yield {"type": "Characters", "data": "☑" if is_done else "☐"}
    yield {"type": "EndTag", "name": "span", "namespace": None}


def _tag(kind: object, name: object, attributes: dict[str, str]) -> Token:
    return {
        "type": kind,
        "name": name,
        "namespace": None,
        "data": {(None, key): value for key, value in attributes.items()},
    }


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers one text after the other until the other side hangs up or stays silent for a minute."""
    while True:
        silence = threading.Timer(IDLE_SECONDS, os._exit, (0,))
        silence.daemon = True
        silence.start()
        header = requests.read(REQUEST.size)
        silence.cancel()
        if len(header) < REQUEST.size:
            return
        language, text = (requests.read(size).decode() for size in REQUEST.unpack(header))
        try:
            mark, result = DONE, highlight(text, language) if language else convert(text)
        except (Exception, RecursionError, MemoryError) as error:
            # Any bug of a parser may be hit by a hostile text; the server shows the source instead and logs this.
            mark, result = FAILED, f"{type(error).__name__}: {error}"[:500]
        data = result.encode(errors="replace")
        answers.write(mark + LENGTH.pack(len(data)) + data)
        answers.flush()


def _limit_memory() -> None:
    if sys.platform != "linux":
        return  # elsewhere the time limit alone must do
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
