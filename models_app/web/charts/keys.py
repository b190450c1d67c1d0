"""Which metrics runs have, which of them are curves, and which say most: what a page of charts begins with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery

from models_app.models import LatestMetric, Metric, Param
from models_app.models.metrics import MACHINE_PREFIX
from models_app.web import figures


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a curve begins and ends, by seeks into the index: nothing here reads a curve's points."""

    run_id: str
    key: str
    first_step: int
    last_step: int
    first_at: int
    last_at: int
    has_three: bool
    value: float
    is_nan: bool

    @property
    def has_steps(self) -> bool:
        return self.last_step > self.first_step

    @property
    def is_curve(self) -> bool:
        """Two points of one step are a correction, not a curve; from three on the time between them may tell."""
        return self.has_steps or (self.has_three and self.last_at > self.first_at)

    @property
    def number(self) -> float:
        return float("nan") if self.is_nan else self.value


def metric_keys(run_ids: Sequence[str], words: Iterable[str] = ()) -> list[str]:
    """The most telling first: the model's own before the machine's, what most runs have, what people quote."""
    rows = LatestMetric.objects.filter(run_id__in=run_ids)
    for word in words:
        rows = rows.filter(key__icontains=word)
    counted = rows.order_by().values_list("key").annotate(Count("pk"))
    return [
        key for key, _ in sorted(counted, key=lambda row: (is_machine(row[0]), -row[1], figures.importance(row[0])))
    ]


def param_keys(run_ids: Sequence[str]) -> list[str]:
    counted = Param.objects.filter(run_id__in=run_ids).order_by().values_list("key").annotate(Count("pk"))
    return [key for key, _ in sorted(counted, key=lambda row: (-row[1], row[0]))]


def is_machine(key: str) -> bool:
    return key.startswith(MACHINE_PREFIX)


def reaches(run_ids: Sequence[str], keys: Sequence[str] | None = None) -> dict[str, dict[str, Reach]]:
    """By key and run; of all keys if none are given."""
    points = Metric.objects.filter(run_id=OuterRef("run_id"), key=OuterRef("key"))
    points = points.order_by("step", "timestamp", "value", "is_nan")
    rows = LatestMetric.objects.filter(run_id__in=run_ids, **({} if keys is None else {"key__in": keys})).order_by()
    rows = rows.annotate(
        first_step=Subquery(points.values("step")[:1]),
        first_at=Subquery(points.values("timestamp")[:1]),
        third=Subquery(points.values("timestamp")[2:3]),
    )
    found: dict[str, dict[str, Reach]] = {}
    columns = ("run_id", "key", "first_step", "step", "first_at", "timestamp", "third", "value", "is_nan")
    for run_id, key, first_step, last_step, first_at, last_at, third, value, is_nan in rows.values_list(*columns):
        reach = Reach(
            run_id,
            key,
            last_step if first_step is None else first_step,
            last_step,
            last_at if first_at is None else first_at,
            last_at,
            third is not None,
            value,
            is_nan,
        )
        found.setdefault(key, {})[run_id] = reach
    return found


def in_order(keys: Iterable[str]) -> list[str]:
    """Metrics of one prefix ("train/loss") side by side; those of the machine, not the model's, come last."""
    return sorted(keys, key=lambda key: (is_machine(key), key.rpartition("/")))
