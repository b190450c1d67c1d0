"""Pages of a search: opaque tokens that remember the last row, so that a deep page costs what the first one costs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual

from models_app.errors import InvalidValue
from models_app.search.compiler import RANGES, Scope, column_field, filtered, one_of, related_rows, value_matches
from models_app.search.conditions import Condition, OnRows
from models_app.search.ordering import JOINED, ByColumn, ByDerived, ByRows, Term, joined, ordered, row_value, sortable
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
    """`attribute` is where a row holds its value; "" when the value has to be read along with the row. `is_derived`
    says that no index holds it and that each mention of it is worked out anew."""

    expression: Any
    is_descending: bool
    attribute: str = ""
    is_derived: bool = False


@dataclass(frozen=True)
class Segment:
    """A stretch of the order, and how it is sorted."""

    queryset: QuerySet[Any]
    keys: Sequence[SortKey]
    predicates: Sequence[Any]

    def sorted(self, after: Sequence[Any]) -> QuerySet[Any]:
        further = [behind(self.keys, after)] if after else []
        # What lies behind a value that is worked out for each row has one.
        predicates = [] if after and self.keys[0].is_derived else self.predicates
        # All in one call: each further one would join the row that is sorted by anew.
        found = self.queryset.filter(*predicates, *further)
        found = found.annotate(
            **{f"{KEY}_{number}": key.expression for number, key in enumerate(self.keys) if not key.attribute}
        )
        return found.order_by(*(OrderBy(key.expression, descending=key.is_descending) for key in self.keys))

    def sort_values(self, row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, key.attribute or f"{KEY}_{number}") for number, key in enumerate(self.keys))


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


def every(queryset: QuerySet[Any], query: Query) -> QuerySet[Any]:
    """All that is found, in order, in one statement."""
    first = query.order[0]
    sorted_by = first.column if isinstance(first, ByColumn) else ""
    return ordered(filtered(queryset, query.schema, query.conditions, query.scope, sorted_by), query.order, query.scope)


def read_page(queryset: QuerySet[Any], query: Query, start: Start, size: int) -> Page:
    segments = _segments(queryset.model, query)
    if not segments:
        found = every(queryset, query)
        rows = list(found[start.offset : start.offset + size + 1])
        return Page(rows[:size], encode(Start(offset=start.offset + size), query) if len(rows) > size else "")
    rows = []
    for number in range(start.segment, len(segments)):
        part = _segment(queryset, query, segments[number])
        after = start.after if number == start.segment else ()
        # One more than asked for tells whether there is a next page.
        read = list(part.sorted(after)[: size + 1 - len(rows)])
        if len(rows) + len(read) > size:
            kept = read[:-1]
            after = part.sort_values(kept[-1]) if kept else ()
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
    if isinstance(first, ByDerived):
        return (PRESENT, MISSING)
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


def _segment(queryset: QuerySet[Any], query: Query, name: str) -> Segment:
    model = queryset.model
    first, *others = query.order
    keys = [_sort_key(model, term) for term in others if isinstance(term, ByColumn)]
    if isinstance(first, ByRows):
        return _segment_by_rows(queryset, query, first, name, keys)
    if isinstance(first, ByDerived):
        found = filtered(queryset, query.schema, query.conditions, query.scope)
        keys = [SortKey(first.derived.value, first.is_descending, is_derived=True), *keys] if name == PRESENT else keys
        return Segment(found, keys, [IsNull(first.derived.value, name == MISSING)])
    found = filtered(queryset, query.schema, query.conditions, query.scope, first.column)
    if name != MISSING:
        keys = [_sort_key(model, first), *keys]
    return Segment(found, keys, [] if name == ALL else [Q(**{f"{first.column}__isnull": name == MISSING})])


def _sort_key(model: type[Model], term: ByColumn) -> SortKey:
    attribute = "" if "__" in term.column else column_field(model, term.column).attname
    return SortKey(sortable(model, term.column), term.is_descending, attribute)


def _segment_by_rows(queryset: QuerySet[Any], query: Query, first: ByRows, name: str, keys: list[SortKey]) -> Segment:
    own: list[Any] = [one for one in query.conditions if first.rows.is_numeric and _is_own(one, first)]
    found = filtered(queryset, query.schema, [one for one in query.conditions if one not in own], query.scope)
    if name == MISSING:
        rows, link = related_rows(found.model, first.rows.relation)
        return Segment(found, keys, [~Exists(rows.filter(**{link: OuterRef("pk"), "key": first.key}))])
    predicates = [value_matches(f"{JOINED}__value", condition) for condition in own]
    if first.rows.experiment and query.scope.experiment_ids:
        predicates.append(Q(**one_of(f"{JOINED}__{first.rows.experiment}", query.scope.experiment_ids)))
    if first.rows.is_numeric:
        predicates.append(Q(**{f"{JOINED}__is_nan": name == NAN}))
    else:
        predicates.append(Q(**{f"{JOINED}__value__isnull": False}))
    if name == PRESENT:
        keys = [SortKey(row_value(found.model, first.rows, JOINED), first.is_descending), *keys]
    return Segment(joined(found, first, JOINED), keys, predicates)


def behind(keys: Sequence[SortKey], after: Sequence[Any]) -> Q:
    """Rows that follow the one with these sort values. The first comparison repeats what the rest implies: an index
    can start there, which it can't at an OR."""
    condition = Q(pk__in=[])
    for key, value in reversed(list(zip(keys, after, strict=True))):
        beyond = (LessThan if key.is_descending else GreaterThan)(key.expression, value)
        condition = Q(beyond) | (Q(Exact(key.expression, value)) & condition)
    if keys[0].is_derived:
        return condition
    bound = (LessThanOrEqual if keys[0].is_descending else GreaterThanOrEqual)(keys[0].expression, after[0])
    return Q(bound) & condition


def _signer() -> signing.Signer:
    return signing.Signer(salt="laurel.search.page")
