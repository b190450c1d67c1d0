"""Models of three flavours by the stock client: saved, logged, loaded and described; and sklearn's autolog."""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.client.fixtures import REQUIREMENTS, named
from tests.conformance.client.generations import HAS_LOGGED_MODELS

CODE = """
import mlflow


class Adder(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        from helper import twice

        return [twice(value) for value in model_input["x"]]


mlflow.models.set_model(Adder())
"""


@pytest.fixture
def points() -> Any:
    import pandas

    return pandas.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})


def test_sklearn_logs_loads_and_describes(
    mlflow: Any, experiment: Any, unique: str, classifier: Any, points: Any
) -> None:
    signature = mlflow.models.infer_signature(points.to_numpy(), classifier.predict(points.to_numpy()))
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(
            classifier, **named("model"), signature=signature, pip_requirements=REQUIREMENTS,
            metadata={"team": "vision"}, registered_model_name=unique,
        )  # fmt: skip

    info = mlflow.models.get_model_info(f"models:/{unique}/1")
    assert (info.run_id, info.metadata) == (run.info.run_id, {"team": "vision"})
    assert set(info.flavors) == {"python_function", "sklearn"}
    assert info.signature == signature
    assert logged.model_uuid == info.model_uuid
    assert list(mlflow.sklearn.load_model(logged.model_uri).predict([[0.0], [3.0]])) == [0, 1]
    anything = mlflow.pyfunc.load_model(f"models:/{unique}/latest")
    assert list(anything.predict(points.to_numpy())) == [0, 0, 1, 1]
    requirements = Path(mlflow.pyfunc.get_model_dependencies(f"models:/{unique}/1")).read_text()
    assert "scikit-learn" in requirements.split()


def test_a_saved_model_becomes_files_of_a_run(
    mlflow: Any, experiment: Any, unique: str, classifier: Any, tmp_path: Path
) -> None:
    mlflow.sklearn.save_model(classifier, str(tmp_path / "saved"), pip_requirements=REQUIREMENTS)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "saved"), "by hand")
    version = mlflow.register_model(f"runs:/{run.info.run_id}/by hand", unique)

    assert (version.version, version.run_id) == ("1", run.info.run_id)
    for uri in (f"models:/{unique}/1", f"runs:/{run.info.run_id}/by hand", f"{run.info.artifact_uri}/by hand"):
        assert list(mlflow.sklearn.load_model(uri).predict([[3.0]])) == [1]


def test_a_class_of_ones_own_takes_artifacts_and_config(
    mlflow: Any, experiment: Any, unique: str, points: Any, tmp_path: Path
) -> None:
    (tmp_path / "offset.txt").write_text("10")

    class Shifted(mlflow.pyfunc.PythonModel):
        def load_context(self, context):
            self.offset = float(Path(context.artifacts["offset"]).read_text()) * context.model_config["times"]

        def predict(self, context, model_input, params=None):
            return model_input["x"] + self.offset

    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(
            **named("shifted"), python_model=Shifted(), artifacts={"offset": str(tmp_path / "offset.txt")},
            model_config={"times": 2}, pip_requirements=["pandas"], registered_model_name=unique,
        )  # fmt: skip

    model = mlflow.pyfunc.load_model(f"models:/{unique}/1")
    assert list(model.predict(points)) == [20.0, 21.0, 22.0, 23.0]
    other = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/shifted", model_config={"times": 3})
    assert list(other.predict(points)) == [30.0, 31.0, 32.0, 33.0]
    assert model.unwrap_python_model().offset == 20.0
    assert model.metadata.run_id == run.info.run_id
    files = Path(mlflow.artifacts.download_artifacts(f"models:/{unique}/1"))
    assert (files / "artifacts" / "offset.txt").read_text() == "10"


def test_a_class_of_ones_own_comes_with_its_code(
    mlflow: Any, experiment: Any, unique: str, points: Any, tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("def twice(value):\n    return value * 2\n")
    (tmp_path / "adder.py").write_text(CODE)
    options = {
        "python_model": str(tmp_path / "adder.py"),
        "code_paths": [str(tmp_path / "helper.py")],
        "pip_requirements": ["pandas"],
    }
    mlflow.pyfunc.save_model(str(tmp_path / "saved"), **options)
    with mlflow.start_run():
        logged = mlflow.pyfunc.log_model(**named("adder"), registered_model_name=unique, **options)

    for uri in (str(tmp_path / "saved"), logged.model_uri, f"models:/{unique}/1"):
        assert mlflow.pyfunc.load_model(uri).predict(points) == [0.0, 2.0, 4.0, 6.0]
    names = {info.path for info in mlflow.artifacts.list_artifacts(f"models:/{unique}/1")}
    assert {"adder.py", "code", "MLmodel"} <= names


def test_statsmodels_logs_and_loads(mlflow: Any, experiment: Any, unique: str, tmp_path: Path) -> None:
    import numpy
    import statsmodels.api as api

    x = numpy.column_stack([numpy.ones(6), numpy.arange(6.0)])
    fitted = api.OLS(1.0 + 2.0 * numpy.arange(6.0), x).fit()
    with mlflow.start_run() as run:
        logged = mlflow.statsmodels.log_model(
            fitted, **named("ols"), pip_requirements=["statsmodels"], registered_model_name=unique
        )
    mlflow.statsmodels.save_model(fitted, str(tmp_path / "saved"), pip_requirements=["statsmodels"])

    assert set(mlflow.models.get_model_info(f"models:/{unique}/1").flavors) == {"python_function", "statsmodels"}
    for uri in (logged.model_uri, f"models:/{unique}/1", f"runs:/{run.info.run_id}/ols", str(tmp_path / "saved")):
        loaded = mlflow.statsmodels.load_model(uri)
        assert loaded.predict([[1.0, 10.0]]) == pytest.approx([21.0])


def test_requirements_and_signature_are_changed_later(
    mlflow: Any, experiment: Any, unique: str, log_model: Any
) -> None:
    with mlflow.start_run() as run:
        logged = log_model()
    uri = logged.model_uri if HAS_LOGGED_MODELS else f"runs:/{run.info.run_id}/model"
    signature = mlflow.models.infer_signature([1.0], [0])
    mlflow.models.set_signature(uri, signature)
    mlflow.models.update_model_requirements(uri, "add", ["pandas"])

    assert mlflow.models.get_model_info(uri).signature == signature
    needed = Path(mlflow.artifacts.download_artifacts(uri)) / "requirements.txt"
    assert {"scikit-learn", "pandas"} <= set(needed.read_text().split())


def test_autolog_logs_a_run_a_dataset_and_a_model(
    mlflow: Any, client: Any, experiment: Any, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy
    import sklearn.linear_model as linear

    # What the model needs is found out by a fresh process, which takes longer than all the rest of this file.
    monkeypatch.setattr("mlflow.models.infer_pip_requirements", lambda *_, **__: REQUIREMENTS)
    mlflow.sklearn.autolog(registered_model_name=unique, log_model_signatures=False)
    try:
        with mlflow.start_run() as run:
            linear.LogisticRegression().fit(numpy.array([[0.0], [1.0], [2.0], [3.0]]), numpy.array([0, 0, 1, 1]))
    finally:
        mlflow.sklearn.autolog(disable=True)

    kept = client.get_run(run.info.run_id)
    assert kept.data.params["fit_intercept"] == "True"
    assert kept.data.metrics["training_accuracy_score"] == 1.0
    assert kept.data.tags["estimator_name"] == "LogisticRegression"
    [dataset] = kept.inputs.dataset_inputs
    assert {tag.key: tag.value for tag in dataset.tags} == {"mlflow.data.context": "train"}
    assert "model/MLmodel" in {info.path for info in client.list_artifacts(run.info.run_id, "model")}
    version = client.get_model_version(unique, "1")
    assert version.run_id == run.info.run_id
    if not HAS_LOGGED_MODELS:
        return
    [output] = kept.outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    assert model.params["fit_intercept"] == "True"
    accuracy = {metric.key: metric for metric in model.metrics}["training_accuracy_score"]
    assert (accuracy.value, accuracy.dataset_digest) == (1.0, dataset.dataset.digest)


def test_an_evaluation_logs_metrics_and_its_dataset(mlflow: Any, client: Any, experiment: Any, points: Any) -> None:
    data = points.assign(y=[0, 0, 1, 1], guess=[0, 1, 1, 1])
    dataset = mlflow.data.from_pandas(data, targets="y", predictions="guess", name="points")
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(
            data=dataset, model_type="classifier", evaluators="default",
            evaluator_config={"log_explainer": False, "log_model_explainability": False},
        )  # fmt: skip

    kept = client.get_run(run.info.run_id)
    assert kept.data.metrics["accuracy_score"] == result.metrics["accuracy_score"] == 0.75
    assert [one.dataset.name for one in kept.inputs.dataset_inputs] == ["points"]
    assert "confusion_matrix.png" in {info.path for info in client.list_artifacts(run.info.run_id)}
