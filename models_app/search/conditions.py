"""What a comparison means for one noun: legal or not, and which columns or rows it speaks of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from models_app import limits
from models_app.search.grammar import Comparison, FilterError, Key
from models_app.search.schemas import CHOICE, NUMBER, QUOTED_WHOLE, TEXT, WHOLE, Attribute, Linked, Rows, Schema

INTEGER = re.compile(r"\s*-?[0-9]{1,19}\s*\Z")
CONTAINS = "CONTAINS"  # not in the language: what plain words in a search box mean

Operand = str | int | float | tuple[str, ...] | tuple[int, ...] | None


@dataclass(frozen=True)
class OnColumn:
    column: str
    operator: str
    value: Operand
    is_selective: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class OnLinked:
    """On a column of a linked table's rows."""

    linked: Linked
    column: str
    operator: str
    value: Operand
    is_optional: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class OnRows:
    """On the row with this key among an object's tags, params or metrics."""

    rows: Rows
    key: str
    operator: str
    value: Any


Condition = OnColumn | OnLinked | OnRows


def condition(schema: Schema, comparison: Comparison) -> Condition:
    key, operator = comparison.key, comparison.operator
    if schema.requires_capitals and operator in {"LIKE", "ILIKE", "IN"} and not comparison.is_upper:
        raise FilterError(f"write {operator} in capitals", position=comparison.operator_position)
    if rows := rows_of(schema, key.prefix):
        _check_operator(comparison, rows.operators)
        return OnRows(rows, key.name, operator, _row_value(comparison, rows))
    linked = next((linked for linked in schema.linked if key.prefix in linked.prefixes), None)
    attributes = linked.attributes if linked else schema.attributes
    if not linked:
        _check_prefix(schema, key)
    attribute = attributes.get(key.name)
    if attribute is None or (key.quoted and not linked and not schema.allows_quoted_attributes):
        raise FilterError(_unknown_key(schema, key, attributes), position=key.position)
    _check_operator(comparison, attribute.operators)
    value = _attribute_value(comparison, attribute)
    if linked:
        return OnLinked(linked, attribute.column, operator, value, attribute.is_optional)
    is_selective = attribute.is_selective and operator in {"=", "IN"}
    return OnColumn(attribute.column, operator, value, is_selective, attribute.is_long)


def rows_of(schema: Schema, prefix: str) -> Rows | None:
    return next((rows for rows in schema.rows if prefix in rows.prefixes), None)


def _check_prefix(schema: Schema, key: Key) -> None:
    if not key.prefix or key.prefix in schema.attribute_prefixes:
        return
    prefixes = [
        *schema.attribute_prefixes,
        *(prefix for rows in schema.rows for prefix in rows.prefixes),
        *(prefix for linked in schema.linked for prefix in linked.prefixes),
    ]
    message = f"'{key.prefix}.' is not a prefix for {schema.noun}; use {listed(prefixes)}, or no prefix for attributes"
    raise FilterError(message, position=key.position)


def _unknown_key(schema: Schema, key: Key, attributes: Iterable[str]) -> str:
    if key.name in attributes:
        return f"attributes of {schema.noun} are written without quotes: {key.name}"
    known = listed(name.lower().replace(" ", "_") for name in attributes)  # run_name may be written Run Name too
    return f"'{key.name}' is not a key of {schema.noun}; valid keys are {known}{_hint(schema, key)}"


def _hint(schema: Schema, key: Key) -> str:
    if key.prefix or not schema.rows:
        return ""
    words = [rows.word for rows in schema.rows]
    return f"; {' and '.join(words)} need their prefix, such as {words[0]}.{key.name}"


def _check_operator(comparison: Comparison, operators: Iterable[str]) -> None:
    if comparison.operator not in operators and comparison.operator != CONTAINS:
        message = f"{comparison.operator} does not work for {comparison.key}; valid comparators are {listed(operators)}"
        raise FilterError(message, position=comparison.operator_position)


def _row_value(comparison: Comparison, rows: Rows) -> Operand:
    if comparison.value is None:
        return None
    if rows.is_numeric:
        return _number(comparison)
    return _text(comparison)


def _attribute_value(comparison: Comparison, attribute: Attribute) -> Operand:
    if attribute.kind == TEXT:
        return _text(comparison)
    if attribute.kind == NUMBER:
        return _number(comparison)
    value = comparison.value
    if isinstance(value, tuple):
        return tuple(_single(part, attribute, comparison) for part in value)
    return _single(value, attribute, comparison)


def _single(value: object, attribute: Attribute, comparison: Comparison) -> int:
    """One of the numbers that may be quoted, or must be, or have names."""
    if attribute.kind == CHOICE:
        if str(value).upper() in attribute.choices:
            return attribute.choices[str(value).upper()]
        _refuse(comparison, f"one of {listed(attribute.choices)}")
    is_literal = isinstance(value, int) and attribute.kind == WHOLE
    if (is_literal or (isinstance(value, str) and INTEGER.match(value))) and -(2**63) <= int(str(value)) < 2**63:
        return int(str(value))
    _refuse(comparison, "a whole number" + (" in quotes" if attribute.kind == QUOTED_WHOLE else ""))


def _text(comparison: Comparison) -> str | tuple[str, ...]:
    value = comparison.value
    if not isinstance(value, str | tuple):
        _refuse(comparison, "a text in quotes")
    is_pattern = comparison.operator in {"LIKE", "ILIKE", CONTAINS}
    if is_pattern and len(value) > limits.LIKE_LENGTH:
        message = f"{len(value):,} characters to look for, {limits.LIKE_LENGTH:,} are allowed"
        raise FilterError(message, position=comparison.value_position)
    if is_pattern and comparison.operator != CONTAINS and value.count("%") > limits.LIKE_WILDCARDS:
        message = f"more than {limits.LIKE_WILDCARDS} % in a pattern"
        raise FilterError(message, position=comparison.value_position)
    return value


def _number(comparison: Comparison) -> int | float:
    value = comparison.value
    if not isinstance(value, int | float):
        _refuse(comparison, "a number without quotes")
    return value


def _refuse(comparison: Comparison, expected: str) -> NoReturn:
    raise FilterError(f"{comparison.key} is compared with {expected}", position=comparison.value_position)


def listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))
