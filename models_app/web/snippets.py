"""Lines of client code that pages offer to copy; they name this server and the very thing the page shows."""

import json
from collections.abc import Sequence

from django.http import HttpRequest


def server_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def literal(text: str) -> str:
    """As Python source: JSON's string escapes are Python's too."""
    return json.dumps(text, ensure_ascii=False)


def _script(server: str, *lines: str) -> str:
    return "\n".join(["import mlflow", "", f"mlflow.set_tracking_uri({literal(server)})", *lines])


def _narrow(server: str, function: str, text: str) -> str:
    """For the rail of a page, which would break longer lines inside their texts."""
    calls = [("mlflow.set_tracking_uri", server), (function, text)]
    return "\n".join(["import mlflow", "", *(f"{name}(\n    {literal(given)}\n)" for name, given in calls)])


def first_run(server: str, experiment: str) -> str:
    return _script(
        server,
        f"mlflow.set_experiment({literal(experiment)})",
        "",
        "with mlflow.start_run():",
        '    mlflow.log_param("learning_rate", 0.1)',
        '    mlflow.log_metric("accuracy", 0.93)',
    )


def load_model(server: str, uri: str) -> str:
    return load_native(server, uri, "pyfunc")


def load_native(server: str, uri: str, flavor: str) -> str:
    return _narrow(server, f"model = mlflow.{flavor}.load_model", uri)


def load_prompt(server: str, uri: str) -> str:
    return _narrow(server, "prompt = mlflow.genai.load_prompt", uri)


def log_model(server: str, experiment: str) -> str:
    return _script(
        server,
        f"mlflow.set_experiment({literal(experiment)})",
        "",
        "with mlflow.start_run():",
        '    mlflow.sklearn.log_model(model, name="model")',
    )


def continue_run(server: str, run_id: str, *lines: str) -> str:
    return _script(server, "", f"with mlflow.start_run({literal(run_id)}):", *(f"    {line}" for line in lines))


def load_run(server: str, run_id: str, model_uris: Sequence[str]) -> str:
    """What a run logged, its files, and its model if it has just one."""
    lines = [
        "client = mlflow.MlflowClient()",
        f"run = client.get_run({literal(run_id)})",
        "run.data.params, run.data.metrics",
        "",
        "# every point of a curve",
        "client.get_metric_history(",
        '    run.info.run_id, "loss"',
        ")",
        "folder = mlflow.artifacts.download_artifacts(",
        "    run_id=run.info.run_id",
        ")",
    ]
    if len(model_uris) == 1:
        lines += ["model = mlflow.pyfunc.load_model(", f"    {literal(model_uris[0])}", ")"]
    return _script(server, *lines)


def first_model(server: str) -> str:
    """The lines that put a model into an empty registry."""
    return _script(
        server,
        'mlflow.set_experiment("first steps")',
        'mlflow.sklearn.log_model(model, name="model", registered_model_name="my-model")',
    )


def register_version(server: str, name: str) -> str:
    return _script(server, f'mlflow.sklearn.log_model(model, name="model", registered_model_name={literal(name)})')


def download_files(server: str, uri: str) -> str:
    return _narrow(server, "folder = mlflow.artifacts.download_artifacts", uri)
