"""Training on handwritten digits: networks of several sizes epoch by epoch, with and without shifted copies."""

from dataclasses import dataclass
from typing import Any

import mlflow
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from models_app.demo import figures, splits
from models_app.demo.evaluation import log_classifier
from models_app.demo.journal import Journal, Outcome
from models_app.demo.splits import SEED, Split

EXPERIMENT = "handwritten-digits"
SOURCE = "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits"
EPOCHS = 40


@dataclass(frozen=True, slots=True)
class Recipe:
    layers: tuple[int, ...]
    rate: float
    days: float
    by: str
    shifts: bool = False
    decay: float = 0.0001
    note: str = ""

    @property
    def name(self) -> str:
        size = "x".join(str(width) for width in self.layers)
        return f"mlp-{size}" + ("-shifted" if self.shifts else "") + (f"-l2-{self.decay}" if self.decay > 0.001 else "")


RECIPES = (
    Recipe((16,), 0.003, 33.2, "ed"),
    Recipe((32,), 0.003, 33.1, "ed"),
    Recipe((64,), 0.003, 33.0, "ed"),
    Recipe((64, 32), 0.003, 26.3, "ed"),
    Recipe((64,), 0.001, 19.4, "mia", shifts=True, note="Each image also shifted by one pixel in four directions."),
    Recipe((64,), 0.003, 18.2, "mia", decay=0.1, note="Can a stronger penalty do what the shifted copies do?"),
    Recipe((96,), 0.001, 11.5, "mia", shifts=True, note="Wider, now that the shifted copies keep it honest."),
    Recipe((64, 32), 0.001, 4.2, "ed", shifts=True, note="Two layers again, this time with shifted copies."),
)


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_digits(SOURCE)
    for name, days, model in (
        ("logreg", 35.9, LogisticRegression(C=0.5, max_iter=300)),
        ("knn-3", 35.8, KNeighborsClassifier(3)),
        ("svc-rbf", 35.7, SVC(C=5.0)),
    ):
        with journal.run(name, by="vic", script="digits", days=days, tags={"role": "baseline"}):
            mlflow.log_params({key: value for key, value in model.get_params().items() if value is not None})
            model.fit(split.train, split.train_target)
            outcome = log_classifier(model, split, model_type="classifier", save=name == "logreg")
            journal.keep(f"digits/{name}", _with_robustness(outcome, model, split))
    _diverge(journal, split)
    for recipe in RECIPES:
        _train_network(journal, split, recipe)


def _train_network(journal: Journal, split: Split, recipe: Recipe) -> None:
    model = MLPClassifier(
        recipe.layers, learning_rate_init=recipe.rate, alpha=recipe.decay, batch_size=64, random_state=SEED
    )
    train, target = _with_shifts(split) if recipe.shifts else (split.train, split.train_target)
    with journal.run(recipe.name, by=recipe.by, script="digits", days=recipe.days, note=recipe.note):
        mlflow.log_params(
            {
                "hidden_layer_sizes": "x".join(map(str, recipe.layers)),
                "learning_rate_init": recipe.rate,
                "alpha": recipe.decay,
                "batch_size": 64,
                "epochs": EPOCHS,
                "shifted_copies": recipe.shifts,
                "training_images": len(train),
            }
        )
        for epoch in range(EPOCHS):
            model.partial_fit(train, target, classes=list(range(10)))
            scores = model.predict_proba(split.test)
            mlflow.log_metrics(
                {
                    "train_loss": model.loss_,
                    "test_log_loss": float(log_loss(split.test_target, scores)),
                    "test_accuracy": float((scores.argmax(axis=1) == split.test_target).mean()),
                },
                step=epoch,
            )
        outcome = log_classifier(model, split, model_type="classifier", step=EPOCHS - 1)
        figure = figures.misread_digits(split.test, split.test_target, model.predict(split.test))
        mlflow.log_figure(figure, "figures/misread.png")
        journal.keep(f"digits/{recipe.name}", _with_robustness(outcome, model, split))


def _with_shifts(split: Split) -> tuple[np.ndarray, np.ndarray]:
    copies = [split.train, *_shifted(split.train)]
    return np.concatenate(copies), np.tile(split.train_target, len(copies))


def _shifted(rows: np.ndarray) -> list[np.ndarray]:
    """The images moved by one pixel up, down, left and right."""
    images = rows.reshape(-1, 8, 8)
    return [np.roll(images, step, axis).reshape(-1, 64) for axis in (1, 2) for step in (-1, 1)]


def _with_robustness(outcome: Outcome, model: Any, split: Split) -> Outcome:
    """How it reads test images that do not sit quite in the middle."""
    scores = [model.score(images, split.test_target) for images in _shifted(split.test)]
    found = {"shifted_accuracy": float(np.mean(scores))}
    mlflow.log_metrics(found, dataset=split.test_data, model_id=outcome.model_id or None)
    return Outcome(outcome.run_id, outcome.model_id, {**outcome.metrics, **found})


def _diverge(journal: Journal, split: Split) -> None:
    """A learning rate far too high: somebody watches the loss climb and stops the run."""
    model = MLPClassifier((64,), solver="sgd", learning_rate_init=8.0, batch_size=64, random_state=SEED)
    with journal.run("mlp-64-rate-8", by="ed", script="digits", days=33.4, note="Rate too high. Stopped."):
        mlflow.log_params({"hidden_layer_sizes": "64", "learning_rate_init": 8.0, "solver": "sgd"})
        with np.errstate(all="ignore"):
            for epoch in range(8):
                try:
                    model.partial_fit(split.train, split.train_target, classes=list(range(10)))
                except ValueError:
                    # The weights overflowed: what scikit-learn refuses to go on with is no number any more.
                    mlflow.log_metric("train_loss", float("nan"), step=epoch)
                    break
                mlflow.log_metric("train_loss", float(model.loss_), step=epoch)
        mlflow.end_run("KILLED")
