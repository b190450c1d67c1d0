"""Conditions to SQL: columns become predicates, tags, params and metrics become subqueries that start from an index."""

import math
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Case, Exists, F, Func, Model, OuterRef, Q, QuerySet, Value, When
from django.db.models.lookups import GreaterThanOrEqual, In
from django.db.models.sql.constants import INNER

from models_app.expressions import ValuePrefix, text_is
from models_app.search.conditions import CONTAINS, Condition, OnColumn, OnLinked, OnRows
from models_app.search.patterns import Matches, MatchesAnyCase, containing, pieces
from models_app.search.schemas import Rows, Schema

LOOKUPS = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "IN": "in"}
RANGES = ("=", "<", "<=", ">", ">=")
FEW = 5_000  # related rows that are read sooner than the searched table is walked in its order
PROMPT_TAG = "mlflow.prompt.is_prompt"


@dataclass(frozen=True)
class Scope:
    """What a request says beside its filter: experiments to look in, datasets its metrics must be measured on."""

    experiment_ids: tuple[int, ...] | None = None
    datasets: tuple[tuple[str, str], ...] = ()


class Unindexed(Func):
    """SQLite: a column whose indexes are not to be used."""

    template = "+%(expressions)s"
    arity = 1


@dataclass(frozen=True)
class Related:
    """Rows of another table that speak for an object: their column `link` holds the object's `outer`.

    `indexed` are the same rows, or a few more, as far as an index alone tells; None if none does.
    """

    rows: QuerySet[Any]
    link: str
    outer: str = "pk"
    indexed: QuerySet[Any] | None = None
    is_negated: bool = False

    def exists(self) -> Any:
        exists = Exists(self.rows.filter(**{self.link: OuterRef(self.outer)}))
        return ~exists if self.is_negated else exists

    def listed(self) -> Q:
        return Q(**{f"{self.outer}__in": self.rows.values(self.link)})

    def is_few(self) -> bool:
        return self.indexed is not None and _is_few(self.indexed.values(self.link))


def _is_few(rows: QuerySet[Any]) -> bool:
    return not rows.order_by()[FEW : FEW + 1]


def filtered(
    queryset: QuerySet[Any], schema: Schema, conditions: Iterable[Condition], scope: Scope, sorted_by: str = ""
) -> QuerySet[Any]:
    """The objects that fulfil all conditions; prompts are hidden from searches of the registry unless asked for.

    `sorted_by` is the column the order begins with.
    """
    conditions = list(conditions)
    if schema.prompt_tags:
        queryset, conditions = _without_prompts(queryset, schema, conditions)
    columns = [condition for condition in conditions if isinstance(condition, OnColumn)]
    others = [condition for condition in conditions if not isinstance(condition, OnColumn)]
    related = [_related(queryset.model, condition, scope) for condition in others]
    related += _measured(queryset.model, schema, others, scope)
    within = schema.experiment if scope.experiment_ids is not None else ""
    if connections[queryset.db].vendor == "sqlite":
        return _planned(queryset, columns, related, scope, within, sorted_by)
    queryset = queryset.filter(**one_of(within, scope.experiment_ids or ())) if within else queryset
    predicates = [_parent_matches(queryset.model, condition) for condition in columns]
    predicates += [rows.exists() for rows in related]
    return queryset.filter(*predicates) if predicates else queryset


def _parent_matches(model: type[Model], condition: OnColumn) -> Any:
    """PostgreSQL, for the name of a version's model: it plans well for a model it is told and badly for one it has to
    find; of a model with ten thousand versions it would sort them all."""
    parent, _, column = condition.column.rpartition("__")
    if not parent or condition.operator != "=":
        return column_matches(condition)
    models = column_field(model, parent).related_model
    # All workspaces are listed because the index on names begins with them.
    workspaces = column_field(models, "workspace").related_model._default_manager.values("pk")
    named = models._default_manager.filter(**{column: condition.value, "workspace__in": workspaces})
    found = named.values_list("pk", flat=True)[:2]
    return Q(**{parent: found[0]}) if len(found) == 1 else column_matches(condition)


def _planned(
    queryset: QuerySet[Any],
    columns: Sequence[OnColumn],
    related: Sequence[Related],
    scope: Scope,
    within: str,
    sorted_by: str,
) -> QuerySet[Any]:
    """SQLite neither knows how many rows a condition leaves nor that a page is all that is wanted, so its plan is made
    here: start from the few objects of a selective column, or from a list of few related rows; else walk the searched
    table in the order asked for and check each object until the page is full."""
    start = None
    if not any(condition.is_selective for condition in columns):
        start = next((rows for rows in related if rows.is_few()), None)
    predicates = [*map(column_matches, columns)]
    predicates += [rows.listed() if rows is start else rows.exists() for rows in related]
    if within:
        ids = scope.experiment_ids or ()
        # Given an index on the experiment, SQLite would rather walk it and look every object up in the list.
        predicates.append(In(Unindexed(F(within)), ids) if start and ids else Q(**one_of(within, ids)))
    narrowed = queryset.filter(*predicates) if predicates else queryset
    starts_in_parent = not start and ("__" in sorted_by or any(_is_parent_few(queryset, one) for one in columns))
    starts_here = start or any(condition.is_selective and "__" not in condition.column for condition in columns)
    if sorted_by and "__" not in sorted_by and not starts_here:
        narrowed = _bounded(narrowed, sorted_by)
    return narrowed if starts_in_parent else _walked_first(narrowed)


def _is_parent_few(queryset: QuerySet[Any], condition: OnColumn) -> bool:
    if "__" not in condition.column:
        return False
    if condition.is_selective:
        return True
    is_pattern = condition.operator in {"LIKE", "ILIKE", CONTAINS}
    return is_pattern and _is_few(queryset.filter(column_matches(condition)).select_related(None).values("pk"))


def _bounded(queryset: QuerySet[Any], column: str) -> QuerySet[Any]:
    """A bound that every value is within: for a short page SQLite would read the table and sort it, given a range it
    follows the index."""
    field = column_field(queryset.model, column)
    if field.null:
        return queryset
    lowest = "" if field.get_internal_type() in {"CharField", "TextField"} else -(2**63)
    return queryset.filter(GreaterThanOrEqual(F(column), lowest))


def _walked_first(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The searched table before the tables joined to it: SQLite keeps the order of a CROSS JOIN."""
    queryset = queryset.all()
    joins = queryset.query.alias_map
    for alias, join in joins.items():
        if join.join_type == INNER:
            joins[alias] = copy(join)
            joins[alias].join_type = "CROSS JOIN"
    return queryset


def one_of(column: str, values: Sequence[int]) -> dict[str, Any]:
    """A single value is compared, not listed: an index then serves the order behind it too."""
    return {column: values[0]} if len(values) == 1 else {f"{column}__in": values}


def column_matches(condition: OnColumn | OnLinked) -> Any:
    column, operator, value = condition.column, condition.operator, condition.value
    if operator in {"LIKE", "ILIKE", CONTAINS}:
        return _pattern(F(column), operator, str(value))
    if isinstance(value, int | float):
        return _number_matches(column, operator, value)
    if operator == "=" and condition.is_long:
        return text_is(column, str(value))
    if operator in {"!=", "NOT IN"}:
        return ~Q(**{f"{column}__{'in' if operator == 'NOT IN' else 'exact'}": value})
    return Q(**{f"{column}__{LOOKUPS[operator]}": value})


def _number_matches(column: str, operator: str, value: int | float) -> Q:
    """Whole-number columns against any number; a column without a value matches nothing, as in SQL."""
    if operator == "!=":
        return Q(**{f"{column}__isnull": False}) & ~_number_matches(column, "=", value)
    if isinstance(value, float) and not value.is_integer():
        if operator == "=":
            return Q(pk__in=[])
        value = math.floor(value) if operator in {">", "<="} else math.ceil(value)
    return Q(**{f"{column}__{LOOKUPS[operator]}": int(value)})


def _pattern(expression: Any, operator: str, value: str) -> Matches:
    if operator == "LIKE":
        return Matches(expression, pieces(value))
    return MatchesAnyCase(expression, containing(value) if operator == CONTAINS else pieces(value))


def _related(model: type[Model], condition: OnLinked | OnRows, scope: Scope) -> Related:
    if isinstance(condition, OnLinked):
        return _linked(model, condition, scope)
    rows, link = related_rows(model, condition.rows.relation)
    rows = rows.filter(key=condition.key)
    if condition.rows.is_numeric:
        return _metrics(rows, link, condition, scope)
    if condition.operator == "IS NULL":
        return Related(rows, link, is_negated=True)
    if condition.operator == "IS NOT NULL":
        return Related(rows, link, indexed=rows)
    matching = rows.filter(_text_matches(condition))
    return Related(matching, link, indexed=matching if condition.operator in {"=", "IN"} else rows)


def _linked(model: type[Model], condition: OnLinked, scope: Scope) -> Related:
    rows, link = related_rows(model, condition.linked.relation)
    if scope.experiment_ids:
        rows = rows.filter(**one_of(condition.linked.experiment, scope.experiment_ids))
    rows = rows.exclude(**{condition.column: ""}) if condition.is_optional else rows
    rows = rows.filter(column_matches(condition))
    return Related(rows, link, indexed=rows if scope.experiment_ids else None)


def related_rows(model: type[Model], relation: str) -> tuple[QuerySet[Any], str]:
    """All rows behind a reverse relation, and the name of their column that points back."""
    field: Any = model._meta.get_field(relation)
    return field.related_model._default_manager.all(), field.field.attname


def _metrics(rows: QuerySet[Any], link: str, condition: OnRows, scope: Scope) -> Related:
    rows = metric_rows(rows, condition.rows, scope)
    is_indexed = bool(scope.experiment_ids) or not condition.rows.experiment
    if condition.operator == "!=":
        # NaN differs from every number, and is nothing else to any.
        others = rows.filter(~Q(value=float(condition.value)) | Q(is_nan=True))
        return Related(others, link, indexed=rows if is_indexed else None)
    rows = rows.filter(value_matches("value", condition))
    return Related(rows.filter(is_nan=False), link, indexed=rows if is_indexed else None)


def _measured(
    model: type[Model], schema: Schema, conditions: Sequence[OnLinked | OnRows], scope: Scope
) -> list[Related]:
    """MLflow: datasets without a comparison of a metric mean whatever was measured on one of them."""
    kind = next((rows for rows in schema.rows if rows.is_history), None)
    if kind is None or not scope.datasets or any(isinstance(one, OnRows) and one.rows is kind for one in conditions):
        return []
    rows, link = related_rows(model, kind.relation)
    return [Related(metric_rows(rows, kind, scope), link)]


def value_matches(column: str, condition: OnRows) -> Q:
    """For the operators of RANGES, on a metric's value."""
    return Q(**{f"{column}__{LOOKUPS[condition.operator]}": float(condition.value)})


def metric_rows(rows: QuerySet[Any], kind: Rows, scope: Scope) -> QuerySet[Any]:
    if kind.experiment and scope.experiment_ids:
        rows = rows.filter(**one_of(kind.experiment, scope.experiment_ids))
    if kind.is_history and scope.datasets:
        rows = rows.filter(_on_datasets(scope.datasets))
    return rows


def _on_datasets(datasets: Iterable[tuple[str, str]]) -> Q:
    """A dataset named without a digest means any. MLflow: over REST it finds metrics without a digest only."""
    found = Q()
    for name, digest in datasets:
        found |= Q(dataset_name=name, dataset_digest=digest) if digest else Q(dataset_name=name)
    return found


def _text_matches(condition: OnRows) -> Any:
    operator, value = condition.operator, condition.value
    if operator in {"LIKE", "ILIKE"}:
        return _pattern(F("value"), operator, str(value))
    if operator in {"!=", "NOT IN"}:
        return ~Q(**{"value__in" if operator == "NOT IN" else "value": value})
    if operator == "IN":
        return _one_of_texts(tuple(map(str, value)))
    return text_is("value", str(value))


def _one_of_texts(values: Sequence[str]) -> Q:
    found = Q()
    if short := [value for value in values if len(value) < ValuePrefix.length]:
        found |= Q(In(ValuePrefix("value"), short))
    for value in values:
        if len(value) >= ValuePrefix.length:
            found |= text_is("value", value)
    return found


def _without_prompts(
    queryset: QuerySet[Any], schema: Schema, conditions: Iterable[Condition]
) -> tuple[QuerySet[Any], list[Condition]]:
    """MLflow: a prompt is a registered model with a tag, shown only to those who ask for that tag."""
    others, only_prompts, no_prompts = [], False, False
    for condition in conditions:
        if not isinstance(condition, OnRows) or condition.key != PROMPT_TAG:
            others.append(condition)
            continue
        # Any other test of this tag is heard and not obeyed.
        only_prompts |= (condition.operator, condition.value) in {("=", "true"), ("!=", "false")}
        no_prompts |= (condition.operator, condition.value) in {("=", "false"), ("!=", "true")}
    prompts = _prompts(queryset.model, schema.prompt_tags)
    if only_prompts:
        queryset = queryset.filter(prompts.listed())
    if no_prompts or not only_prompts:
        # PostgreSQL turns NOT EXISTS into a join and believes that next to nothing passes; a CASE it leaves alone.
        queryset = queryset.filter(Case(When(prompts.exists(), then=Value(False)), default=Value(True)))
    return queryset, others


def _prompts(model: type[Model], path: str) -> Related:
    parent, _, relation = path.rpartition("__")
    outer = "pk"
    if parent:
        field: Any = model._meta.get_field(parent)
        model, outer = field.related_model, field.attname
    rows, link = related_rows(model, relation)
    return Related(rows.filter(text_is("value", "true"), key=PROMPT_TAG), link, outer)


def column_field(model: type[Model], column: str) -> Any:
    """The model field behind a path such as model__name."""
    *parents, name = column.split("__")
    found: Any = model
    for parent in parents:
        found = found._meta.get_field(parent).related_model
    return found._meta.pk if name == "pk" else found._meta.get_field(name)
