import io
import json
import time
from pathlib import Path

import pytest

from models_app import model_files
from models_app.model_files import InputExample, ModelFacts, parse_mlmodel, read_model_facts
from models_app.storage.local import LocalStore
from tests.conftest import once
from tests.storage.contract import put

pytestmark = once

SAVED = LocalStore(Path(__file__).parent / "data" / "models")
IRIS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


@pytest.mark.parametrize(("client", "version"), [("mlflow2", "2.22.5"), ("mlflow3", "3.17.2")])
def test_a_model_saved_by_the_client_is_read(client: str, version: str) -> None:
    facts = read_model_facts(SAVED, f"{client}-sklearn")
    assert facts.problem == ""
    assert facts.has_mlmodel
    assert facts.mlflow_version == version
    assert facts.python_version == "3.11.7"
    assert facts.flavors == {"python_function": "3.11.7", "sklearn": "1.9.1"}
    assert facts.signature["inputs"] == [{"name": name, "type": "double", "required": True} for name in IRIS]
    assert facts.signature["outputs"] == [{"name": "", "type": "tensor(int64)", "required": True, "shape": [-1]}]
    assert facts.signature["params"] == []
    assert f"mlflow=={version}" in facts.requirements
    assert facts.utc_time_created.startswith("2026-11-23 04:")
    assert facts.model_size_bytes in {1453, 11544}
    assert len(facts.model_uuid) == 32
    assert len(facts.digest) == 64
    assert facts.file_count == 5
    assert facts.size == sum(info.size for info in SAVED.walk(f"{client}-sklearn"))
    assert not facts.is_partial
    example = facts.input_example
    assert (example.path, example.kind, example.orient) == ("input_example.json", "dataframe", "split")
    assert json.loads(example.text)["columns"] == IRIS


@pytest.mark.parametrize("client", ["mlflow2", "mlflow3"])
def test_tensors_and_params_are_read(client: str) -> None:
    facts = read_model_facts(SAVED, f"{client}-tensor")
    assert facts.signature["inputs"] == [
        {"name": "image", "type": "tensor(float32)", "required": True, "shape": [-1, 28, 28, 1]}
    ]
    assert facts.signature["params"] == [
        {"name": "temperature", "type": "double", "required": False, "default": "0.5"},
        {"name": "stop", "type": "string", "required": False, "shape": [-1], "default": '["a", "b"]'},
    ]
    assert facts.metadata == {"task": "vision"}
    assert facts.input_example is None


@pytest.mark.parametrize("client", ["mlflow2", "mlflow3"])
def test_nested_types_are_written_out(client: str) -> None:
    columns = read_model_facts(SAVED, f"{client}-nested").signature["inputs"]
    assert [(column["name"], column["type"], column["required"]) for column in columns] == [
        ("messages", "array(object(content: string, n?: long, role: string))", True),
        ("note", "string", False),
        ("weights", "map(double)", True),
        ("at", "datetime", True),
    ]


def test_a_model_without_signature_has_none() -> None:
    assert read_model_facts(SAVED, "mlflow3-bare").signature is None


def test_a_folder_without_mlmodel_is_still_counted(store: LocalStore) -> None:
    put(store, "a/weights.bin", b"123")
    put(store, "a/deep/b", b"12")
    assert read_model_facts(store, "a") == ModelFacts(file_count=2, size=5)


def test_a_missing_folder_has_no_facts(store: LocalStore) -> None:
    assert read_model_facts(store, "nowhere") == ModelFacts(file_count=0, size=0)


def test_a_bad_path_is_a_problem_not_an_error(store: LocalStore) -> None:
    assert "can't be read" in read_model_facts(store, "../x").problem


def test_a_store_that_fails_is_a_problem_not_an_error(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> None:
        raise OSError("input/output error")

    monkeypatch.setattr(store, "stat", broken)
    assert "input/output error" in read_model_facts(store, "a").problem


def test_many_files_are_counted_up_to_a_limit(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_files, "WALKED_FILES", 3)
    for number in range(4):
        put(store, f"a/{number}")
    facts = read_model_facts(store, "a")
    assert (facts.file_count, facts.is_partial) == (3, True)


def test_requirements_come_without_comments(store: LocalStore) -> None:
    put(store, "a/requirements.txt", b"# made by hand\n\nnumpy==2.0  \n  pandas\n\xff\n" + b"x\n" * 2_000)
    requirements = read_model_facts(store, "a").requirements
    assert requirements[:3] == ("numpy==2.0", "pandas", "\ufffd")
    assert len(requirements) == model_files.LINES


def test_old_models_name_requirements_in_their_conda_file(store: LocalStore) -> None:
    put(store, "a/conda.yaml", b"dependencies:\n- python=3.8\n- pip:\n  - mlflow\n  - scikit-learn==0.24\n")
    assert read_model_facts(store, "a").requirements == ("mlflow", "scikit-learn==0.24")
    put(store, "b/conda.yaml", b"dependencies: [")
    assert read_model_facts(store, "b").requirements == ()


def test_a_long_example_is_cut(store: LocalStore) -> None:
    put(store, "a/MLmodel", b"saved_input_example_info: {artifact_path: big.json, type: json_object}")
    put(store, "a/big.json", b"x" * 100_000)
    example = read_model_facts(store, "a").input_example
    assert (len(example.text), example.is_truncated, example.kind) == (65_536, True, "json_object")


@pytest.mark.parametrize("path", ["../../secret", "/etc/passwd", "missing.json", "", "a\\b"])
def test_an_example_is_only_read_from_the_model_itself(store: LocalStore, path: str) -> None:
    put(store, "secret", b"secret")
    put(store, "x/model/MLmodel", f"saved_input_example_info: {{artifact_path: '{path}'}}".encode())
    example = read_model_facts(store, "x/model").input_example
    assert (example and example.text) == ("" if path else None)


def test_flavors_find_their_version_under_any_name() -> None:
    facts = parse_mlmodel(
        b"flavors:\n  xgboost: {xgb_version: 2.1.0, data: model.xgb}\n  keras: {keras_version: '3.5'}\n"
        b"  custom: {loader: x}\n  python_function: {python_version: 3.11.7}\n  odd: text\n"
    )
    assert facts.flavors == {"xgboost": "2.1.0", "keras": "3.5", "custom": "", "python_function": "3.11.7", "odd": ""}


HOSTILE = {
    "empty": b"",
    "list": b"- a",
    "text": b"hello",
    "binary": bytes(range(256)) * 100,
    "broken": b"flavors: [",
    "wrong types": b"flavors: [1]\nsignature: 5\nmetadata: x\nsaved_input_example_info: []\nmodel_size_bytes: yes",
    "deep signature": b"signature:\n  inputs: '" + b"[" * 500_000 + b"'",
    "signature of nothing": b"signature: {inputs: '5', outputs: '[1, null, \"x\"]', params: '{}'}",
    "deep type": b"signature:\n  inputs: '[" + b'{"type": "array", "items": ' * 900 + b"{}" + b"}" * 900 + b"]'",
    "huge number": b"model_size_bytes: " + b"9" * 30,
    "nul": b'model_uuid: "a\\0b"\nsignature: {inputs: \'[{"name": "\\u0000\\ud800", "type": "double"}]\'}',
    "nan": b'signature: {params: \'[{"name": "a", "type": "double", "default": NaN}]\'}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mlmodel_raises_nothing_and_fits_every_database(name: str) -> None:
    start = time.monotonic()
    facts = parse_mlmodel(HOSTILE[name])
    assert time.monotonic() - start < 5
    kept = json.dumps([facts.signature, facts.flavors, facts.metadata, facts.model_uuid], allow_nan=False)
    assert "\\u0000" not in kept
    assert "\\ud800" not in kept
    assert facts.model_size_bytes is None
    assert facts.has_mlmodel


def test_a_very_large_mlmodel_is_not_read(store: LocalStore) -> None:
    store.put("a/MLmodel", io.BytesIO(b"#" * (model_files.MLMODEL_BYTES + 1)))
    facts = read_model_facts(store, "a")
    assert "larger than" in facts.problem
    assert facts.size == model_files.MLMODEL_BYTES + 1


def test_a_wide_signature_is_cut() -> None:
    columns = json.dumps([{"name": f"c{n}", "type": "double"} for n in range(5_000)])
    facts = parse_mlmodel(f"signature:\n  inputs: '{columns}'".encode())
    assert len(facts.signature["inputs"]) == model_files.COLUMNS


def test_an_example_keeps_its_place() -> None:
    facts = parse_mlmodel(b"saved_input_example_info: {artifact_path: ./in/x.json, type: ndarray}")
    assert facts.input_example == InputExample(path="in/x.json", kind="ndarray")
