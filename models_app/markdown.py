"""The one door to Markdown and highlighted code: safe HTML in bounded time, or the first words as plain text."""

import atexit
import html as html_entities
import logging
import os
import re
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from models_app import markdown_worker

logger = logging.getLogger("laurel.markdown")

RENDERER_VERSION = 1  # raise it whenever the same text gives other HTML: kept HTML is then made anew
MAX_LENGTH = 100_000  # characters; longer texts are shown as they are
SECONDS = 3.0
PROCESSES = 2

SMALL = 2_000
_MARKS = re.compile(r"[\[\]<>!*_~^$`\\&(){}|]")
_MANY_MARKS = 150

EXCERPT_SOURCE = 4_000
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_NO_PROSE = re.compile(r"$|[-=*_\s]+$|\||\[TOC\]|\[\^?[^\]]{1,200}\]:|\*\[|!?\[!\[|<!--")
_LINE_START = re.compile(r"^(?:>\s?|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,9}[.)]\s+)+")
# Every repetition is bounded: no text makes one of these try the same place more than some hundred times.
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!~|<>-])")
_INLINE = (
    (re.compile(r"<!--.{0,500}?-->"), " "),
    (re.compile(r"</?[A-Za-z][^<>]{0,300}>"), " "),
    (re.compile(r"!\[[^\[\]]{0,200}\]\([^()\s]{0,500}(?:\s[^()]{0,200})?\)"), " "),
    (re.compile(r"\[([^\[\]]{0,300})\](?:\([^()]{0,500}\)|\[[^\[\]]{0,200}\])"), r"\1"),
    (re.compile(r"\[\^[^\[\]]{1,100}\]"), ""),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,500})>"), r"\1"),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)|(?<=\S)(\*{1,3}|_{1,3})(?!\w)|~~|`+"), ""),
)

_FAILURE_NOTE = "This text could not be rendered, so it is shown as it was written."
SOURCE_VIEW = '<div class="markdown-source">'


class RenderingFailed(Exception):
    """`is_lasting` is False when the server was merely busy and the next attempt may succeed."""

    def __init__(self, reason: str, *, is_lasting: bool) -> None:
        super().__init__(reason)
        self.is_lasting = is_lasting


def render(text: str) -> str:
    try:
        return convert(text)
    except RenderingFailed:
        return source_view(text)


def convert(text: str) -> str:
    """Safe HTML, or RenderingFailed within the time limit.

    The parser is quadratic and worse on hostile text, which no check of the text can tell for sure. So only a small
    text with few marks is rendered here; all others go to a process that can be stopped.
    """
    if len(text) > MAX_LENGTH:
        raise RenderingFailed(f"longer than {MAX_LENGTH} characters", is_lasting=True)
    text = text.encode(errors="replace").decode()  # half a character pair is no text
    if not _is_harmless(text):
        return _convert_elsewhere(text)
    try:
        return markdown_worker.convert(text)
    except (Exception, RecursionError) as error:
        logger.warning("A text could not be rendered: %r", error)
        raise RenderingFailed(repr(error), is_lasting=True) from error


def highlight(code: str, language: str) -> str:
    """Lines of spans with Pygments' classes, or RenderingFailed: some of its lexers are as slow as they are many."""
    return _convert_elsewhere(code.encode(errors="replace").decode(), language)


def source_view(text: str) -> str:
    source = f'<pre tabindex="0">{html_entities.escape(text)}</pre>'
    return f'{SOURCE_VIEW}<p class="markdown-note">{_FAILURE_NOTE}</p>{source}</div>'


def resolve_images(html: str, files_url: str) -> str:
    """Rendered HTML whose pictures with a relative path come from `files_url`, the folder that holds the text."""
    # The sanitizer escapes every < of text and every " of attributes, and writes src first: this matches pictures only.
    return re.sub(r'<img src="(?!/)', lambda _: f'<img src="{html_entities.escape(files_url.rstrip("/"))}/', html)


def excerpt(text: str, length: int = 140) -> str:
    """The first words a reader would see, without a heading if other words follow; never renders, takes linear time."""
    start = text[:EXCERPT_SOURCE]
    if front_matter := markdown_worker.FRONT_MATTER.match(start):
        start = start[front_matter.end() :]
    prose: list[str] = []
    headings: list[str] = []
    fence = ""
    for line in start.splitlines():
        line = line.strip()
        if fence or line.startswith(("```", "~~~")):
            fence = _fence_after(line, fence)
        elif _HEADING.match(line):
            headings.append(line.strip("# "))
        elif not _NO_PROSE.match(line):
            prose.append(_LINE_START.sub("", line))
    return _shortened(_plain(" ".join(prose)) or _plain(" ".join(headings)), length)


def _fence_after(line: str, fence: str) -> str:
    if not fence:
        return line[:3]
    return "" if line.startswith(fence) else fence


def _plain(text: str) -> str:
    text = _ESCAPED.sub(lambda found: f"&#{ord(found[1])};", text)
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return " ".join(html_entities.unescape(text).split())


def _shortened(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at_word = cut.rpartition(" ")[0]
    # A language without spaces, or one very long word, is cut anywhere.
    return (at_word if len(at_word) > length // 2 else cut).rstrip(" ,;:.-") + "…"


def _is_harmless(text: str) -> bool:
    if len(text) > SMALL or "```" in text or "~~~" in text:
        return False
    return len(_MARKS.findall(text)) <= _MANY_MARKS


def _convert_elsewhere(text: str, language: str = "") -> str:
    if not _slots.acquire(timeout=SECONDS):
        raise RenderingFailed("all rendering processes are busy", is_lasting=False)
    try:
        return _answer(text, language)
    finally:
        _slots.release()


def _answer(text: str, language: str) -> str:
    # A waiting process may just have gone for its idle time; a fresh one has no such excuse.
    for waiting in (_take_waiting(), None):
        process = waiting or _start()
        try:
            mark, result = process.ask(text, language)
        except _Ended:
            continue
        _waiting.append(process)
        if mark == markdown_worker.DONE:
            return result
        logger.warning("A text could not be rendered: %s", result)
        raise RenderingFailed(result, is_lasting=True)
    logger.error("The rendering process ends without an answer.")
    raise RenderingFailed("the rendering process failed", is_lasting=False)


def _start() -> "_Process":
    try:
        return _Process()
    except OSError as error:
        logger.error("The rendering process can't be started: %s", error)
        raise RenderingFailed(str(error), is_lasting=False) from error


class _Ended(Exception):
    """The process went away without an answer."""


class _Process:
    """One rendering process, asked by one thread at a time and stopped when it takes too long."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "models_app.markdown_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent,
            start_new_session=True,  # Ctrl-C in the server's terminal is not for it; it goes when its input ends
        )

    def ask(self, text: str, language: str) -> tuple[bytes, str]:
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._process.kill()

        deadline = threading.Timer(SECONDS, stop)
        deadline.daemon = True
        deadline.start()
        try:
            return self._exchange(text.encode(), language.encode())
        except (OSError, EOFError) as error:
            self.end()
            if not is_late.is_set():
                raise _Ended from error
            logger.warning("A text of %d characters took too long to render.", len(text))
            raise RenderingFailed("took too long", is_lasting=True) from error
        finally:
            deadline.cancel()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()  # closes the pipes and collects the process

    def _exchange(self, text: bytes, language: bytes) -> tuple[bytes, str]:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - asked for as a pipe
        stdin.write(markdown_worker.REQUEST.pack(len(language), len(text)) + language + text)
        stdin.flush()
        mark = self._read(1)
        return mark, self._read(markdown_worker.LENGTH.unpack(self._read(markdown_worker.LENGTH.size))[0]).decode()

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - asked for as a pipe
        data = self._process.stdout.read(size)
        if len(data) < size:
            raise EOFError
        return data


_slots = threading.BoundedSemaphore(PROCESSES)
_waiting: deque[_Process] = deque()


def _take_waiting() -> _Process | None:
    try:
        return _waiting.pop()
    except IndexError:
        return None


@atexit.register
def _end_waiting() -> None:
    while process := _take_waiting():
        process.end()


if hasattr(os, "register_at_fork"):
    # A forked server must not read answers from pipes it shares with its parent.
    os.register_at_fork(after_in_child=_waiting.clear)
