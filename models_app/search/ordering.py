"""The order of a search: what was asked for, what breaks ties, and where missing values and NaN go (to the end)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Field, FilteredRelation, IntegerField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable, Func, OrderBy
from django.db.models.functions import Cast, Coalesce

from models_app import limits
from models_app.errors import InvalidValue
from models_app.expressions import BytewiseCharField, BytewiseTextField
from models_app.search.compiler import Scope, column_field, metric_rows, related_rows
from models_app.search.conditions import listed, rows_of
from models_app.search.grammar import FilterError, Key, parse_key
from models_app.search.schemas import Derived, Rows, Schema

FIELD = "order_by"
JOINED = "ordered_by"  # the alias under which the row that is sorted by is joined
ON_NO_DATASET = ("", "none")  # of a logged model's metric: what was measured on no dataset that the client named


@dataclass(frozen=True)
class Order:
    """One element of order_by: a key as the protocol names it, for logged models perhaps on one dataset."""

    key: Key
    is_descending: bool = False
    dataset: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class ByColumn:
    column: str
    is_descending: bool


@dataclass(frozen=True)
class ByRows:
    """By the value of a tag, param or metric."""

    rows: Rows
    key: str
    is_descending: bool
    dataset: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class ByDerived:
    derived: Derived
    is_descending: bool


Term = ByColumn | ByRows | ByDerived


class Bytewise(Func):
    """Texts in the order of their bytes, whatever the database's locale; SQLite sorts like that by itself."""

    template = '%(expressions)s COLLATE "C"'
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="%(expressions)s", **context)


def parse_order(text: str) -> Order:
    """``key [ASC|DESC]``."""
    if not text.strip():
        raise FilterError("it is empty; name a key, such as name DESC", field=FIELD)
    key, rest = parse_key(text.strip(), FIELD)
    direction, end = rest[0], rest[-1]
    if direction is end:
        return Order(key)
    if direction.text.upper() not in {"ASC", "DESC"} or direction.kind != "word":
        raise FilterError(f"expected ASC or DESC, found {direction}", position=direction.position, field=FIELD)
    if rest[1] is not end:
        raise FilterError("one key in each element", position=rest[1].position, field=FIELD)
    return Order(key, direction.text.upper() == "DESC")


def order_field(field_name: str, ascending: bool = True, dataset_name: str = "", dataset_digest: str = "") -> Order:
    """MLflow: search_logged_models sends each element as an object with a plain key, such as `metrics.val loss`."""
    prefix, dot, name = field_name.partition(".")
    key = Key(prefix, name) if dot and name and name[0] not in '`"' else parse_order(field_name).key
    return Order(key, not ascending, (dataset_name, dataset_digest))


def terms(schema: Schema, order_by: Iterable[str | Order]) -> list[Term]:
    """The whole order, ending in something unique."""
    found: list[Term] = []
    for element in order_by:
        order = parse_order(element) if isinstance(element, str) else element
        term = _term(schema, order)
        if any(replace(term, is_descending=other.is_descending) == other for other in found):
            raise InvalidValue(f"Invalid order_by: {order.key} stands in it twice.", field=FIELD)
        if len(found) == limits.ORDER_KEYS:
            raise InvalidValue(f"Invalid order_by: it has more than {limits.ORDER_KEYS} keys.", field=FIELD)
        found.append(term)
    named = {term.column for term in found if isinstance(term, ByColumn)}
    for column in schema.ties if found else schema.order:
        if column.removeprefix("-") not in named:
            found.append(ByColumn(column.removeprefix("-"), column.startswith("-")))
    return found


def ordered(queryset: QuerySet[Any], order: Sequence[Term], scope: Scope) -> QuerySet[Any]:
    """The queryset in this order, in one statement; what is missing or NaN comes last in both directions."""
    expressions: list[OrderBy] = []
    for number, term in enumerate(order):
        if isinstance(term, ByRows):
            queryset, keys = _by_rows(queryset, term, f"{JOINED}_{number}", scope)
            expressions += keys
        elif isinstance(term, ByDerived):
            expressions.append(_directed(term.derived.value, term.is_descending, True))
        else:
            is_optional = column_field(queryset.model, term.column).null
            expressions.append(_directed(sortable(queryset.model, term.column), term.is_descending, is_optional))
    return queryset.order_by(*expressions)


def sortable(model: type[Model], column: str) -> Combinable:
    return bytewise(column_field(model, column), F(column))


def bytewise(field: Field, expression: F) -> Combinable:
    is_text = field.get_internal_type() in {"CharField", "TextField"}
    if not is_text or isinstance(field, BytewiseCharField | BytewiseTextField):
        return expression
    return Bytewise(expression, output_field=field)


def _directed(expression: Any, is_descending: bool, is_optional: bool = False) -> OrderBy:
    return OrderBy(expression, descending=is_descending, nulls_last=True if is_optional else None)


def _by_rows(queryset: QuerySet[Any], term: ByRows, alias: str, scope: Scope) -> tuple[QuerySet[Any], list[OrderBy]]:
    if term.rows.is_history:
        return _by_latest_of_history(queryset, term, alias, scope)
    queryset = joined(queryset, term, alias)
    value = row_value(queryset.model, term.rows, alias)
    if not term.rows.is_numeric:
        return queryset, [_directed(value, term.is_descending, True)]
    rank = Coalesce(Cast(F(f"{alias}__is_nan"), IntegerField()), 2)
    return queryset, [_directed(rank, False), _directed(value, term.is_descending)]


def joined(queryset: QuerySet[Any], term: ByRows, alias: str) -> QuerySet[Any]:
    """Each object beside its row of that key, if it has one."""
    relation = term.rows.relation
    return queryset.alias(**{alias: FilteredRelation(relation, condition=Q(**{f"{relation}__key": term.key}))})


def row_value(model: type[Model], rows: Rows, alias: str) -> Combinable:
    relation: Any = model._meta.get_field(rows.relation)
    return bytewise(relation.related_model._meta.get_field("value"), F(f"{alias}__value"))


def _by_latest_of_history(
    queryset: QuerySet[Any], term: ByRows, alias: str, scope: Scope
) -> tuple[QuerySet[Any], list[OrderBy]]:
    """By the point with the highest timestamp and step."""
    rows, link = related_rows(queryset.model, term.rows.relation)
    datasets = (term.dataset,) if term.dataset[0] else ()
    points = metric_rows(rows, term.rows, Scope(datasets=datasets)).filter(**{link: OuterRef("pk"), "key": term.key})
    points = points.filter(dataset_name="") if term.dataset == ON_NO_DATASET else points
    points = points.order_by("-timestamp", "-step", "-pk")
    rank = Coalesce(Cast(Subquery(points.values("is_nan")[:1]), IntegerField()), 2)
    queryset = queryset.alias(**{f"{alias}_rank": rank, f"{alias}_value": Subquery(points.values("value")[:1])})
    return queryset, [
        _directed(F(f"{alias}_rank"), False),
        _directed(F(f"{alias}_value"), term.is_descending, True),
    ]


def _term(schema: Schema, order: Order) -> Term:
    key = order.key
    rows = rows_of(schema, key.prefix)
    if rows and rows.is_sortable:
        return ByRows(rows, key.name, order.is_descending, order.dataset)
    if derived := next((one for one in schema.derived if not key.prefix and one.word == key.name), None):
        return ByDerived(derived, order.is_descending)
    is_attribute = not key.prefix or key.prefix in schema.attribute_prefixes
    if not is_attribute or key.name not in schema.sortable:
        also = [f"{rows.word}.<key>" for rows in schema.rows if rows.is_sortable]
        valid = listed([*schema.sortable, *(one.word for one in schema.derived), *also])
        message = f"{schema.noun} are not sorted by '{key}'; valid keys are {valid}"
        raise FilterError(message, position=key.position, field=FIELD)
    return ByColumn(schema.sortable[key.name], order.is_descending)
