"""What the client offers, which of it the suite has called, and which it leaves alone for a reason."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import wraps
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODULES = ("", "artifacts", "data", "genai", "models", "pyfunc", "sklearn", "statsmodels")

# Reason -> patterns of names, as `called` has them. A name that the suite does call must not stand here.
LEFT_OUT = {
    "traces, spans and assessments are no part of a registry": (
        *("*trace", "*traces", "*_trace_*", "*_trace", "*span*", "*assessment*", "*feedback*", "*expectation*"),
        *("mlflow.log_issue", "mlflow.search_sessions", "mlflow.test", "mlflow.genai.test_agent", "mlflow.context"),
        *("*traces_to_run", "*traces_from_run", "mlflow.maybe_hint_tracing_skill"),
    ),
    "scorers, judges, labels and evaluation of generated text are no part of a registry": (
        *("mlflow.genai.*scorer*", "mlflow.genai.make_judge", "mlflow.genai.*labeling_session*"),
        *("mlflow.genai.get_review_app", "mlflow.genai.evaluate", "mlflow.genai.to_predict_fn"),
        *("mlflow.genai.optimize_prompt*", "mlflow.models.set_retriever_schema"),
    ),
    "evaluation datasets of mlflow.genai are none that runs log": (
        *("mlflow.genai.*_dataset*", "MlflowClient.*_dataset", "MlflowClient.*_dataset_tag*"),
        *("MlflowClient.search_datasets", "MlflowClient.*_dataset_*experiments"),
    ),
    "servers of the Model Context Protocol are no models": ("*mcp_*",),
    "webhooks are not offered": ("MlflowClient.*webhook*",),
    "workspaces are not offered": ("*_workspace", "*_workspaces", "*_workspace_store_uri"),
    "runs code of projects and git, in environments that it builds": (
        *("mlflow.run", "mlflow.models.build_docker", "mlflow.models.predict", "mlflow.models.add_libraries_to_model"),
        *("mlflow.genai.*_git_model_versioning", "mlflow.pyfunc.build_model_env", "mlflow.pyfunc.spark_udf"),
        "mlflow.pyfunc.*archive*",
    ),
    "measures the machine it runs on and logs what it measures as any other metric": ("*system_metrics*",),
    "speaks to Databricks, Spark or packages that we do not install": (
        *("mlflow.login", "mlflow.import_checkpoints", "mlflow.data.from_spark", "mlflow.data.load_delta"),
        *("mlflow.data.from_huggingface", "mlflow.data.from_tensorflow", "mlflow.set_telemetry_client"),
    ),
    "speaks to no server": (
        *("mlflow.doctor", "mlflow.validate_evaluation_results", "mlflow.models.convert_input*"),
        *("mlflow.models.infer_pip_requirements", "mlflow.models.list_evaluators", "mlflow.models.make_metric"),
        *("mlflow.models.set_model", "mlflow.models.validate_*", "mlflow.pyfunc.add_to_model"),
        *("mlflow.pyfunc.set_prediction_context", "mlflow.pyfunc.update_signature*", "*.get_default_*"),
    ),
    "autolog of one flavour stands for all": ("mlflow.autolog", "mlflow.statsmodels.autolog"),
    "another name of one that is called": ("mlflow.pyfunc.load_pyfunc", "mlflow.evaluate"),
}


def offered() -> Iterator[tuple[Any, str, str]]:
    """(owner, name of the attribute, name here) of every public function of the client in these areas."""
    client = importlib.import_module("mlflow").MlflowClient
    owners = [("MlflowClient", client)]
    for name in MODULES:
        whole = f"mlflow.{name}".rstrip(".")
        try:
            owners.append((whole, importlib.import_module(whole)))
        except ModuleNotFoundError:
            assert name == "genai", name  # mlflow 2 has none
    for prefix, owner in owners:
        for name, found in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_") and (owner is client or is_of(owner, name, found)):
                yield owner, name, f"{prefix}.{name}"


def is_of(module: Any, name: str, function: Any) -> bool:
    """Not one that the module only uses itself."""
    if name in getattr(module, "__all__", ()):
        return True
    if module.__name__ == "mlflow":
        return True
    # A decorator may come from elsewhere, what it decorates does not.
    return "__all__" not in vars(module) and inspect.unwrap(function).__module__.startswith(module.__name__)


@contextmanager
def recording(called: set[str]) -> Iterator[set[str]]:
    """Adds to `called` what a module of this folder calls itself; the value is the names of all there is."""
    found = list(offered())
    for owner, name, whole in found:
        setattr(owner, name, recorded(vars(owner).get(name, getattr(owner, name)), whole, called))
    try:
        yield {whole for _, _, whole in found}
    finally:
        for owner, name, _ in found:
            setattr(owner, name, getattr(owner, name).__wrapped__)


def recorded(function: Callable[..., Any], name: str, called: set[str]) -> Callable[..., Any]:
    @wraps(function)
    def record(*arguments: Any, **options: Any) -> Any:
        # The client calls its own functions too: that would be no test of them.
        if Path(sys._getframe(1).f_code.co_filename).parent == HERE:
            called.add(name)
        return function(*arguments, **options)

    return record


def reason_for(name: str) -> str:
    """Why it is left out; "" when nothing says so."""
    for reason, patterns in LEFT_OUT.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return reason
    return ""


def forgotten(known: set[str], called: set[str]) -> list[str]:
    return sorted(name for name in known - called if not reason_for(name))


def needlessly_left_out(called: set[str]) -> list[str]:
    return sorted(name for name in called if reason_for(name))
