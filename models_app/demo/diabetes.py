"""Training on diabetes: regularised linear models, boosting, and quantiles that make an interval."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Run
from mlflow.models import infer_signature
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge, SGDRegressor
from sklearn.metrics import mean_pinball_loss, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models_app.demo import figures, splits
from models_app.demo.evaluation import log_model, log_on_test, log_regressor, model_tags
from models_app.demo.journal import Journal, Outcome
from models_app.demo.splits import SEED, Split

EXPERIMENT = "diabetes-progression"
SOURCE = "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html"
LINEAR = (
    ("least-squares", 29.9, LinearRegression()),
    ("ridge-0.1", 29.8, Ridge(alpha=0.1)),
    ("ridge-1", 29.7, Ridge(alpha=1.0)),
    ("lasso-0.1", 29.6, Lasso(alpha=0.1)),
    ("elastic-net", 29.5, ElasticNet(alpha=0.002, l1_ratio=0.4)),
)


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_frame("diabetes", SOURCE, classify=False)
    for name, days, model in LINEAR:
        with journal.run(name, by="vic", script="diabetes", days=days, tags={"family": "linear"}):
            shown = {key: value for key, value in model.get_params().items() if value is not None}
            mlflow.log_params(shown)
            model.fit(split.train, split.train_target)
            figure = figures.importances(list(split.train.columns), model.coef_, "coefficient")
            mlflow.log_figure(figure, "figures/coefficients.png")
            journal.keep(f"diabetes/{name}", log_regressor(model, split, model_type="regressor"))
    _train_gradient_descent(journal, split)
    for index, rate in enumerate((0.03, 0.1)):
        _train_boosting(journal, split, rate, days=22.5 - index * 0.05)
    _train_interval(journal, split, 0.8, days=15.6)
    _train_interval(journal, split, 0.9, days=8.7)


def _train_gradient_descent(journal: Journal, split: Split) -> None:
    scaler = StandardScaler().fit(split.train)
    model = SGDRegressor(loss="huber", epsilon=10.0, eta0=0.02, learning_rate="adaptive", random_state=SEED)
    with journal.run("sgd-huber", by="ed", script="diabetes", days=25.8, tags={"family": "linear"}):
        mlflow.log_params({"loss": "huber", "epsilon": 10.0, "eta0": 0.02, "epochs": 50})
        for epoch in range(50):
            model.partial_fit(scaler.transform(split.train), split.train_target)
            mlflow.log_metrics(
                {
                    f"{part}_rmse": float(root_mean_squared_error(target, model.predict(scaler.transform(features))))
                    for part, features, target in (
                        ("train", split.train, split.train_target),
                        ("test", split.test, split.test_target),
                    )
                },
                step=epoch,
            )
        pipeline = make_pipeline(scaler, model)
        journal.keep("diabetes/sgd-huber", log_regressor(pipeline, split, model_type="regressor", step=49))


def _train_boosting(journal: Journal, split: Split, rate: float, days: float) -> None:
    model = GradientBoostingRegressor(
        n_estimators=100, learning_rate=rate, max_depth=2, subsample=0.6, random_state=SEED
    )
    with journal.run(f"boosting-{rate}", by="mia", script="diabetes", days=days, tags={"family": "boosting"}):
        mlflow.log_params({"n_estimators": 100, "learning_rate": rate, "max_depth": 2, "subsample": 0.6})
        model.fit(split.train, split.train_target)
        for step, predicted in enumerate(model.staged_predict(split.test)):
            rmse = float(root_mean_squared_error(split.test_target, predicted))
            mlflow.log_metrics({"train_rmse": float(model.train_score_[step]) ** 0.5, "test_rmse": rmse}, step=step)
        outcome = log_regressor(model, split, model_type="regressor", step=model.n_estimators - 1)
        journal.keep(f"diabetes/boosting-{rate}", outcome)


def _train_interval(journal: Journal, split: Split, coverage: float, days: float) -> None:
    """Three quantiles, each trained in a run of its own, behind one model that answers with all three."""
    tail = (1 - coverage) / 2
    quantiles = {"low": tail, "median": 0.5, "high": 1 - tail}
    note = f"Should hold the true value in {coverage:.0%} of the cases; see `test_covered` for how often it did."
    name = f"interval-{coverage:.0%}".rstrip("%")
    with journal.run(name, by="mia", script="diabetes", days=days, note=note) as run:
        split.log()
        mlflow.log_params({"coverage": coverage, "n_estimators": 60, "max_depth": 2})
        parts = {
            part: _train_quantile(journal, split, run, f"{name}/{part}", quantile)
            for part, quantile in quantiles.items()
        }
        model_id, found = _log_interval(split, parts)
        journal.keep(f"diabetes/{name}", Outcome(run.info.run_id, model_id, found))


def _train_quantile(journal: Journal, split: Split, parent: Run, key: str, quantile: float) -> str:
    model = GradientBoostingRegressor(
        loss="quantile", alpha=quantile, n_estimators=60, max_depth=2, learning_rate=0.06, random_state=SEED
    )
    with journal.child(f"quantile-{quantile:.2f}", parent) as run:
        mlflow.log_params({"alpha": round(quantile, 3), "loss": "quantile"})
        model.fit(split.train, split.train_target)
        for step, predicted in enumerate(model.staged_predict(split.test)):
            mlflow.log_metric(
                "pinball_loss", mean_pinball_loss(split.test_target, predicted, alpha=quantile), step=step
            )
        model_id = log_model(model, split, "regressor", step=model.n_estimators - 1)
        journal.keep(f"diabetes/{key}", Outcome(run.info.run_id, model_id, {}))
    return model_id


def _log_interval(split: Split, parts: dict[str, str]) -> tuple[str, dict[str, float]]:
    answer = pd.DataFrame({"low": [90.0], "median": [140.0], "high": [210.0]})
    info = mlflow.pyfunc.log_model(
        name="model",
        python_model="models_app/demo/progression_interval.py",
        artifacts={part: f"models:/{model_id}" for part, model_id in parts.items()},
        signature=infer_signature(split.train, answer),
        input_example=split.train[:3],
        pip_requirements=["mlflow>=3", "scikit-learn>=1.5", "skops>=0.11", "pandas>=2.2"],
        model_type="regressor",
        tags=model_tags(split),
    )
    answers: Any = mlflow.pyfunc.load_model(info.model_uri).predict(split.test)
    actual = split.test_target.to_numpy()
    inside = (actual >= answers["low"]) & (actual <= answers["high"])
    found = {
        "covered": float(inside.mean()),
        "mean_width": float(np.mean(answers["high"] - answers["low"])),
        "mae": float(np.mean(np.abs(actual - answers["median"]))),
    }
    log_on_test(found, split, str(info.model_id))
    figure = figures.interval(actual, answers["low"].to_numpy(), answers["high"].to_numpy())
    mlflow.log_figure(figure, "figures/interval.png")
    mlflow.log_table(answers.head(30).round(1).assign(actual=actual[:30]), "answers.json")
    return str(info.model_id), found
