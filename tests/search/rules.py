"""The rules of search in plain Python over dictionaries: what the database is compared with."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models_app.search import Comparison, Order, Schema, parse_order
from models_app.search.conditions import rows_of

Item = dict[str, Any]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "!=": lambda found, wanted: found != wanted,
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
    "IN": lambda found, wanted: found in wanted,
    "NOT IN": lambda found, wanted: found not in wanted,
    "LIKE": lambda found, wanted: is_like(found, wanted),
    "ILIKE": lambda found, wanted: is_like(found, wanted, re.IGNORECASE),
}


def is_like(text: str, pattern: str, flags: int = 0) -> bool:
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
    return re.fullmatch(expression, text, flags | re.DOTALL) is not None


def fulfils(schema: Schema, item: Item, comparison: Comparison) -> bool:
    key, operator, wanted = comparison.key, comparison.operator, comparison.value
    if rows := rows_of(schema, key.prefix):
        found = item[rows.word].get(key.name)
        if operator in {"IS NULL", "IS NOT NULL"}:
            return (found is None) == (operator == "IS NULL")
        return found is not None and COMPARE[operator](found, wanted)
    if key.prefix.startswith("dataset"):
        return any(data[key.name] and COMPARE[operator](data[key.name], wanted) for data in item["datasets"])
    found = item[key.name]
    if isinstance(found, int) and isinstance(wanted, str):
        wanted = int(wanted)
    return found is not None and COMPARE[operator](found, wanted)


def found(schema: Schema, items: Iterable[Item], comparisons: Iterable[Comparison]) -> list[Item]:
    comparisons = list(comparisons)
    return [item for item in items if all(fulfils(schema, item, one) for one in comparisons)]


def in_order(schema: Schema, items: Iterable[Item], order_by: Sequence[str], default: str, ties: str) -> list[Item]:
    """Sorted by the last key first, as stable sorts are combined."""
    elements = [parse_order(text) for text in (*order_by, *(ties if order_by else default).split(", "))]
    rows = list(items)
    for element in reversed(elements):
        rows = by_key(schema, rows, element)
    return rows


def by_key(schema: Schema, items: list[Item], order: Order) -> list[Item]:
    """Numbers and texts in the direction asked for, NaN behind them, missing values at the very end."""

    def value(item: Item) -> Any:
        rows = rows_of(schema, order.key.prefix)
        return item[rows.word].get(order.key.name) if rows else item[order.key.name]

    missing = [item for item in items if value(item) is None]
    present = [item for item in items if value(item) is not None]
    not_numbers = [item for item in present if isinstance(value(item), float) and math.isnan(value(item))]
    others = [item for item in present if not any(item is other for other in not_numbers)]
    return [*sorted(others, key=value, reverse=order.is_descending), *not_numbers, *missing]
