"""The rules of search in plain Python over dictionaries: what the database is compared with."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models_app.search import Comparison, Order, Schema, parse_order
from models_app.search.conditions import rows_of

Item = dict[str, Any]
PROMPT = "mlflow.prompt.is_prompt"

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


def fulfils(schema: Schema, item: Item, comparison: Comparison, datasets: Sequence[tuple[str, str]] = ()) -> bool:
    key, operator, wanted = comparison.key, comparison.operator, comparison.value
    rows = rows_of(schema, key.prefix)
    if rows and rows.is_history:
        return any(COMPARE[operator](point["value"], wanted) for point in points(item, key.name, datasets))
    if rows:
        found = item[rows.word].get(key.name)
        if operator in {"IS NULL", "IS NOT NULL"}:
            return (found is None) == (operator == "IS NULL")
        return found is not None and COMPARE[operator](found, wanted)
    if key.prefix.startswith("dataset"):
        return any(data[key.name] and COMPARE[operator](data[key.name], wanted) for data in item["datasets"])
    found = item[key.name]
    if isinstance(found, int):
        wanted = tuple(map(int, wanted)) if isinstance(wanted, tuple) else _number(wanted)
    return found is not None and COMPARE[operator](found, wanted)


def _number(text: Any) -> Any:
    return int(text) if isinstance(text, str) else text


def points(item: Item, key: str, datasets: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The measured values of a logged model; a dataset without a digest means any of that name."""
    measured = [point for point in item["metrics"] if point["key"] == key]
    return [point for point in measured if not datasets or any(_is_of(point, *dataset) for dataset in datasets)]


def _is_of(point: dict[str, Any], name: str, digest: str) -> bool:
    return point["dataset"] == (name, digest or point["dataset"][1])


def found(
    schema: Schema, items: Iterable[Item], comparisons: Iterable[Comparison], datasets: Sequence[tuple[str, str]] = ()
) -> list[Item]:
    comparisons = list(comparisons)
    if schema.prompt_tags:
        items, comparisons = prompts_apart(items, comparisons)
    if datasets and not any(one.key.prefix == "metrics" for one in comparisons):
        items = [item for item in items if any(points(item, point["key"], datasets) for point in item["metrics"])]
    return [item for item in items if all(fulfils(schema, item, one, datasets) for one in comparisons)]


def prompts_apart(items: Iterable[Item], comparisons: list[Comparison]) -> tuple[list[Item], list[Comparison]]:
    """Prompts are hidden unless the filter asks for them by their tag; nothing else that it says of the tag counts."""
    asked = {(one.operator, one.value) for one in comparisons if one.key.name == PROMPT}
    wanted = {True} if asked & {("=", "true"), ("!=", "false")} else set()
    wanted |= {False} if asked & {("=", "false"), ("!=", "true")} or not wanted else set()
    shown = [item for item in items if len(wanted) == 1 and item["is_prompt"] in wanted]
    return shown, [one for one in comparisons if one.key.name != PROMPT]


def in_order(
    schema: Schema, items: Iterable[Item], order_by: Sequence[str | Order], default: str, ties: str
) -> list[Item]:
    """Sorted by the last key first, as stable sorts are combined."""
    behind = (ties if order_by else default).split(", ")
    elements = [parse_order(one) if isinstance(one, str) else one for one in (*order_by, *behind)]
    rows = list(items)
    for element in reversed(elements):
        rows = by_key(schema, rows, element)
    return rows


def by_key(schema: Schema, items: list[Item], order: Order) -> list[Item]:
    """Numbers and texts in the direction asked for, NaN behind them, missing values at the very end."""

    def value(item: Item) -> Any:
        rows = rows_of(schema, order.key.prefix)
        if rows and rows.is_history:
            known = points(item, order.key.name, [order.dataset] if order.dataset[0] else ())
            newest = max(known, key=lambda point: (point["timestamp"], point["step"], point["pk"]), default=None)
            return newest["value"] if newest else None
        return item[rows.word].get(order.key.name) if rows else item[order.key.name]

    missing = [item for item in items if value(item) is None]
    present = [item for item in items if value(item) is not None]
    not_numbers = [item for item in present if isinstance(value(item), float) and math.isnan(value(item))]
    others = [item for item in present if not any(item is other for other in not_numbers)]
    return [*sorted(others, key=value, reverse=order.is_descending), *not_numbers, *missing]
