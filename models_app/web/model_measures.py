"""What the models of a run measured, each its main metrics by dataset: what tells which of them to register."""

from collections.abc import Sequence
from dataclasses import dataclass

from models_app.models import LoggedModel, LoggedModelMetric
from models_app.web import addresses, figures

KEYS = 5  # the same for all models, so that they can be held against each other
COLUMNS = 20  # of a metric on a dataset
READ = 300


@dataclass(slots=True)
class Measures:
    """A model's metrics on one dataset; without a name where the client did not say on which. `points` has a place
    for each of the keys that are shown, None where the model has no such metric."""

    dataset: str
    href: str
    points: dict[str, LoggedModelMetric | None]


@dataclass(frozen=True, slots=True)
class MeasuredModels:
    """`is_part` when some of the models have metrics that are not among these."""

    by_model: dict[str, list[Measures]]
    is_part: bool = False


def measures_of(models: Sequence[LoggedModel]) -> MeasuredModels:
    """Two queries, whatever they logged."""
    every = LoggedModelMetric.objects.of_models([model.pk for model in models])
    known = every.columns(READ) if models else []
    keys = sorted({key for key, *_ in known}, key=figures.importance)[:KEYS]
    columns = [(key, name, digest) for key, name, digest, _ in known if key in keys][:COLUMNS]
    found: dict[str, dict[tuple[str, str], Measures]] = {model.pk: {} for model in models}
    datasets = {name for _, name, _ in columns}
    latest = every.filter(key__in=keys, dataset_name__in=datasets).latest_points() if columns else ()
    points = [point for point in latest if (point.key, point.dataset_name, point.dataset_digest) in columns]
    for point in points:
        on = (point.dataset_name, point.dataset_digest)
        href = addresses.dataset(point.dataset_digest) if point.dataset_digest else ""
        measures = found[point.logged_model_id].setdefault(on, Measures(point.dataset_name, href, dict.fromkeys(keys)))
        measures.points[point.key] = point
    by_model = {model: [each[on] for on in sorted(each)] for model, each in found.items()}
    return MeasuredModels(by_model, len(known) > len(columns))
