"""Why a filter of runs may have found nothing: keys that no run logged, states that are written otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from models_app.models import LatestMetric, Param, Run, RunTag
from models_app.search import Comparison, Key, render
from models_app.web.runs_question import STATUSES

RUNS_READ = 100  # the latest of the experiment
KEYS_READ = 2_000
MOST_HINTS = 3
TABLES = {"metrics": (LatestMetric, "metric"), "params": (Param, "param"), "tags": (RunTag, "tag")}
KINDS = {"metric": "metrics", "param": "params", "parameter": "params", "parameters": "params", "tag": "tags"}
STATUS_PREFIXES = {"", "attribute", "attributes", "attr", "run"}


@dataclass(frozen=True, slots=True)
class Hint:
    """`instead` is what may have been meant, as the filter language writes it, and `query` the whole filter with it;
    both "" where nothing is alike."""

    text: str
    instead: str = ""
    query: str = ""


def hints(experiment_id: int, comparisons: Sequence[Comparison]) -> list[Hint]:
    found: list[Hint] = []
    run_ids: list[str] | None = None
    for place, comparison in enumerate(comparisons):
        kind = KINDS.get(comparison.key.prefix.lower(), comparison.key.prefix.lower())
        told: tuple[Hint, Comparison] | None = None
        if kind in TABLES and comparison.operator != "IS NULL":
            run_ids = _latest(experiment_id) if run_ids is None else run_ids
            told = _of_key(run_ids, kind, comparison)
        elif comparison.key.name == "status" and kind in STATUS_PREFIXES:
            told = _of_status(comparison)
        if told:
            hint, better = told
            mended = [*comparisons[:place], better, *comparisons[place + 1 :]]
            found.append(replace(hint, query=render(mended)) if hint.instead else hint)
    return found[:MOST_HINTS]


def _latest(experiment_id: int) -> list[str]:
    runs = Run.objects.filter(experiment_id=experiment_id, deleted_at=None).order_by("-started_at", "run_id")
    return list(runs.values_list("pk", flat=True)[:RUNS_READ])


def _of_key(run_ids: list[str], kind: str, comparison: Comparison) -> tuple[Hint, Comparison] | None:
    table, word = TABLES[kind]
    key = comparison.key.name
    rows = table._default_manager.filter(run_id__in=run_ids).order_by()
    if not run_ids or rows.filter(key=key).exists():
        return None
    keys = list(rows.values_list("key", flat=True).distinct()[:KEYS_READ])
    alike = get_close_matches(key, keys, 1, 0.6)
    text = f"None of the latest {len(run_ids):,} runs logged the {word} {key}."
    if len(run_ids) == 1:
        text = f"The run here did not log the {word} {key}."
    better = Key(kind, alike[0]) if alike else comparison.key
    return Hint(text, str(better) if alike else ""), replace(comparison, key=better)


def _of_status(comparison: Comparison) -> tuple[Hint, Comparison] | None:
    values = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    wrong = [str(value) for value in values if comparison.operator in {"=", "IN"} and value not in STATUSES]
    if not wrong:
        return None
    better = wrong[0].upper()
    instead = f"status = '{better}'" if better in STATUSES else ""
    upper = tuple(better if value == wrong[0] else str(value) for value in values)
    text = f"No run has the status '{wrong[0]}': it is one of {', '.join(STATUSES)}."
    return Hint(text, instead), replace(comparison, value=upper if comparison.operator == "IN" else better)
