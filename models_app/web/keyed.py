"""Params, metrics and tags by the thousand: searched by words and read in pages by key, as the address says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db.models import Q, QuerySet
from django.http import QueryDict

PAGE_SIZE = 100
MOST_WORDS, LONGEST_WORDS = 8, 200
SEARCHED_FROM = 8  # rows; fewer are found by looking
Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True, slots=True)
class Looked:
    """What an address asks of one list; `name` tells the lists of a page apart: `params_q`, `params_after`."""

    name: str
    words: str = ""
    after: str = ""

    @classmethod
    def of(cls, params: QueryDict, name: str) -> "Looked":
        return cls(name, text_of(params, f"{name}_q", LONGEST_WORDS), text_of(params, f"{name}_after"))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """For the forms of the page's other lists, which leave this one as it is."""
        return [(f"{self.name}_q", self.words), (f"{self.name}_after", self.after)]


class Keyed(Protocol):
    """`searched` is the text that words are looked for in."""

    @property
    def key(self) -> str: ...

    @property
    def searched(self) -> str: ...


@dataclass(frozen=True, slots=True)
class KeyPage:
    """`total` is how many there are, `found` how many of them hold the words; `next_after` is "" on the last page."""

    asked: Looked
    rows: list[Any]
    total: int
    found: int
    next_after: str

    @property
    def is_searchable(self) -> bool:
        return max(self.total, len(self.rows)) > SEARCHED_FROM or bool(self.asked.words)

    @property
    def shown(self) -> int:
        """How many keys; one may stand in several rows."""
        return len({row.key for row in self.rows})

    @property
    def is_part(self) -> bool:
        return bool(self.next_after or self.asked.after)


def text_of(params: QueryDict, name: str, length: int = 1_000) -> str:
    """A text of an address, where anything may stand."""
    return params.get(name, "")[:length].strip()


def read_keys(rows: QuerySet[Any], asked: Looked, *, last: str = "", size: int = PAGE_SIZE) -> KeyPage:
    """In the order of their keys, those that begin with `last` behind the others."""
    found = matching(rows, asked.words)
    read: list[Any] = []
    for part, after in _parts(found, asked.after, last):
        if len(read) <= size:
            beyond = part.filter(key__gt=after) if after else part
            read += beyond.order_by("key")[: size + 1 - len(read)]
    shown = read[:size]
    if len(read) > size or asked.after:
        count, next_after = found.count(), shown[-1].key if len(read) > size else ""
    else:
        count, next_after = len(read), ""
    return KeyPage(asked, shown, rows.count() if asked.words else count, count, next_after)


def pick_keys(rows: Sequence[Keyed], asked: Looked, *, size: int = PAGE_SIZE) -> KeyPage:
    """Of rows that are in memory already, in their order; words are looked for as `matching` does."""
    words = asked.words.lower().split()[:MOST_WORDS]
    found = [row for row in rows if all(word in row.searched.lower() for word in words)]
    start = next((place for place, row in enumerate(found, 1) if row.key == asked.after), 0) if asked.after else 0
    shown = found[start : start + size]
    next_after = shown[-1].key if start + size < len(found) else ""
    return KeyPage(asked, shown, len(rows), len(found), next_after)


def matching(rows: Rows, words: str, *columns: str) -> Rows:
    """Those that hold every word in one of the columns, whatever its case; by default in key or value."""
    looked_in = columns or (("key",) if _is_numeric(rows) else ("key", "value"))
    for word in words.split()[:MOST_WORDS]:
        holds = Q()
        for column in looked_in:
            holds |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(holds)
    return rows


def _is_numeric(rows: QuerySet[Any]) -> bool:
    return bool(rows.model._meta.get_field("value").get_internal_type() == "FloatField")


def _parts(found: QuerySet[Any], after: str, last: str) -> list[tuple[QuerySet[Any], str]]:
    if not last:
        return [(found, after)]
    begins = Q(key__gte=last, key__lt=last[:-1] + chr(ord(last[-1]) + 1))
    parts = [(found.exclude(begins), after), (found.filter(begins), "")]
    return [(parts[1][0], after)] if after.startswith(last) else parts
