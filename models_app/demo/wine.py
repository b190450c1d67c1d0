"""Training on wine: learning rates of a linear model, a grid of forests, boosting, a support vector machine."""

from itertools import product

import mlflow
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from models_app.demo import figures, splits
from models_app.demo.evaluation import log_classifier
from models_app.demo.journal import Journal
from models_app.demo.splits import SEED, Split

EXPERIMENT = "wine-cultivars"
SOURCE = "https://archive.ics.uci.edu/dataset/109/wine"
EPOCHS = 60


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_frame("wine", SOURCE, test_size=0.4)
    for index, rate in enumerate((0.0001, 0.001, 0.01, 0.1)):
        _train_linear(journal, split, rate, days=36.8 - index * 0.02)
    _train_forests(journal, split)
    _train_boosting(journal, split)
    note = "Scaled inputs and an RBF kernel, as a check whether the forest's errors are the data's or its own."
    with journal.run("svc-scaled", by="vic", script="wine", days=24.1, note=note):
        mlflow.log_params({"C": 1.5, "gamma": "scale", "kernel": "rbf"})
        fitted = make_pipeline(StandardScaler(), SVC(C=1.5)).fit(split.train, split.train_target)
        journal.keep("wine/svc-scaled", log_classifier(fitted, split, model_type="classifier"))


def _train_linear(journal: Journal, split: Split, rate: float, days: float) -> None:
    scaler = StandardScaler().fit(split.train)
    train, test = scaler.transform(split.train), scaler.transform(split.test)
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=rate, random_state=SEED)
    with journal.run(f"sgd-{rate}", by="ed", script="wine", days=days, tags={"sweep": "learning-rate"}):
        mlflow.log_params({"loss": "log_loss", "eta0": rate, "learning_rate": "constant", "epochs": EPOCHS})
        for epoch in range(EPOCHS):
            model.partial_fit(train, split.train_target, classes=[0, 1, 2])
            mlflow.log_metrics(
                {
                    "train_loss": log_loss(split.train_target, model.predict_proba(train)),
                    "test_log_loss": log_loss(split.test_target, model.predict_proba(test)),
                    "test_accuracy": model.score(test, split.test_target),
                    "weight_norm": float(np.linalg.norm(model.coef_)),
                },
                step=epoch,
            )
        pipeline = make_pipeline(scaler, model)
        outcome = log_classifier(pipeline, split, model_type="classifier", save=rate == 0.01, step=EPOCHS - 1)
        journal.keep(f"wine/sgd-{rate}", outcome)


def _train_forests(journal: Journal, split: Split) -> None:
    """A grid by hand: each point a child run with its cross-validated score, the parent keeps the winner."""
    grid = list(product((20, 60), (2, 4, None)))
    note = f"Grid over {len(grid)} forests, five folds each. The best is refitted on all training data and kept."
    with journal.run("forest-grid", by="mia", script="wine", days=31.3, note=note, tags={"search": "grid"}) as parent:
        scores = {}
        for trees, depth in grid:
            with journal.child(f"forest-{trees}-{depth or 'full'}", parent):
                forest = RandomForestClassifier(trees, max_depth=depth, random_state=SEED)
                folds = cross_val_score(forest, split.train, split.train_target, cv=5)
                mlflow.log_params({"n_estimators": trees, "max_depth": depth})
                for fold, score in enumerate(folds):
                    mlflow.log_metric("fold_accuracy", float(score), step=fold)
                mlflow.log_metrics({"cv_accuracy": float(folds.mean()), "cv_std": float(folds.std())})
                scores[trees, depth] = float(folds.mean())
        trees, depth = max(scores, key=lambda point: scores[point])
        mlflow.log_params({"n_estimators": trees, "max_depth": depth})
        mlflow.log_metric("cv_accuracy", scores[trees, depth])
        mlflow.log_dict({f"{t} trees, depth {d or 'full'}": score for (t, d), score in scores.items()}, "grid.json")
        best = RandomForestClassifier(trees, max_depth=depth, random_state=SEED).fit(split.train, split.train_target)
        figure = figures.importances(list(split.train.columns), best.feature_importances_, "importance")
        mlflow.log_figure(figure, "figures/importances.png")
        journal.keep("wine/forest-grid", log_classifier(best, split, model_type="classifier"))


def _train_boosting(journal: Journal, split: Split) -> None:
    model = GradientBoostingClassifier(
        n_estimators=80, learning_rate=0.08, max_depth=2, subsample=0.7, random_state=SEED
    )
    with journal.run("boosting-80", by="mia", script="wine", days=28.4):
        mlflow.log_params({"n_estimators": 80, "learning_rate": 0.08, "max_depth": 2, "subsample": 0.7})
        model.fit(split.train, split.train_target)
        for step, scores in enumerate(model.staged_predict_proba(split.test)):
            mlflow.log_metrics(
                {
                    "train_loss": float(model.train_score_[step]),
                    "test_log_loss": float(log_loss(split.test_target, scores)),
                    "test_accuracy": float((scores.argmax(axis=1) == split.test_target).mean()),
                },
                step=step,
            )
        outcome = log_classifier(model, split, model_type="classifier", step=model.n_estimators - 1)
        journal.keep("wine/boosting-80", outcome)
