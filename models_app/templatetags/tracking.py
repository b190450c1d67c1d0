"""What the pages of experiments, runs and files say beyond the common words: sort links, cells, shares."""

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from models_app.templatetags.registry import ABSENT, MOST_VALUES, metric, query, sort_state

register = template.Library()

COMMIT = re.compile(r"[0-9a-f]{40}")
SHORT_COMMIT = 10
CHAMPION = "champion"
LENGTH_OF_CELL = 300  # characters; values of 8,000 in a hundred columns would make a page of 40 MB
BREAKS = re.compile(r"(?<=[/._-])(?=.)")


@register.simple_tag(takes_context=True)
def sort_href(context: template.Context, current: str, first: str) -> str:
    """The address that sorts by a column: in the direction of `first` ("-start_time"), then the other way."""
    column = first.removeprefix("-")
    opposite = column if first.startswith("-") else f"-{column}"
    return query(context, sort=opposite if current == first else first, page=None)


@register.simple_tag(takes_context=True)
def carried(context: template.Context, *left_out: str, form: str = "") -> SafeString:
    """Hidden fields that carry the page's query through a form, but for some keys and the place in the pages."""
    query = context["request"].GET
    pairs = [
        (key, value)
        for key, values in query.lists()
        for value in values[:MOST_VALUES]
        if key not in {*left_out, "page"}
    ]
    of_form = format_html(' form="{}"', form) if form else SafeString()
    return format_html_join("", '<input type="hidden" name="{}" value="{}"{}>', ((*pair, of_form) for pair in pairs))


@register.simple_tag(takes_context=True)
def without(context: template.Context, key: str, value: str) -> str:
    """The page's own query string without one of the values of a key."""
    return query(
        context, **{key: [other for other in context["request"].GET.getlist(key) if other != value]}, page=None
    )


@register.simple_tag
def sort_state_of(current: str, first: str) -> str:
    """The value of aria-sort for a column that is first sorted by `first` ("-start_time")."""
    return sort_state(current, first.removeprefix("-"))


@register.filter
def short_place(text: str | None) -> SafeString | str:
    """The last part of a path; a commit as far as people read it."""
    if not text:
        return ABSENT
    name = text.replace("\\", "/").rstrip("/").rpartition("/")[2] or text
    return name[:SHORT_COMMIT] if COMMIT.fullmatch(name) else name


@register.filter
def cell(value: object, is_metric: bool) -> SafeString | str:
    """A value of the runs table, as much of it as a cell may show; a param that was logged empty differs from one that
    was not logged."""
    if value is None:
        return ABSENT
    if is_metric:
        return metric(value)
    text = str(value)
    return text if len(text) <= LENGTH_OF_CELL else f"{text[:LENGTH_OF_CELL]}…"


@register.filter
def breakable(key: str) -> SafeString:
    """A key that may break behind its slashes, dots and underscores, not in the middle of a word."""
    return format_html_join("", "{}<wbr>", ((part,) for part in BREAKS.split(key)))


@register.filter
def champion_first(aliases: Iterable[Any]) -> list[Any]:
    """In the order in which they count: the champion, then by name."""
    return sorted(aliases, key=lambda alias: (alias.name != CHAMPION, alias.name))


@register.filter
def is_champion(version: Any) -> bool:
    """Of a version whose aliases are prefetched."""
    return any(alias.name == CHAMPION for alias in version.aliases.all())
