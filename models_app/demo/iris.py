"""Training on iris: small models of several families, and one that answers with the names of the species."""

from typing import Any

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from models_app.demo import splits
from models_app.demo.evaluation import log_classifier, log_on_test, model_tags
from models_app.demo.journal import Journal, Outcome
from models_app.demo.splits import SEED, Split

EXPERIMENT = "iris-species"
SOURCE = "https://archive.ics.uci.edu/dataset/53/iris"


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_frame("iris", SOURCE)
    _autolog(journal, split)
    for name, days, model in (
        ("logreg-c0.1", 40.9, LogisticRegression(C=0.1, max_iter=500)),
        ("logreg-c1", 40.88, LogisticRegression(C=1.0, max_iter=500)),
        ("logreg-c10", 40.86, LogisticRegression(C=10.0, max_iter=500)),
        ("knn-5", 40.2, KNeighborsClassifier(5)),
        ("svc-rbf", 40.15, SVC(C=2.0, gamma="scale")),
    ):
        with journal.run(name, by="ed", script="iris", days=days, tags={"family": name.partition("-")[0]}):
            mlflow.log_params({key: value for key, value in model.get_params().items() if value is not None})
            fitted = make_pipeline(StandardScaler(), model).fit(split.train, split.train_target)
            journal.keep(f"iris/{name}", log_classifier(fitted, split, model_type="classifier"))
    _train_network(journal, split)
    _train_named(journal, split)


def _autolog(journal: Journal, split: Split) -> None:
    """What `mlflow.sklearn.autolog()` keeps without a further line of code."""
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True)
    try:
        with journal.run("autolog-first-look", by="ed", script="iris", days=41.5):
            LogisticRegression(max_iter=500).fit(split.train, split.train_target)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)


def _train_network(journal: Journal, split: Split) -> None:
    scaler = StandardScaler().fit(split.train)
    network = MLPClassifier((8,), learning_rate_init=0.02, random_state=SEED)
    with journal.run("mlp-8", by="mia", script="iris", days=39.9, tags={"family": "mlp"}):
        mlflow.log_params({"hidden_layer_sizes": "8", "learning_rate_init": 0.02, "epochs": 80})
        for epoch in range(80):
            network.partial_fit(scaler.transform(split.train), split.train_target, classes=[0, 1, 2])
            accuracy = network.score(scaler.transform(split.test), split.test_target)
            mlflow.log_metrics({"train_loss": network.loss_, "test_accuracy": accuracy}, step=epoch)
        outcome = log_classifier(make_pipeline(scaler, network), split, model_type="classifier", step=79)
        journal.keep("iris/mlp-8", outcome)


def _train_named(journal: Journal, split: Split) -> None:
    """A model from code: the support vector machine behind an answer people can read."""
    inner = journal.outcomes["iris/svc-rbf"]
    note = "Wraps `svc-rbf`: the same predictions, but as names, and with the distance to the nearest other species."
    with journal.run("svc-rbf-with-names", by="ed", script="iris", days=39.2, note=note) as run:
        split.log()
        mlflow.log_params({"wraps": inner.model_id})
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model="models_app/demo/species_names.py",
            artifacts={"classifier": f"models:/{inner.model_id}"},
            signature=infer_signature(split.train, pd.DataFrame({"species": ["setosa"], "margin": [1.5]})),
            input_example=split.train[:3],
            pip_requirements=["mlflow>=3", "scikit-learn>=1.5", "skops>=0.11", "pandas>=2.2"],
            model_type="classifier",
            tags=model_tags(split),
        )
        answers: Any = mlflow.pyfunc.load_model(info.model_uri).predict(split.test)
        actual = [split.classes[label] for label in split.test_target]
        found = {
            "accuracy": float(accuracy_score(actual, answers["species"])),
            "f1_macro": float(f1_score(actual, answers["species"], average="macro")),
        }
        log_on_test(found, split, str(info.model_id))
        mlflow.log_table(answers.head(20).round(3), "answers.json")
        journal.keep("iris/svc-rbf-with-names", Outcome(run.info.run_id, str(info.model_id), found))
