"""The data: scikit-learn's bundled sets, split once, and described to the tracking server as datasets."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import sklearn.datasets
from mlflow.data.dataset import Dataset
from sklearn.model_selection import train_test_split

SEED = 20


@dataclass(frozen=True, slots=True)
class Split:
    name: str
    train: Any
    train_target: Any
    test: Any
    test_target: Any
    training_data: Dataset
    test_data: Dataset
    classes: tuple[str, ...] = ()

    def log(self) -> None:
        mlflow.log_input(self.training_data, context="training")
        mlflow.log_input(self.test_data, context="test")


def of_frame(name: str, source: str, *, test_size: float = 0.3, classify: bool = True) -> Split:
    """One of scikit-learn's tabular sets by the name of its loader, with named columns."""
    bunch = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    frame, target = bunch.data, bunch.target.rename("target")
    train, test, train_target, test_target = train_test_split(
        frame, target, test_size=test_size, random_state=SEED, stratify=target if classify else None
    )
    return Split(
        name=name,
        train=train,
        train_target=train_target,
        test=test,
        test_target=test_target,
        training_data=mlflow.data.from_pandas(
            train.join(train_target), source=source, targets="target", name=f"{name}-train"
        ),
        test_data=mlflow.data.from_pandas(test.join(test_target), source=source, targets="target", name=f"{name}-test"),
        classes=tuple(str(label) for label in bunch.target_names) if classify else (),
    )


def of_digits(source: str) -> Split:
    """Images of 8 by 8 pixels as rows of 64 numbers between 0 and 1: an array, not a frame."""
    bunch = sklearn.datasets.load_digits()
    images = (bunch.data / 16.0).astype(np.float32)
    train, test, train_target, test_target = train_test_split(
        images, bunch.target, test_size=0.3, random_state=SEED, stratify=bunch.target
    )
    return Split(
        name="digits",
        train=train,
        train_target=train_target,
        test=test,
        test_target=test_target,
        training_data=mlflow.data.from_numpy(train, source=source, targets=train_target, name="digits-train"),
        test_data=mlflow.data.from_numpy(test, source=source, targets=test_target, name="digits-test"),
        classes=tuple(str(digit) for digit in range(10)),
    )


def of_sentences() -> Split:
    """Sentences of the data sheets that come with scikit-learn; the target is the data set a sentence tells about."""
    folder = Path(sklearn.datasets.__file__).parent / "descr"
    rows = [
        {"sentence": sentence, "target": path.stem}
        for path in sorted(folder.glob("*.rst"))
        for sentence in _sentences(path.read_text(encoding="utf-8"))
    ]
    frame = pd.DataFrame(rows).drop_duplicates("sentence")
    common = frame["target"].value_counts()
    frame = frame[frame["target"].isin(common[common >= 12].index)]
    train, test = train_test_split(frame, test_size=0.3, random_state=SEED, stratify=frame["target"])
    source = "https://github.com/scikit-learn/scikit-learn/tree/main/sklearn/datasets/descr"
    return Split(
        name="datasheet-sentences",
        train=train[["sentence"]],
        train_target=train["target"],
        test=test[["sentence"]],
        test_target=test["target"],
        training_data=mlflow.data.from_pandas(train, source=source, targets="target", name="sentences-train"),
        test_data=mlflow.data.from_pandas(test, source=source, targets="target", name="sentences-test"),
        classes=tuple(sorted(frame["target"].unique())),
    )


def _sentences(text: str) -> list[str]:
    prose = re.sub(r"[`*|=_:+\-]{2,}|\.\. .*|:[a-z]+:|`", " ", text)
    pieces = re.split(r"(?<=[.!?])\s+|\n\s*\n|\n\s*[-*]\s", prose)
    cleaned = (re.sub(r"\s+", " ", piece).strip() for piece in pieces)
    return [piece for piece in cleaned if 5 <= len(piece.split()) <= 60]
