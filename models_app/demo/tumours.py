"""Training on the Wisconsin breast cancer data: linear models, boosting by learning rate, calibration, one failure."""

import mlflow
import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models_app.demo import figures, splits
from models_app.demo.evaluation import log_classifier
from models_app.demo.journal import Journal
from models_app.demo.splits import SEED, Split

EXPERIMENT = "breast-cancer-wisconsin"
SOURCE = "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic"
ROUNDS = 120


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_frame("breast_cancer", SOURCE)
    _fail_on_missing_values(journal, split)
    for name, days, model in (
        ("logreg-l2", 34.6, LogisticRegression(C=0.5, max_iter=2_000)),
        ("logreg-l1", 34.5, LogisticRegression(C=0.5, l1_ratio=1.0, solver="liblinear", max_iter=2_000)),
    ):
        with journal.run(name, by="ed", script="tumours", days=days):
            mlflow.log_params({"C": 0.5, "penalty": name.rpartition("-")[2], "scaled": True})
            pipeline = make_pipeline(StandardScaler(), model).fit(split.train, split.train_target)
            figure = figures.importances(list(split.train.columns), model.coef_[0], "coefficient, scaled inputs")
            mlflow.log_figure(figure, "figures/coefficients.png")
            journal.keep(f"tumours/{name}", log_classifier(pipeline, split, model_type="classifier"))
    for index, rate in enumerate((0.02, 0.05, 0.1, 0.3)):
        _train_boosting(journal, split, rate, days=27.7 - index * 0.03)
    _search_depth(journal, split)
    _train_calibrated(journal, split)


def _fail_on_missing_values(journal: Journal, split: Split) -> None:
    """A run as it happens: the model refuses a column with gaps, and the run ends FAILED with the error as a file."""
    try:
        with journal.run("logreg-with-gaps", by="ed", script="tumours", days=34.9):
            mlflow.log_params({"C": 0.5, "imputer": "none"})
            with_gaps = split.train.mask(np.random.default_rng(SEED).random(split.train.shape) < 0.02)
            mlflow.log_metric("missing_share", float(with_gaps.isna().to_numpy().mean()))
            try:
                LogisticRegression().fit(with_gaps, split.train_target)
            except ValueError as error:
                mlflow.log_text(str(error), "error.txt")
                raise
    except ValueError:
        return
    raise AssertionError("Logistic regression accepted missing values: choose another way to fail.")


def _train_boosting(journal: Journal, split: Split, rate: float, days: float) -> None:
    model = GradientBoostingClassifier(
        n_estimators=ROUNDS, learning_rate=rate, max_depth=2, subsample=0.8, random_state=SEED
    )
    with journal.run(f"boosting-{rate}", by="mia", script="tumours", days=days, tags={"sweep": "learning-rate"}):
        mlflow.log_params({"n_estimators": ROUNDS, "learning_rate": rate, "max_depth": 2, "subsample": 0.8})
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
        figure = figures.importances(list(split.train.columns), model.feature_importances_, "importance")
        mlflow.log_figure(figure, "figures/importances.png")
        outcome = log_classifier(model, split, model_type="classifier", save=rate != 0.02, step=ROUNDS - 1)
        journal.keep(f"tumours/boosting-{rate}", outcome)


def _search_depth(journal: Journal, split: Split) -> None:
    note = "Deeper trees at the same number of rounds, five folds each, judged by log loss."
    with journal.run(
        "boosting-depth", by="mia", script="tumours", days=20.6, note=note, tags={"search": "grid"}
    ) as top:
        scores = {}
        for depth in (1, 2, 3, 4):
            with journal.child(f"depth-{depth}", top):
                model = GradientBoostingClassifier(n_estimators=60, max_depth=depth, random_state=SEED)
                folds = cross_val_score(model, split.train, split.train_target, cv=5, scoring="neg_log_loss")
                mlflow.log_params({"max_depth": depth, "n_estimators": 60})
                mlflow.log_metrics({"cv_log_loss": float(-folds.mean()), "cv_std": float(folds.std())})
                scores[depth] = float(-folds.mean())
        mlflow.log_param("max_depth", min(scores, key=lambda depth: scores[depth]))
        mlflow.log_metric("cv_log_loss", min(scores.values()))


def _train_calibrated(journal: Journal, split: Split) -> None:
    note = "Isotonic calibration over four folds: can a forest be trusted with probabilities?"
    with journal.run("forest-calibrated", by="vic", script="tumours", days=13.2, note=note):
        mlflow.log_params({"n_estimators": 40, "max_depth": 5, "calibration": "isotonic", "folds": 4})
        forest = RandomForestClassifier(40, max_depth=5, random_state=SEED)
        model = CalibratedClassifierCV(forest, method="isotonic", cv=4).fit(split.train, split.train_target)
        journal.keep("tumours/forest-calibrated", log_classifier(model, split, model_type="classifier"))
    with journal.run("logreg-l2-c2", by="ed", script="tumours", days=6.3):
        mlflow.log_params({"C": 2.0, "penalty": "l2", "scaled": True})
        pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=2.0, max_iter=2_000))
        pipeline.fit(split.train, split.train_target)
        journal.keep("tumours/logreg-l2-c2", log_classifier(pipeline, split, model_type="classifier"))
