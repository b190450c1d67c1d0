"""What the pages of experiments, runs and files say beyond the common words: sort links, cells, shares."""

import re
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from models_app.templatetags.registry import ABSENT, metric, query

register = template.Library()

BREAKS = re.compile(r"(?<=[/._-])(?=.)")


@register.simple_tag(takes_context=True)
def sort_href(context: template.Context, current: str, first: str) -> str:
    """The address that sorts by a column: in the direction of `first` ("-start_time"), then the other way."""
    column = first.removeprefix("-")
    opposite = column if first.startswith("-") else f"-{column}"
    return query(context, sort=opposite if current == first else first, page=None)


@register.filter
def cell(value: object, is_metric: bool) -> SafeString | str:
    """A value of the runs table; a param that was logged empty differs from one that was not logged."""
    if value is None:
        return ABSENT
    if is_metric:
        return metric(value)
    return str(value)


@register.filter
def breakable(key: str) -> SafeString:
    """A key that may break behind its slashes, dots and underscores, not in the middle of a word."""
    return format_html_join("", "{}<wbr>", ((part,) for part in BREAKS.split(key)))


@register.filter
def is_champion(version: Any) -> bool:
    """Of a version whose aliases are prefetched."""
    return any(alias.name == "champion" for alias in version.aliases.all())
