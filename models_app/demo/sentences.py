"""Training on text: which data set does a sentence of a data sheet tell about?"""

from typing import Any

import mlflow
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from models_app.demo import splits
from models_app.demo.evaluation import log_classifier
from models_app.demo.journal import Journal
from models_app.demo.splits import SEED, Split

EXPERIMENT = "datasheet-sentences"
CANDIDATES: tuple[tuple[str, float, dict[str, Any], Any], ...] = (
    ("words-bayes", 17.6, {"analyzer": "word", "max_features": 1_500}, ComplementNB()),
    ("words-logreg", 17.5, {"analyzer": "word", "max_features": 1_500}, LogisticRegression(C=20, max_iter=400)),
    ("characters-svm", 10.4, {"analyzer": "char_wb", "ngram_range": (2, 4), "max_features": 2_500}, LinearSVC(C=1.0)),
)


def train(journal: Journal) -> None:
    mlflow.set_experiment(EXPERIMENT)
    split = splits.of_sentences()
    for name, days, features, model in CANDIDATES:
        with journal.run(name, by="vic", script="sentences", days=days, tags={"features": features["analyzer"]}):
            mlflow.log_params({**features, "model": type(model).__name__})
            pipeline = make_pipeline(_vectors(**features), model)
            pipeline.fit(split.train, split.train_target)
            journal.keep(f"sentences/{name}", log_classifier(pipeline, split, model_type="text-classifier"))
    _train_by_epochs(journal, split)


def _vectors(**options: Any) -> ColumnTransformer:
    # By column name: the model is asked with a table that has one column, not with a list of texts.
    return ColumnTransformer([("tfidf", TfidfVectorizer(sublinear_tf=True, **options), "sentence")])


def _train_by_epochs(journal: Journal, split: Split) -> None:
    vectors = _vectors(max_features=1_500).fit(split.train)
    train, test = vectors.transform(split.train), vectors.transform(split.test)
    for rate, days in ((0.05, 3.3), (0.5, 3.2)):
        model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=rate, alpha=1e-5, random_state=SEED)
        with journal.run(f"words-sgd-{rate}", by="ed", script="sentences", days=days, tags={"features": "word"}):
            mlflow.log_params({"eta0": rate, "alpha": 1e-5, "epochs": 30, "max_features": 1_500})
            for epoch in range(30):
                model.partial_fit(train, split.train_target, classes=list(split.classes))
                mlflow.log_metrics(
                    {
                        "train_accuracy": model.score(train, split.train_target),
                        "test_accuracy": model.score(test, split.test_target),
                    },
                    step=epoch,
                )
            pipeline = make_pipeline(vectors, model)
            outcome = log_classifier(pipeline, split, model_type="text-classifier", step=29)
            journal.keep(f"sentences/words-sgd-{rate}", outcome)
