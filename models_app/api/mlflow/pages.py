"""Pages of a search as the protocol sends them: `next_page_token` is left out on the last one."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.core import signing
from django.db.models import F, QuerySet

from models_app.errors import InvalidValue
from models_app.search import Order, Page, Schema, paginate
from models_app.search.pages import SortKey, behind

_signer = signing.Signer(salt="laurel.api.rows")


class Search(Protocol):
    filter: str
    page_token: str
    max_results: int


def found(
    queryset: QuerySet[Any],
    schema: Schema,
    message: Search,
    *,
    order_by: Sequence[str | Order],
    largest: int,
    **scope: Any,
) -> Page:
    return paginate(
        queryset,
        schema,
        message.filter,
        order_by,
        max_results=size(message.max_results, largest),
        page_token=message.page_token,
        **scope,
    )


def size(wanted: int, largest: int) -> int:
    if not 1 <= wanted <= largest:
        text = f"Invalid value {wanted} for parameter 'max_results' supplied. It must be between 1 and {largest}."
        raise InvalidValue(text, field="max_results")
    return wanted


def token(page: Page) -> dict[str, str]:
    return {"next_page_token": page.next_page_token} if page.next_page_token else {}


def rows_behind(
    rows: QuerySet[Any], fields: Sequence[str], order: Sequence[str], wanted: int, page_token: str, question: str
) -> Page:
    """A page of tuples of `fields`. The columns of `order` are never missing and tell any two rows apart.

    A token holds the last row's values of them, so rows that come in between while a client walks the pages are neither
    skipped nor told twice.
    """
    keys = [SortKey(F(name), is_descending=False) for name in order]
    behind_last = [behind(keys, _decode(page_token, question))] if page_token else []
    read = list(rows.filter(*behind_last).order_by(*order).values_list(*fields)[: wanted + 1])
    if len(read) <= wanted:
        return Page(read, "")
    last = dict(zip(fields, read[wanted - 1], strict=True))
    return Page(read[:wanted], _signer.sign_object([question, [last[name] for name in order]]))


def _decode(page_token: str, question: str) -> list[Any]:
    try:
        page_token.encode("ascii")
        asked, after = _signer.unsign_object(page_token)
    except (signing.BadSignature, UnicodeEncodeError):
        raise InvalidValue("Invalid page_token: it is not one this server gave out.", field="page_token") from None
    if asked != question:
        raise InvalidValue("Invalid page_token: it belongs to another request.", field="page_token")
    return list(after)
