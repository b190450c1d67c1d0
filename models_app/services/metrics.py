"""Logging of metrics, params and tags: a handful of bulk statements per request, however many points it brings."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from models_app import limits, names
from models_app.actors import Actor
from models_app.errors import BadRequest, InvalidValue
from models_app.models import LatestMetric, LoggedModel, LoggedModelMetric, Metric, Param, Run
from models_app.services import tags as tagging
from models_app.services.rows import insert_rows
from models_app.services.runs import lock_active_run, write_run_tags
from models_app.services.tags import Pairs
from models_app.services.version_summaries import refresh_figures

INT64 = 2**63
COLUMNS = ("key", "value", "is_nan", "step", "timestamp")

Order = tuple[int, int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measured value; `timestamp` in epoch milliseconds. With `model_id` it belongs to that logged model too."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""

    @property
    def is_nan(self) -> bool:
        return math.isnan(self.value)

    @property
    def stored(self) -> float:
        if self.is_nan:
            return 0.0
        # A caller may count in whole numbers, and a PostgreSQL array holds one type only.
        return float(max(-limits.MAX_FLOAT, min(limits.MAX_FLOAT, self.value)))

    @property
    def order(self) -> Order:
        """MLflow: the latest point has the highest step, then timestamp, then value, where NaN counts as 0."""
        return (self.step, self.timestamp, self.stored)


def log_batch(*, actor: Actor, run_id: str, metrics: Iterable[Point] = (), params: Pairs = (), tags: Pairs = ()) -> Run:
    """All or nothing; validation first, so that nothing waits for the database to hear of a typing mistake."""
    names.check_run_id(run_id)
    return _log(actor, run_id, metrics, params, tags)


def _log(actor: Actor, run_id: str, metrics: Iterable[Point] = (), params: Pairs = (), tags: Pairs = ()) -> Run:
    points, by_key, tag_values = list(metrics), _checked_params(params), _checked_tags(tags)
    _check_counts(len(points), len(by_key), len(tag_values))
    for index, point in enumerate(points):
        _check_point(point, f"metrics[{index}]")
    with transaction.atomic():
        run = lock_active_run(actor, run_id)
        tagging.add_write_once(Param, {"run": run}, by_key, f"run ID='{run.pk}'")
        _write_points(actor, run, points)
        write_run_tags(actor, run, tag_values)
        if points or by_key:
            refresh_figures(run_id=run.pk, model_ids={point.model_id for point in points if point.model_id})
    return run


def log_metric(*, actor: Actor, run_id: str, point: Point) -> Run:
    return _log(actor, run_id, metrics=[point])


def log_parameter(*, actor: Actor, run_id: str, key: str, value: str) -> Run:
    return _log(actor, run_id, params=[(key, value)])


def _check_counts(metrics: int, params: int, tags: int) -> None:
    for count, limit, what in (
        (metrics, limits.BATCH_METRICS, "metrics"),
        (params, limits.BATCH_PARAMS, "params"),
        (tags, limits.BATCH_TAGS, "tags"),
        (metrics + params + tags, limits.BATCH_TOTAL, "metrics, params, and tags"),
    ):
        if count > limit:
            raise InvalidValue(
                f"A batch logging request can contain at most {limit} {what}. Got {count}. Please split up {what} "
                "across multiple requests and try again.",
                field="metrics" if "metrics" in what else what,
            )


def _check_point(point: Point, field: str) -> None:
    names.check_key(point.key, limits.KEY, "Metric name", field=f"{field}.name")
    for value, lowest, name in ((point.timestamp, 0, "timestamp"), (point.step, -INT64, "step")):
        if not lowest <= value < INT64:
            raise InvalidValue(
                f"Invalid value {value} for {field}.{name}: not a 64-bit {name}.", field=f"{field}.{name}"
            )
    names.check_text(point.dataset_name, limits.DATASET_NAME, "Dataset name", f"{field}.dataset_name")
    names.check_text(point.dataset_digest, limits.DATASET_DIGEST, "Dataset digest", f"{field}.dataset_digest")
    if bool(point.dataset_name) != bool(point.dataset_digest):
        raise InvalidValue("Give both dataset_name and dataset_digest, or neither.", field=f"{field}.dataset_name")


def _checked_params(params: Pairs) -> dict[str, str]:
    by_key: dict[str, str] = {}
    for key, value in params:
        names.check_key(key, limits.KEY, "Parameter name", field="params.key")
        names.check_storable(value, "Parameter value", "params.value")
        if key in by_key:
            raise InvalidValue(
                f"Duplicate parameter keys have been submitted: {key!r}. A request may log each key once.",
                field="params",
            )
        by_key[key] = value[: limits.PARAM_VALUE]
    return by_key


def _checked_tags(tags: Pairs) -> dict[str, str]:
    by_key: dict[str, str] = {}
    for key, value in tags:
        names.check_key(key, limits.KEY, "Tag name", field="tags.key")
        names.check_storable(value, "Tag value", "tags.value")
        by_key[key] = value[: limits.RUN_TAG_VALUE]
    return by_key


def _write_points(actor: Actor, run: Run, points: list[Point]) -> None:
    if not points:
        return
    insert_rows(Metric, ("run_id", *COLUMNS), [(run.pk, *_values(point)) for point in points])
    _write_latest(run, points)
    _write_model_points(actor, run, [point for point in points if point.model_id])


def _values(point: Point) -> tuple[str | float | bool | int, ...]:
    return (point.key, point.stored, point.is_nan, point.step, point.timestamp)


def _write_latest(run: Run, points: list[Point]) -> None:
    newest: dict[str, tuple[Order, Point]] = {}
    for point in points:
        order, held = point.order, newest.get(point.key)
        if held is None or order > held[0]:
            newest[point.key] = (order, point)
    latest = LatestMetric.objects.filter(run=run, key__in=newest).order_by()
    known = {key: tuple(order) for key, *order in latest.values_list("key", "step", "timestamp", "value")}
    rows = [
        (run.pk, run.experiment_id, *_values(point))
        for key, (order, point) in newest.items()
        if key not in known or order > known[key]
    ]
    insert_rows(LatestMetric, ("run_id", "experiment_id", *COLUMNS), rows, unique=("run_id", "key"), update=COLUMNS[1:])


def _write_model_points(actor: Actor, run: Run, points: list[Point]) -> None:
    if not points:
        return
    wanted = {point.model_id for point in points}
    known = set(LoggedModel.objects.visible_to(actor).filter(pk__in=wanted).values_list("pk", flat=True))
    if missing := wanted - known:
        raise BadRequest(f"No logged model with ID {', '.join(sorted(missing))} exists.", field="model_id")
    insert_rows(
        LoggedModelMetric,
        ("logged_model_id", "run_id", "dataset_name", "dataset_digest", *COLUMNS),
        [(point.model_id, run.pk, point.dataset_name, point.dataset_digest, *_values(point)) for point in points],
    )
