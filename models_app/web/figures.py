"""Which metric stands for a version, which way is better, and what changed from one version to another."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models_app.limits import MAX_FLOAT
from models_app.models.metrics import MACHINE_PREFIX

Metrics = Mapping[str, float | str]

# In the order in which people quote them; a key counts by the first of these words it contains.
HIGHER_IS_BETTER = (
    "accuracy", "acc", "f1", "auc", "auroc", "roc", "auprc", "r2", "precision", "recall", "map", "ndcg", "mrr",
    "bleu", "rouge", "rougel", "iou", "dice", "kappa", "mcc", "exact", "score", "sensitivity", "specificity",
)  # fmt: skip
LOWER_IS_BETTER = (
    "rmse", "mae", "mse", "mape", "smape", "error", "logloss", "loss", "perplexity", "wer", "cer", "brier",
    "latency", "misclassified",
)  # fmt: skip
# Of another metric, as searches over params log them: std_test_score is no score. The way that is better stays open.
ABOUT_ANOTHER = {"std", "stdev", "stddev", "rank"}
RANK = {word: place for place, word in enumerate((*HIGHER_IS_BETTER, *LOWER_IS_BETTER))}
# On which data: what a model was not trained on says more.
DATA_RANK = {"test": 0, "testing": 0, "holdout": 0, "val": 1, "validation": 1, "eval": 1, "train": 3, "training": 3}
UNKNOWN = 99


@dataclass(frozen=True, slots=True)
class Change:
    """`is_better` is None where the metric's name doesn't say which way is better, or nothing changed."""

    text: str
    is_better: bool | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of a version beside that of another; None where there is nothing to compare."""

    key: str
    value: float | str | None
    other: float | str | None = None
    change: Change | None = None

    @property
    def searched(self) -> str:
        return self.key


def words_of(key: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", key.lower()) if word]


def importance(key: str) -> tuple[int, int, int, str]:
    """Sorts keys: those people quote first, on data the model had not seen; the machine's own figures last."""
    words = words_of(key)
    if key.startswith(MACHINE_PREFIX):
        return (UNKNOWN + 1, 0, 0, key)
    rank = min((RANK[word] for word in words if word in RANK), default=UNKNOWN)
    rank = UNKNOWN if ABOUT_ANOTHER.intersection(words) else rank
    data = next((DATA_RANK[word] for word in words if word in DATA_RANK), 2)
    return (rank, data, len(key), key)


def headline(metrics: Metrics) -> str:
    """The key of the one metric that stands for a version; "" when it has none that is a number."""
    known = [key for key, value in metrics.items() if number_of(value) is not None]
    return min(known, key=importance, default="")


def columns(of_versions: Iterable[Metrics], count: int) -> list[str]:
    """The metrics worth a column, the most telling first."""
    keys = {key for metrics in of_versions for key in metrics}
    return sorted(keys, key=importance)[:count]


def is_lower_better(key: str) -> bool | None:
    words = set(words_of(key))
    if words & ABOUT_ANOTHER:
        return None
    if words & set(LOWER_IS_BETTER):
        return True
    return False if words & set(HIGHER_IS_BETTER) else None


def change(key: str, value: float | str | None, other: float | str | None) -> Change | None:
    new, old = number_of(value), number_of(other)
    if new is None or old is None or abs(new) >= MAX_FLOAT or abs(old) >= MAX_FLOAT:
        return None
    difference = new - old
    if difference == 0 or math.isclose(new, old, rel_tol=1e-12):
        return Change("same")
    lower = is_lower_better(key)
    text = f"{'−' if difference < 0 else '+'}{_brief(abs(difference))}"
    return Change(text, None if lower is None else (difference < 0) == lower)


def _brief(amount: float) -> str:
    """Three significant digits; thousands are read more easily in full than with an exponent."""
    if 999.5 <= amount < 1e6:
        return f"{amount:.0f}"
    return f"{amount:.3g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def figures(metrics: Metrics, other: Metrics | None = None) -> list[Figure]:
    """All of a version's metrics in order of importance, beside another version's; keys only that one has come last."""
    against = other or {}
    keys = [*sorted(metrics, key=importance), *sorted(set(against) - set(metrics), key=importance)]
    return [
        Figure(key, metrics.get(key), against.get(key), change(key, metrics.get(key), against.get(key))) for key in keys
    ]


def number_of(value: float | str | None) -> float | None:
    """None for what is missing or not a number; summaries hold NaN as text."""
    return None if value is None or isinstance(value, str) or math.isnan(value) else float(value)
