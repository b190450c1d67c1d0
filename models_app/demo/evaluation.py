"""Measuring a fitted model on the test data and logging it: the same figures for every model of a kind."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
import skops.io
from mlflow.models import infer_signature
from sklearn import metrics as measures

from models_app.demo import figures
from models_app.demo.journal import SOURCE_NAME_TAG, USER_TAG, Outcome
from models_app.demo.splits import Split

REQUIREMENTS = ["scikit-learn>=1.5", "skops>=0.11", "pandas>=2.2", "numpy>=1.26"]


def classifier_metrics(model: Any, features: Any, target: Any) -> dict[str, float]:
    predicted = model.predict(features)
    found = {
        "accuracy": measures.accuracy_score(target, predicted),
        "f1_macro": measures.f1_score(target, predicted, average="macro"),
    }
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(features)
        found["log_loss"] = measures.log_loss(target, scores, labels=model.classes_)
        if scores.shape[1] == 2:
            found["roc_auc"] = measures.roc_auc_score(target, scores[:, 1])
            found["recall_malignant"] = measures.recall_score(target, predicted, pos_label=0)
    return {key: float(value) for key, value in found.items()}


def regressor_metrics(model: Any, features: Any, target: Any) -> dict[str, float]:
    predicted = model.predict(features)
    found = {
        "rmse": measures.root_mean_squared_error(target, predicted),
        "mae": measures.mean_absolute_error(target, predicted),
        "r2": measures.r2_score(target, predicted),
    }
    return {key: float(value) for key, value in found.items()}


def log_classifier(model: Any, split: Split, *, model_type: str, save: bool = True, step: int = 0) -> Outcome:
    """`step` is the last one of the run's curves, which this continues: the model is what stands there."""
    run = mlflow.active_run()
    split.log()
    model_id = log_model(model, split, model_type, step) if save else ""
    found = classifier_metrics(model, split.test, split.test_target)
    log_on_test(found, split, model_id, step)
    predicted = model.predict(split.test)
    mlflow.log_figure(
        figures.confusion_matrix(split.test_target, predicted, split.classes), "figures/confusion_matrix.png"
    )
    if "roc_auc" in found:
        scores = model.predict_proba(split.test)[:, 1]
        mlflow.log_figure(figures.roc_curve(split.test_target, scores, model_type), "figures/roc_curve.svg")
    report = measures.classification_report(
        split.test_target, predicted, target_names=list(split.classes), zero_division=0.0
    )
    mlflow.log_text(report, "classification_report.txt")
    _log_mistakes(split, predicted)
    return Outcome(run.info.run_id, model_id, found)


def _log_mistakes(split: Split, predicted: Any) -> None:
    actual = np.asarray(split.test_target)
    wrong = np.flatnonzero(actual != predicted)
    named = _named(split.classes, actual[wrong]), _named(split.classes, np.asarray(predicted)[wrong])
    table = pd.DataFrame({"row": wrong, "actual": named[0], "predicted": named[1]})
    mlflow.log_table(table.astype({"row": int}), "mistakes.json")


def _named(classes: tuple[str, ...], labels: Any) -> list[str]:
    return [str(label) if isinstance(label, str) else classes[int(label)] for label in labels]


def log_regressor(model: Any, split: Split, *, model_type: str, step: int = 0) -> Outcome:
    run = mlflow.active_run()
    split.log()
    model_id = log_model(model, split, model_type, step)
    found = regressor_metrics(model, split.test, split.test_target)
    log_on_test(found, split, model_id, step)
    predicted = model.predict(split.test)
    mlflow.log_figure(figures.residuals(split.test_target, predicted), "figures/residuals.png")
    table = pd.DataFrame({"actual": split.test_target.to_numpy(), "predicted": np.round(predicted, 1)})
    mlflow.log_table(table.head(40), "predictions.json")
    return Outcome(run.info.run_id, model_id, found)


def log_on_test(found: dict[str, float], split: Split, model_id: str, step: int = 0) -> None:
    named = {f"test_{key}": value for key, value in found.items()}
    mlflow.log_metrics(named, step=step, dataset=split.test_data, model_id=model_id or None)


def log_model(model: Any, split: Split, model_type: str, step: int = 0) -> str:
    example = split.train[:3]
    info = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(split.train, model.predict(example)),
        input_example=example,
        pip_requirements=REQUIREMENTS,
        skops_trusted_types=skops.io.get_untrusted_types(data=skops.io.dumps(model)),
        model_type=model_type,
        step=step,
        tags=model_tags(split),
    )
    return str(info.model_id)


def model_tags(split: Split) -> dict[str, str]:
    """The script and the person are the run's: the client would note this process instead."""
    run = mlflow.active_run()
    return {"dataset": split.name, **{key: run.data.tags[key] for key in (USER_TAG, SOURCE_NAME_TAG)}}
