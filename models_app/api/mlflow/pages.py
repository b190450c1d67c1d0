"""Pages of a search as the protocol sends them: `next_page_token` is left out on the last one."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.core import signing
from django.db.models import QuerySet

from models_app.errors import InvalidValue
from models_app.search import Order, Page, Schema, paginate

_signer = signing.Signer(salt="laurel.api.page")


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


def slice_of(rows: QuerySet[Any], wanted: int, page_token: str, question: str) -> Page:
    """A page of rows that are only ever added behind the last one, so that counting them is stable."""
    start = _decode(page_token, question) if page_token else 0
    read = list(rows[start : start + wanted + 1])
    has_more = len(read) > wanted
    return Page(read[:wanted], _signer.sign_object([question, start + wanted]) if has_more else "")


def _decode(page_token: str, question: str) -> int:
    try:
        page_token.encode("ascii")
        asked, start = _signer.unsign_object(page_token)
    except (signing.BadSignature, UnicodeEncodeError):
        raise InvalidValue("Invalid page_token: it is not one this server gave out.", field="page_token") from None
    if asked != question:
        raise InvalidValue("Invalid page_token: it belongs to another request.", field="page_token")
    return int(start)
