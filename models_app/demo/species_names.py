"""A model that answers with the species' name and how clearly it won; MLflow keeps this file as the model."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

SPECIES = ("setosa", "versicolor", "virginica")


class SpeciesNames(PythonModel):
    def load_context(self, context: PythonModelContext) -> None:
        self.classifier = mlflow.sklearn.load_model(context.artifacts["classifier"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        scores = np.sort(self.classifier.decision_function(model_input), axis=1)
        labels = self.classifier.predict(model_input)
        return pd.DataFrame({"species": [SPECIES[label] for label in labels], "margin": scores[:, -1] - scores[:, -2]})


mlflow.models.set_model(SpeciesNames())
