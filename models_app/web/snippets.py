"""Lines of client code that pages offer to copy; they name this server and the very thing the page shows."""

import json

from django.http import HttpRequest


def server_of(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def literal(text: str) -> str:
    """As Python source: JSON's string escapes are Python's too."""
    return json.dumps(text, ensure_ascii=False)


def first_run(server: str, experiment: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f"mlflow.set_experiment({literal(experiment)})",
            "",
            "with mlflow.start_run():",
            '    mlflow.log_param("learning_rate", 0.1)',
            '    mlflow.log_metric("accuracy", 0.93)',
        ]
    )


def load_model(server: str, uri: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f"model = mlflow.pyfunc.load_model({literal(uri)})",
        ]
    )


def log_model(server: str, experiment: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f"mlflow.set_experiment({literal(experiment)})",
            "",
            "with mlflow.start_run():",
            '    mlflow.sklearn.log_model(model, name="model")',
        ]
    )


def continue_run(server: str, run_id: str, *lines: str) -> str:
    opening = ["import mlflow", "", f"mlflow.set_tracking_uri({literal(server)})", ""]
    return "\n".join([*opening, f"with mlflow.start_run({literal(run_id)}):", *(f"    {line}" for line in lines)])


def first_model(server: str) -> str:
    """The three lines that put a model into an empty registry, and what they need around them."""
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            'mlflow.set_experiment("first steps")',
            'mlflow.sklearn.log_model(model, name="model", registered_model_name="my-model")',
        ]
    )


def register_version(server: str, name: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f'mlflow.sklearn.log_model(model, name="model", registered_model_name={literal(name)})',
        ]
    )


def load_native(server: str, uri: str, flavor: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f"model = mlflow.{flavor}.load_model({literal(uri)})",
        ]
    )


def download_files(server: str, uri: str) -> str:
    return "\n".join(
        [
            "import mlflow",
            "",
            f"mlflow.set_tracking_uri({literal(server)})",
            f"folder = mlflow.artifacts.download_artifacts({literal(uri)})",
        ]
    )
