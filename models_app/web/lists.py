"""One page of a searched list, from what its address asks: words or a filter, a state, a sort, a place in the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import push_url, reswap, retarget

from models_app import search
from models_app.errors import InvalidValue
from models_app.search import FilterError, Key, Order, Schema
from models_app.web import http

STATES = ("active", "deleted")
PAGE_SIZE = 50
COUNT_LIMIT = 10_000  # beyond it an exact total costs more than it tells
FILTERED_COUNT_LIMIT = 1_000  # each row that is counted has been looked at, and as many more as did not match
SHOWN_AROUND = 60  # characters of a filter shown on either side of the mistake


@dataclass(frozen=True, slots=True)
class Question:
    """Unknown states are read as the first one; `sort` is a key of the filter language, "-" before it reverses."""

    text: str
    state: str
    sort: str
    token: str

    @classmethod
    def of(cls, request: HttpRequest, default_sort: str) -> "Question":
        state = request.GET.get("state", STATES[0])
        return cls(
            request.GET.get("q", "").strip(),
            state if state in STATES else STATES[0],
            request.GET.get("sort", "") or default_sort,
            request.GET.get("page", ""),
        )

    @property
    def order(self) -> Order:
        prefix, dot, name = self.sort.removeprefix("-").partition(".")
        key = Key(prefix, name, bool(dot)) if dot else Key("", prefix)
        return Order(key, self.sort.startswith("-"))

    def comparisons(self, schema: Schema) -> list[search.Comparison]:
        """Raises FilterError."""
        return search.box(schema, self.text)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text) or self.state != STATES[0]


@dataclass(frozen=True, slots=True)
class FilterProblem:
    """What is wrong with a filter, and its text in two parts: the mistake is where the second one starts."""

    message: str
    before: str
    after: str

    @classmethod
    def of(cls, text: str, error: FilterError) -> "FilterProblem":
        at = min(error.position, len(text))
        before = text[max(0, at - SHOWN_AROUND) : at]
        return cls(error.message, f"…{before}" if at > SHOWN_AROUND else before, text[at : at + SHOWN_AROUND])

    @property
    def indent(self) -> str:
        return " " * len(self.before)


@dataclass(frozen=True, slots=True)
class Listing:
    """`total` is None when it was not counted: beyond `count_limit`, or because the filter could not be read. `order`
    is the one the rows stand in, which may be another than was asked for."""

    rows: list[Any] = field(default_factory=list)
    next_token: str = ""
    total: int | None = None
    is_beyond_count: bool = False
    problem: FilterProblem | None = None
    order: Order | None = None
    count_limit: int = COUNT_LIMIT

    @property
    def status(self) -> int:
        return 422 if self.problem else 200


def read_list(
    found: QuerySet[Any],
    schema: Schema,
    question: Question,
    default_sort: str,
    *,
    with_rows: QuerySet[Any] | None = None,
    page_size: int = PAGE_SIZE,
    **scope: Sequence[Any],
) -> Listing:
    """`with_rows` are those of `found` that get a row of their own, all unless told."""
    try:
        comparisons = question.comparisons(schema)
        limit = FILTERED_COUNT_LIMIT if comparisons else COUNT_LIMIT
        counted = search.search(found, schema, comparisons, **scope).order_by()[: limit + 1].count()
    except FilterError as error:
        return Listing(problem=FilterProblem.of(question.text, error))
    rows = found if with_rows is None else with_rows
    page, order = _page(rows, schema, comparisons, question, default_sort, page_size, scope)
    total = None if counted > limit else counted
    return Listing(page.rows, page.next_page_token, total, total is None, order=order, count_limit=limit)


def _page(
    found: QuerySet[Any],
    schema: Schema,
    comparisons: Sequence[search.Comparison],
    question: Question,
    default_sort: str,
    page_size: int,
    scope: dict[str, Sequence[Any]],
) -> tuple[search.Page, Order]:
    """A sort or a token that an old or mistyped address brings is left out; a list is better than a refusal."""
    fallback = Question("", STATES[0], default_sort, "").order
    attempts = ((question.order, question.token), (question.order, ""), (fallback, ""))
    for order, token in attempts:
        try:
            page = search.paginate(
                found, schema, comparisons, [order], max_results=page_size, page_token=token, **scope
            )
            return page, order
        except InvalidValue as error:
            if error.field not in {"order_by", "page_token"} or (order, token) == attempts[-1]:
                raise
    raise AssertionError("the last attempt returns or raises")


def answer(
    request: HttpRequest, template: str, region: str, listing: Listing, context: Mapping[str, object]
) -> HttpResponse:
    """The page, or its region. While a filter is being typed it is mostly wrong: the list stays as it is and
    where it is, the mistake is told below the field."""
    if listing.problem and http.wants_fragment(request):
        name = f"{region}-problem"
        shown = {"problem": listing.problem, "id": name, "is_typed": True}
        response = render(request, "components/filter_problem.html", shown, status=listing.status)
        return retarget(reswap(push_url(response, False), "outerHTML"), f"#{name}")
    response = render(request, http.fragment(request, template, region), dict(context), status=listing.status)
    return addressed(request, response)


def addressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A fragment that is what its address says: the browser's address follows."""
    address = address_of(request)
    if not http.wants_fragment(request) or http.current_address(request) == address:
        return response
    return push_url(response, address)


def address_of(request: HttpRequest) -> str:
    """Without the fields of a form that were left empty."""
    given = [(key, value) for key, values in request.GET.lists() for value in values if value]
    return f"{request.path}?{urlencode(given)}" if given else request.path


def listed(names: Sequence[str]) -> str:
    """ "@a", "@a and @b", "@a, @b and @c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
