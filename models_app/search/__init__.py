"""MLflow's filter language over the registry's tables; both faces search through it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from models_app import limits
from models_app.errors import InvalidValue
from models_app.search.compiler import Scope
from models_app.search.conditions import CONTAINS, OnColumn, condition
from models_app.search.grammar import Comparison, FilterError, Key, check_text, has_comparator, parse, render
from models_app.search.ordering import Order, order_field, parse_order, terms
from models_app.search.pages import Page, Query, decode, every, read_page
from models_app.search.schemas import (
    EXPERIMENTS,
    LOGGED_MODELS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    RUNS,
    Derived,
    Schema,
)

__all__ = [
    "EXPERIMENTS",
    "LOGGED_MODELS",
    "MODEL_VERSIONS",
    "REGISTERED_MODELS",
    "RUNS",
    "Comparison",
    "Derived",
    "FilterError",
    "Key",
    "Order",
    "Page",
    "Schema",
    "box",
    "order_field",
    "paginate",
    "parse",
    "parse_order",
    "plain_words",
    "render",
    "search",
    "search_box",
]

Filter = str | Sequence[Comparison]


def search(
    queryset: QuerySet[Any],
    schema: Schema,
    filter_text: Filter = "",
    order_by: Sequence[str | Order] = (),
    *,
    experiment_ids: Sequence[int] | None = None,
    datasets: Sequence[tuple[str, str]] = (),
) -> QuerySet[Any]:
    """What the filter finds, in order. `datasets` are (name, digest or "") that logged models' metrics must be of."""
    return every(queryset, _query(schema, filter_text, order_by, experiment_ids, datasets))


def paginate(
    queryset: QuerySet[Any],
    schema: Schema,
    filter_text: Filter = "",
    order_by: Sequence[str | Order] = (),
    *,
    max_results: int,
    page_token: str = "",
    experiment_ids: Sequence[int] | None = None,
    datasets: Sequence[tuple[str, str]] = (),
) -> Page:
    """One page of what `search` finds; a token is good for the search it came from and for no other."""
    query = _query(schema, filter_text, order_by, experiment_ids, datasets)
    return read_page(queryset, query, decode(page_token, query), max_results)


def search_box(
    queryset: QuerySet[Any], schema: Schema, text: str, order_by: Sequence[str | Order] = ()
) -> QuerySet[Any]:
    """What a search box finds: a filter, or plain words that stand in the name."""
    return search(queryset, schema, box(schema, text), order_by)


def box(schema: Schema, text: str) -> list[Comparison]:
    """The comparisons a search box's text means; `search` and `paginate` take them in place of a filter."""
    check_text(text, "filter")
    words = plain_words(text)
    if words is None:
        return parse(text)
    return [Comparison(Key("", schema.name), CONTAINS, words)] if words else []


def plain_words(text: str) -> str | None:
    """The text as words to look for, or None when it is a filter."""
    return None if has_comparator(text) else text.strip()


def _query(
    schema: Schema,
    found: Filter,
    order_by: Sequence[str | Order],
    experiment_ids: Sequence[int] | None,
    datasets: Sequence[tuple[str, str]],
) -> Query:
    comparisons = parse(found) if isinstance(found, str) else found
    conditions = [condition(schema, comparison) for comparison in comparisons]
    behind_relations = [at for at, one in enumerate(conditions) if not isinstance(one, OnColumn)]
    if len(behind_relations) > limits.FILTER_SUBQUERIES:
        message = f"more than {limits.FILTER_SUBQUERIES} comparisons of tags, params, metrics and datasets"
        raise FilterError(message, position=comparisons[behind_relations[limits.FILTER_SUBQUERIES]].key.position)
    return Query(schema, conditions, terms(schema, order_by), _scope(experiment_ids, datasets))


def _scope(experiment_ids: Sequence[int] | None, datasets: Sequence[tuple[str, str]]) -> Scope:
    for given, limit, what, field in (
        (experiment_ids or (), limits.SEARCHED_EXPERIMENTS, "experiments", "experiment_ids"),
        (datasets, limits.SEARCHED_DATASETS, "datasets", "datasets"),
    ):
        if len(given) > limit:
            raise InvalidValue(f"At most {limit:,} {what} can be searched at once, not {len(given):,}.", field=field)
    return Scope(None if experiment_ids is None else tuple(experiment_ids), tuple(datasets))
