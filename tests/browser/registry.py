"""Setting the stage for a page through the protocol, as a client does, but without that one's start-up time."""

import itertools
import json
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

_count = itertools.count(1)
MLMODEL = """\
artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
    model_path: model.pkl
    python_version: 3.11.2
  sklearn:
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.7.0
mlflow_version: 3.17.2
signature:
  inputs: '[{"type": "double", "name": "length", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
"""


@dataclass(frozen=True)
class Registry:
    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        return json.loads(self._send(method, f"/api/2.0/mlflow/{path}", json.dumps(body).encode()) or b"{}")

    def _send(self, method: str, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read()

    def experiment(self, name: str = "") -> str:
        name = name or f"experiment-{next(_count)}"
        return str(self.call("POST", "experiments/create", name=name)["experiment_id"])

    def run(self, name: str, *, experiment: str = "", accuracy: float = 0.9, model: str = "model") -> "LoggedRun":
        """A finished run with a param, a curve, and a folder that holds a model."""
        started = time.time_ns() // 1_000_000
        experiment = experiment or self.experiment()
        answer = self.call("POST", "runs/create", experiment_id=experiment, run_name=name, start_time=started)
        run_id = answer["run"]["info"]["run_id"]
        curve = [
            {"key": "loss", "value": 1 / (step + 1), "step": step, "timestamp": started + step} for step in range(20)
        ]
        final = {"key": "accuracy", "value": accuracy, "step": 0, "timestamp": started + 20}
        params = [{"key": "depth", "value": "3"}]
        self.call("POST", "runs/log-batch", run_id=run_id, metrics=[*curve, final], params=params)
        run = LoggedRun(run_id, experiment, name)
        self.upload(run, f"{model}/MLmodel", MLMODEL.encode())
        self.upload(run, f"{model}/requirements.txt", b"scikit-learn==1.7.0\n")
        self.upload(run, f"{model}/model.pkl", b"\x80\x04" + bytes(500))
        # As clients of MLflow 2 announce a model; the folder alone would be found among the files only.
        announced = {"artifact_path": model, "flavors": {"sklearn": {}}, "utc_time_created": "", "run_id": run_id}
        self.call("POST", "runs/log-model", run_id=run_id, model_json=json.dumps(announced))
        self.call("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=started + 2_000)
        return run

    def run_of(self, run_id: str) -> "LoggedRun":
        info = self._get(f"runs/get?run_id={run_id}")["run"]["info"]
        return LoggedRun(run_id, str(info["experiment_id"]), info["run_name"])

    def upload(self, run: "LoggedRun", path: str, content: bytes) -> None:
        self._send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{run.folder}/{path}", content)

    def model(
        self, name: str, *, versions: int = 0, description: str = "", aliases: dict[str, int] | None = None
    ) -> str:
        self.call("POST", "registered-models/create", name=name, description=description)
        for number in range(1, versions + 1):
            self.version(name, self.run(f"{name}-{number}", accuracy=0.8 + number / 100))
        for alias, number in (aliases or {}).items():
            self.call("POST", "registered-models/alias", name=name, alias=alias, version=str(number))
        return name

    def version(self, name: str, run: "LoggedRun") -> int:
        source = f"runs:/{run.run_id}/model"
        answer = self.call("POST", "model-versions/create", name=name, source=source, run_id=run.run_id)
        return int(answer["model_version"]["version"])

    def aliases_of(self, name: str) -> dict[str, str]:
        model = self._get(f"registered-models/get?name={name}")["registered_model"]
        return {entry["alias"]: entry["version"] for entry in model.get("aliases", [])}

    def model_names(self) -> list[str]:
        return [model["name"] for model in self._get("registered-models/search?max_results=1000")["registered_models"]]

    def description_of(self, name: str) -> str:
        return str(self._get(f"registered-models/get?name={name}")["registered_model"].get("description", ""))

    def tags_of(self, name: str) -> dict[str, str]:
        model = self._get(f"registered-models/get?name={name}")["registered_model"]
        return {tag["key"]: tag["value"] for tag in model.get("tags", [])}

    def version_of(self, name: str, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self._get(f"model-versions/get?name={name}&version={number}")["model_version"]
        return found

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/2.0/mlflow/{path}", timeout=20) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found


@dataclass(frozen=True)
class LoggedRun:
    run_id: str
    experiment_id: str
    name: str

    @property
    def folder(self) -> str:
        return f"{self.experiment_id}/{self.run_id}/artifacts"
