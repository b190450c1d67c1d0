"""Pages of a search: opaque tokens that remember the last row, so that a deep page costs what the first one costs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from models_app.errors import InvalidValue
from models_app.search.compiler import RANGES, Scope, column_field, filtered, one_of, related_rows, value_matches
from models_app.search.conditions import Condition, OnRows
from models_app.search.ordering import JOINED, ByColumn, ByRows, Term, joined, ordered, row_value, sortable
from models_app.search.schemas import Schema

ALL, PRESENT, NAN, MISSING = "all", "present", "nan", "missing"
KEY = "page_key"


@dataclass(frozen=True)
class Query:
    """A search, understood: what is looked for, in which order, within what."""

    schema: Schema
    conditions: Sequence[Condition]
    order: Sequence[Term]
    scope: Scope

    def digest(self) -> str:
        text = repr((self.schema.noun, self.conditions, self.order, self.scope))
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Page:
    """`next_page_token` is "" on the last page."""

    rows: list[Any]
    next_page_token: str


@dataclass(frozen=True)
class Start:
    """Behind the row with these sort values in a segment; or at an offset, where the order allows nothing better."""

    segment: int = 0
    after: tuple[Any, ...] = ()
    offset: int = 0


@dataclass(frozen=True)
class SortKey:
    expression: Combinable
    is_descending: bool


def encode(start: Start, query: Query) -> str:
    return _signer().sign_object([query.digest(), start.segment, start.after, start.offset])


def decode(token: str, query: Query) -> Start:
    if not token:
        return Start()
    try:
        token.encode("ascii")
        digest, segment, after, offset = _signer().unsign_object(token)
    except (signing.BadSignature, UnicodeEncodeError):
        raise InvalidValue("Invalid page_token: it is not one this server gave out.", field="page_token") from None
    if digest != query.digest():
        raise InvalidValue("Invalid page_token: it belongs to another search.", field="page_token")
    return Start(segment, tuple(after), offset)


def read_page(queryset: QuerySet[Any], query: Query, start: Start, size: int) -> Page:
    segments = _segments(queryset.model, query)
    if not segments:
        found = ordered(filtered(queryset, query.schema, query.conditions, query.scope), query.order, query.scope)
        rows = list(found[start.offset : start.offset + size + 1])
        return Page(rows[:size], encode(Start(offset=start.offset + size), query) if len(rows) > size else "")
    rows = []
    for number in range(start.segment, len(segments)):
        part, keys = _segment(queryset, query, segments[number])
        if number == start.segment and start.after:
            part = part.filter(_behind(keys, start.after))
        # One more than asked for tells whether there is a next page.
        read = list(_sorted(part, keys)[: size + 1 - len(rows)])
        if len(rows) + len(read) > size:
            kept = read[:-1]
            after = _sort_values(kept[-1], keys) if kept else ()
            return Page([*rows, *kept], encode(Start(number, after), query))
        rows += read
    return Page(rows, "")


def _segments(model: type[Model], query: Query) -> tuple[str, ...]:
    """The stretches an order falls into, each sorted by plain values that are never missing; () if it can't be done."""
    first, *others = query.order
    if not all(_is_plain(model, term) for term in others):
        return ()
    if isinstance(first, ByColumn):
        return (ALL,) if _is_plain(model, first) else (PRESENT, MISSING)
    if first.rows.is_history:
        return ()
    if not first.rows.is_numeric:
        return (PRESENT, MISSING)
    return (PRESENT,) if any(_is_own(condition, first) for condition in query.conditions) else (PRESENT, NAN, MISSING)


def _is_plain(model: type[Model], term: Term) -> bool:
    return isinstance(term, ByColumn) and not column_field(model, term.column).null


def _is_own(condition: Condition, term: ByRows) -> bool:
    """A comparison with the metric that is sorted by: it rules out NaN and missing, and narrows the index range."""
    is_same = isinstance(condition, OnRows) and condition.rows is term.rows and condition.key == term.key
    return is_same and condition.operator in RANGES


def _segment(queryset: QuerySet[Any], query: Query, segment: str) -> tuple[QuerySet[Any], list[SortKey]]:
    model = queryset.model
    first, *others = query.order
    keys = [SortKey(sortable(model, term.column), term.is_descending) for term in others if isinstance(term, ByColumn)]
    if isinstance(first, ByRows):
        return _segment_by_rows(queryset, query, first, segment, keys)
    part = filtered(queryset, query.schema, query.conditions, query.scope)
    if segment != ALL:
        part = part.filter(**{f"{first.column}__isnull": segment == MISSING})
    if segment == MISSING:
        return part, keys
    return part, [SortKey(sortable(model, first.column), first.is_descending), *keys]


def _segment_by_rows(
    queryset: QuerySet[Any], query: Query, first: ByRows, segment: str, keys: list[SortKey]
) -> tuple[QuerySet[Any], list[SortKey]]:
    own = [condition for condition in query.conditions if first.rows.is_numeric and _is_own(condition, first)]
    others = [condition for condition in query.conditions if condition not in own]
    part = filtered(queryset, query.schema, others, query.scope)
    if segment == MISSING:
        rows, link = related_rows(part.model, first.rows.relation)
        return part.filter(~Exists(rows.filter(**{link: OuterRef("pk"), "key": first.key}))), keys
    part = joined(part, first, JOINED)
    if first.rows.experiment and query.scope.experiment_ids:
        part = part.filter(**one_of(f"{JOINED}__{first.rows.experiment}", query.scope.experiment_ids))
    present = {f"{JOINED}__is_nan": segment == NAN} if first.rows.is_numeric else {f"{JOINED}__value__isnull": False}
    part = part.filter(**present)
    if segment == NAN:
        return part, keys
    part = part.filter(*(value_matches(f"{JOINED}__value", condition) for condition in own))
    return part, [SortKey(row_value(part.model, first.rows, JOINED), first.is_descending), *keys]


def _sorted(part: QuerySet[Any], keys: Sequence[SortKey]) -> QuerySet[Any]:
    part = part.annotate(**{f"{KEY}_{number}": key.expression for number, key in enumerate(keys)})
    return part.order_by(*(OrderBy(key.expression, descending=key.is_descending) for key in keys))


def _sort_values(row: Any, keys: Sequence[SortKey]) -> tuple[Any, ...]:
    return tuple(getattr(row, f"{KEY}_{number}") for number in range(len(keys)))


def _behind(keys: Sequence[SortKey], after: Sequence[Any]) -> Any:
    """Rows that follow the one with these sort values. The first comparison repeats what the rest implies: an index
    can start there, which it can't at an OR."""
    condition: Any = Q(pk__in=[])
    for key, value in reversed(list(zip(keys, after, strict=True))):
        beyond = (LessThan if key.is_descending else GreaterThan)(key.expression, value)
        condition = Q(beyond) | (Q(Exact(key.expression, value)) & condition)
    bound = (LessThanOrEqual if keys[0].is_descending else GreaterThanOrEqual)(keys[0].expression, after[0])
    return Q(bound) & condition


def _signer() -> signing.Signer:
    return signing.Signer(salt="laurel.search.page")
