"""What a list can be narrowed by: values with counts, each a link that takes it in or out of the address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

SHOWN_VALUES = 8
MAX_LABEL = 60


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`key` and `value` are what the address has for it; `title` is the facet's."""

    title: str
    key: str
    value: str
    label: str
    count: int | None
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    values: list[FacetValue]


def facet(params: QueryDict, key: str, title: str, counted: Iterable[tuple[str, str, int]]) -> Facet:
    """`counted` holds (value in the address, label, count); what is chosen stays even when nothing has it any more."""
    chosen = set(params.getlist(key))
    rows = [(value, label, count) for value, label, count in counted if len(label) <= MAX_LABEL]
    shown = [row for place, row in enumerate(rows) if place < SHOWN_VALUES or row[0] in chosen]
    values = [
        FacetValue(title, key, value, label, count, toggled(params, key, value), value in chosen)
        for value, label, count in shown
    ]
    return Facet(title, values)


def chosen(facets: Iterable[Facet]) -> list[FacetValue]:
    return [value for group in facets for value in group.values if value.is_chosen]


def toggled(params: QueryDict, key: str, value: str) -> str:
    """The address with `value` taken in, or out if it is in; always the first page."""
    changed = params.copy()
    values = changed.getlist(key)
    changed.setlist(key, [other for other in values if other != value] if value in values else [*values, value])
    changed.pop("page", None)
    return f"?{changed.urlencode()}"
