"""A model that answers with a low, a middle and a high estimate; MLflow keeps this file as the model."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc import PythonModel, PythonModelContext

PARTS = ("low", "median", "high")


class ProgressionInterval(PythonModel):
    def load_context(self, context: PythonModelContext) -> None:
        self.models = {part: mlflow.sklearn.load_model(context.artifacts[part]) for part in PARTS}

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        # Quantiles are fitted apart and may cross for single rows; sorted they can't.
        answers = np.sort([self.models[part].predict(model_input) for part in PARTS], axis=0)
        return pd.DataFrame(dict(zip(PARTS, answers, strict=True)))


mlflow.models.set_model(ProgressionInterval())
