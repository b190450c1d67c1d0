"""How far a running run has come: what it logged last and when, how fast, and of how many steps, if it said so."""

from collections.abc import Mapping
from dataclasses import dataclass

from models_app import clock
from models_app.models import Run

# What trainers call the length of a run, and whether they count epochs or steps by it.
TOTALS = {
    "max_steps": "step", "total_steps": "step", "num_steps": "step", "num_train_steps": "step",
    "total_timesteps": "step", "max_iter": "step", "num_boost_round": "step", "num_iterations": "step",
    "epochs": "epoch", "num_train_epochs": "epoch", "max_epochs": "epoch", "num_epochs": "epoch", "n_epochs": "epoch",
}  # fmt: skip
EPOCH_METRICS = ("epoch", "train/epoch", "epochs")
SILENT_MS = 10 * 60_000
AHEAD_MS = 60 * 60_000  # a client's clock may be wrong by so much


@dataclass(frozen=True, slots=True)
class Progress:
    """`last_step` and `last_at` are None before anything was logged; `total` is None where nothing told it.

    `reason` names the param or tag the total comes from; `rate` is in steps a second.
    """

    elapsed_ms: int | None
    last_step: int | None = None
    last_at: int | None = None
    rate: float | None = None
    done: float = 0
    total: int | None = None
    unit: str = "step"
    reason: str = ""
    remaining_ms: int | None = None
    silent_ms: int | None = None

    @property
    def hourly_rate(self) -> float | None:
        return self.rate * 3_600 if self.rate else None

    @property
    def percent(self) -> int:
        return min(100, int(100 * self.done / self.total)) if self.total else 0


def progress_of(run: Run, params: Mapping[str, str], tags: Mapping[str, str]) -> Progress:
    now = clock.now_ms()
    elapsed = now - run.started_at if 0 < run.started_at <= now else None
    step, at, epoch = run.latest_metrics.progress(EPOCH_METRICS)
    last_at = at if at is not None and 0 < at < now + AHEAD_MS else None
    quiet_since = max(last_at or 0, run.started_at)
    silent = now - quiet_since if 0 < quiet_since <= now - SILENT_MS else None
    worked = last_at - run.started_at if last_at and elapsed is not None and last_at > run.started_at else None
    rate = step * 1_000 / worked if step and worked else None
    unit, total, reason = _total(params, tags)
    done = _done(unit, total, step, epoch)
    if not total or done is None:
        return Progress(elapsed, step, last_at, rate, silent_ms=silent)
    remaining = int(worked * (total - done) / done) if worked and done and silent is None else None
    return Progress(elapsed, step, last_at, rate, done, total, unit, reason, remaining, silent)


def _total(params: Mapping[str, str], tags: Mapping[str, str]) -> tuple[str, int, str]:
    for key, unit in TOTALS.items():
        for place, told in (("params", params), ("tags", tags)):
            text = told.get(key, "")
            if text.isascii() and text.isdigit() and 0 < len(text) < 12 and int(text):
                return unit, int(text), f"{place}.{key}"
    return "", 0, ""


def _done(unit: str, total: int, step: int | None, epoch: float | None) -> float | None:
    """None where what was logged does not fit the total: steps of batches say nothing of epochs."""
    if unit == "epoch" and epoch is not None:
        return epoch if 0 <= epoch <= total else None
    if step is None or step > total:
        return 0 if step is None else None
    return max(0, step)
