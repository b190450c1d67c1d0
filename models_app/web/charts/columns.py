"""Columns of figures for charts over runs: a metric, a param or a tag of each of them, as numbers where they are."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models.functions import Left

from models_app.limits import MAX_FLOAT
from models_app.models import LatestMetric, Param, RunTag
from models_app.web.charts import scales
from models_app.web.charts.scales import Scale, Tick
from models_app.web.comparison import NUMBER

METRICS, PARAMS, TAGS = "metrics", "params", "tags"
LENGTH = 200  # characters of a text; two that differ later than this count as one
MISSING = "not logged"

Value = float | str


@dataclass(frozen=True, slots=True)
class Column:
    """`values` has the runs that logged it; numbers when all of them are, else texts."""

    name: str
    values: Mapping[str, Value]

    @property
    def key(self) -> str:
        return self.name.partition(".")[2]

    @property
    def is_numeric(self) -> bool:
        return bool(self.values) and all(isinstance(value, float) for value in self.values.values())

    @property
    def numbers(self) -> dict[str, float]:
        """What can be drawn on an axis: no NaN, no infinity."""
        return {
            run_id: value
            for run_id, value in self.values.items()
            if isinstance(value, float) and math.isfinite(value) and abs(value) < MAX_FLOAT
        }

    @property
    def categories(self) -> list[str]:
        return sorted({str(value) for value in self.values.values()})


@dataclass(frozen=True, slots=True)
class Axis:
    """A column laid along an axis: numbers by their size, texts one after the other."""

    column: Column
    scale: Scale
    categories: Mapping[str, int]

    def at(self, run_id: str) -> float | None:
        if self.column.is_numeric:
            number = self.column.numbers.get(run_id)
            return None if number is None or (self.scale.is_log and number <= 0) else self.scale.at(number)
        value = self.column.values.get(run_id)
        return None if value is None else self.scale.at(self.categories[str(value)])

    @property
    def ticks(self) -> list[Tick]:
        if self.column.is_numeric:
            return self.scale.ticks()
        stride = max(1, -(-len(self.categories) // scales.CATEGORY_TICKS))
        shown = list(self.categories.items())[::stride]
        return [Tick(self.scale.at(place), scales.cut(name or "(empty)"), name) for name, place in shown]


def lay(column: Column, start: float, end: float, *, is_log: bool = False) -> Axis:
    if column.is_numeric:
        return Axis(column, scales.scale_over(list(column.numbers.values()), start, end, is_log=is_log), {})
    categories = {name: place for place, name in enumerate(column.categories)}
    return Axis(column, Scale(-0.5, max(len(categories), 1) - 0.5, start, end), categories)


def read_columns(run_ids: Sequence[str], names: Sequence[str]) -> dict[str, Column]:
    """One query for each of metrics, params and tags, however many columns and runs."""
    found: dict[str, dict[str, Value]] = {name: {} for name in names}
    keys = {kind: [name.partition(".")[2] for name in names if name.startswith(f"{kind}.")] for kind in KINDS}
    if keys[METRICS]:
        rows = LatestMetric.objects.filter(run_id__in=run_ids, key__in=keys[METRICS]).order_by()
        for run_id, key, value, is_nan in rows.values_list("run_id", "key", "value", "is_nan"):
            found[f"{METRICS}.{key}"][run_id] = math.nan if is_nan else value
    for kind, model in ((PARAMS, Param), (TAGS, RunTag)):
        if keys[kind]:
            texts = model._default_manager.filter(run_id__in=run_ids, key__in=keys[kind]).order_by()
            for run_id, key, text in texts.annotate(cut=Left("value", LENGTH)).values_list("run_id", "key", "cut"):
                found[f"{kind}.{key}"][run_id] = text
    return {name: Column(name, _as_numbers(values)) for name, values in found.items()}


KINDS = (METRICS, PARAMS, TAGS)


def _as_numbers(values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Params and tags are texts; a column of them is numeric when every one is written like a number."""
    if all(isinstance(value, float) or NUMBER.fullmatch(value.strip()) for value in values.values()):
        return {run_id: float(value) for run_id, value in values.items()}
    return {run_id: str(value) for run_id, value in values.items()}
