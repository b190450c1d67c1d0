"""What the training scripts note down beside the runs: who trained, when it happens in the story, what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import mlflow
from mlflow.entities import Run

DAY = 86_400_000
SOURCE_NAME_TAG = "mlflow.source.name"
USER_TAG = "mlflow.user"
NOTE_TAG = "mlflow.note.content"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run and the model it logged, if it logged one."""

    run_id: str
    model_id: str
    metrics: dict[str, float]


@dataclass(slots=True)
class Journal:
    """`shifts`: by how many milliseconds everything a run logged moves, so that six weeks lie between first and last.

    The runs take minutes in truth; only whole runs are moved, so durations and the pace of the curves stay real.
    """

    now: int
    shifts: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def moment(self, days: float) -> int:
        return self.now - round(days * DAY)

    @contextmanager
    def run(
        self, name: str, *, by: str, script: str, days: float, note: str = "", tags: dict[str, str] | None = None
    ) -> Iterator[Run]:
        labels = {USER_TAG: by, SOURCE_NAME_TAG: f"models_app/demo/{script}.py", **(tags or {})}
        if note:
            labels[NOTE_TAG] = note.strip()
        with mlflow.start_run(run_name=name, tags=labels) as run:
            self.shifts[run.info.run_id] = self.moment(days) - run.info.start_time
            yield run

    @contextmanager
    def child(self, name: str, parent: Run) -> Iterator[Run]:
        """One point of a search: moved exactly as far as its parent."""
        labels = {key: parent.data.tags[key] for key in (USER_TAG, SOURCE_NAME_TAG)}
        with mlflow.start_run(run_name=name, nested=True, tags=labels) as run:
            self.shifts[run.info.run_id] = self.shifts[parent.info.run_id]
            yield run

    def keep(self, key: str, outcome: Outcome) -> None:
        self.outcomes[key] = outcome
