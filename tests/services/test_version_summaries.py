import io
from pathlib import Path

import pytest

from models_app.models import VersionSummary
from models_app.services import artifacts
from models_app.storage import get_store
from tests import make

pytestmark = pytest.mark.django_db

SAVED = Path(__file__).parents[1] / "data" / "models" / "mlflow3-sklearn"


@pytest.fixture(autouse=True)
def store(settings, tmp_path) -> None:
    settings.ARTIFACTS = str(tmp_path)


def test_a_version_keeps_what_its_files_say() -> None:
    logged = make.logged_model()
    for file in SAVED.iterdir():
        path = f"{artifacts.files_root(logged)}/{file.name}"
        get_store().put(path, io.BytesIO(file.read_bytes()))
    version = make.version("iris", source=f"models:/{logged.pk}", model_id=logged.pk)
    summary = VersionSummary.objects.get(version=version)
    assert summary.flavors == {"python_function": "3.11.7", "sklearn": "1.9.1"}
    assert summary.signature["inputs"][0]["name"] == "sepal length (cm)"
    assert "scikit-learn==1.9.1" in summary.requirements
    assert summary.file_count == 5
    assert summary.size == sum(file.stat().st_size for file in SAVED.iterdir())
    assert summary.facts["mlflow_version"] == "3.17.2"
    assert summary.facts["python_version"] == "3.11.7"
    assert summary.facts["input_example"] == {"path": "input_example.json", "kind": "dataframe", "orient": "split"}
    assert len(summary.facts["digest"]) == 64
    assert "problem" not in summary.facts
    assert "text" not in str(summary.facts)


def test_a_version_of_hostile_files_is_registered_all_the_same() -> None:
    run = make.run()
    get_store().put(f"{artifacts.files_root(run)}/model/MLmodel", io.BytesIO(b"flavors: [\x00"))
    summary = VersionSummary.objects.get(version=make.version("iris", of_run=run))
    assert "can't be read" in summary.facts["problem"]
    assert summary.file_count == 1


def test_a_version_in_a_bucket_has_no_facts() -> None:
    summary = VersionSummary.objects.get(version=make.version("iris", source="s3://bucket/model"))
    assert (summary.flavors, summary.signature, summary.size, summary.facts) == ({}, None, None, {})
