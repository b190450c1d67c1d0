"""The table of MLflow's REST protocol: what this server answers, and what it leaves out for a reason."""

from models_app.api.dispatch import AJAX_2, API_3, ROOT, Endpoint
from models_app.api.mlflow.resources import (
    artifacts,
    experiments,
    logged_models,
    metrics,
    mlflow_artifacts,
    model_versions,
    registered_models,
    runs,
    server_info,
)

TRACES = "Traces of calls to language models are another product's subject; a registry keeps models."

ENDPOINTS = [
    Endpoint("GET", "health", server_info.health, at=ROOT, raw=True, open=True),
    Endpoint("GET", "version", server_info.version, at=ROOT, raw=True),
    Endpoint("GET", "mlflow/server-info", server_info.get, at=API_3, open=True),
    # Registered models
    Endpoint("POST", "mlflow/registered-models/create", registered_models.create),
    Endpoint("GET", "mlflow/registered-models/get", registered_models.get),
    Endpoint("POST", "mlflow/registered-models/rename", registered_models.rename),
    Endpoint("PATCH", "mlflow/registered-models/update", registered_models.update),
    Endpoint("DELETE", "mlflow/registered-models/delete", registered_models.delete),
    Endpoint("GET", "mlflow/registered-models/search", registered_models.search),
    Endpoint("POST", "mlflow/registered-models/get-latest-versions", registered_models.get_latest_versions),
    Endpoint("GET", "mlflow/registered-models/get-latest-versions", registered_models.get_latest_versions),
    Endpoint("POST", "mlflow/registered-models/set-tag", registered_models.set_tag),
    Endpoint("DELETE", "mlflow/registered-models/delete-tag", registered_models.delete_tag),
    Endpoint("POST", "mlflow/registered-models/alias", registered_models.set_alias),
    Endpoint("GET", "mlflow/registered-models/alias", registered_models.get_version_by_alias),
    Endpoint("DELETE", "mlflow/registered-models/alias", registered_models.delete_alias),
    # Model versions
    Endpoint("POST", "mlflow/model-versions/create", model_versions.create),
    Endpoint("GET", "mlflow/model-versions/get", model_versions.get),
    Endpoint("PATCH", "mlflow/model-versions/update", model_versions.update),
    Endpoint("DELETE", "mlflow/model-versions/delete", model_versions.delete),
    Endpoint("GET", "mlflow/model-versions/search", model_versions.search),
    Endpoint("POST", "mlflow/model-versions/transition-stage", model_versions.transition_stage),
    Endpoint("GET", "mlflow/model-versions/get-download-uri", model_versions.get_download_uri),
    Endpoint("POST", "mlflow/model-versions/set-tag", model_versions.set_tag),
    Endpoint("DELETE", "mlflow/model-versions/delete-tag", model_versions.delete_tag),
    Endpoint("GET", "model-versions/get-artifact", model_versions.get_artifact, at=ROOT, raw=True),
    # Experiments
    Endpoint("POST", "mlflow/experiments/create", experiments.create),
    Endpoint("GET", "mlflow/experiments/get", experiments.get),
    Endpoint("GET", "mlflow/experiments/get-by-name", experiments.get_by_name),
    Endpoint("POST", "mlflow/experiments/search", experiments.search),
    Endpoint("GET", "mlflow/experiments/search", experiments.search),
    Endpoint("POST", "mlflow/experiments/delete", experiments.delete),
    Endpoint("POST", "mlflow/experiments/restore", experiments.restore),
    Endpoint("POST", "mlflow/experiments/update", experiments.update),
    Endpoint("POST", "mlflow/experiments/set-experiment-tag", experiments.set_tag),
    Endpoint("POST", "mlflow/experiments/delete-experiment-tag", experiments.delete_tag),
    Endpoint("POST", "mlflow/experiments/search-datasets", experiments.search_datasets),
    # Runs
    Endpoint("POST", "mlflow/runs/create", runs.create),
    Endpoint("GET", "mlflow/runs/get", runs.get),
    Endpoint("POST", "mlflow/runs/update", runs.update),
    Endpoint("POST", "mlflow/runs/delete", runs.delete),
    Endpoint("POST", "mlflow/runs/restore", runs.restore),
    Endpoint("POST", "mlflow/runs/search", runs.search),
    Endpoint("POST", "mlflow/runs/log-metric", runs.log_metric),
    Endpoint("POST", "mlflow/runs/log-parameter", runs.log_parameter),
    Endpoint("POST", "mlflow/runs/log-batch", runs.log_batch),
    Endpoint("POST", "mlflow/runs/log-inputs", runs.log_inputs),
    Endpoint("POST", "mlflow/runs/outputs", runs.log_outputs),
    Endpoint("POST", "mlflow/runs/log-model", runs.log_model),
    Endpoint("POST", "mlflow/runs/set-tag", runs.set_tag),
    Endpoint("POST", "mlflow/runs/delete-tag", runs.delete_tag),
    # Metrics
    Endpoint("GET", "mlflow/metrics/get-history", metrics.get_history),
    Endpoint("GET", "mlflow/metrics/get-history-bulk-interval", metrics.get_history_bulk_interval),
    Endpoint("GET", "mlflow/metrics/get-history-bulk", metrics.get_history_bulk, at=AJAX_2),
    # Logged models
    Endpoint("POST", "mlflow/logged-models", logged_models.create),
    Endpoint("POST", "mlflow/logged-models/search", logged_models.search),
    Endpoint("GET", "mlflow/logged-models/<model_id>", logged_models.get),
    Endpoint("PATCH", "mlflow/logged-models/<model_id>", logged_models.finalize),
    Endpoint("DELETE", "mlflow/logged-models/<model_id>", logged_models.delete),
    Endpoint("PATCH", "mlflow/logged-models/<model_id>/tags", logged_models.set_tags),
    # The client does not escape the key, which may hold slashes.
    Endpoint("DELETE", "mlflow/logged-models/<model_id>/tags/<path:key>", logged_models.delete_tag),
    Endpoint("POST", "mlflow/logged-models/<model_id>/params", logged_models.log_params),
    Endpoint("GET", "mlflow/logged-models/<model_id>/artifacts/directories", logged_models.list_artifacts),
    Endpoint("GET", "mlflow/logged-models/<model_id>/artifacts/files", logged_models.get_artifact, at=AJAX_2, raw=True),
    # Files of a run, for users of the REST API and of browsers; the client goes through the proxy below
    Endpoint("GET", "mlflow/artifacts/list", artifacts.list_artifacts),
    Endpoint("GET", "get-artifact", artifacts.get, at=ROOT, raw=True),
    Endpoint("POST", "mlflow/upload-artifact", artifacts.upload, at=AJAX_2, raw=True),
    Endpoint("POST", "mlflow/artifacts/presigned-upload-url", artifacts.presigned_upload),
    Endpoint("POST", "mlflow/artifacts/presigned-download-url", artifacts.presigned_download),
    # The artifact proxy
    Endpoint("GET", "mlflow-artifacts/artifacts", mlflow_artifacts.list_artifacts),
    Endpoint("GET", "mlflow-artifacts/artifacts/<path:path>", mlflow_artifacts.download, raw=True),
    Endpoint("PUT", "mlflow-artifacts/artifacts/<path:path>", mlflow_artifacts.upload, raw=True),
    Endpoint("DELETE", "mlflow-artifacts/artifacts/<path:path>", mlflow_artifacts.delete),
    Endpoint("POST", "mlflow-artifacts/mpu/create/<path:path>", mlflow_artifacts.create_upload, raw=True),
    Endpoint("POST", "mlflow-artifacts/mpu/complete/<path:path>", mlflow_artifacts.complete_upload, raw=True),
    Endpoint("POST", "mlflow-artifacts/mpu/abort/<path:path>", mlflow_artifacts.abort_upload, raw=True),
    Endpoint("GET", "mlflow-artifacts/presigned/<path:path>", mlflow_artifacts.presign, raw=True),
]

# What the client knows and this server does not answer, by the beginning of its path, with the reason. These addresses
# get ENDPOINT_NOT_FOUND, which clients take as "this server can't do that" and do not repeat.
NOT_OFFERED = {
    "mlflow/traces": TRACES,
    "mlflow/unified-traces": TRACES,
    "mlflow/get-online-trace-details": TRACES,
    "mlflow/datasets": "Evaluation datasets hold records of traces. The datasets of runs are logged with the runs.",
    "mlflow/issues": TRACES,
    "mlflow/label-schemas": TRACES,
    "mlflow/review-queues": TRACES,
    "mlflow/scorers": "Scorers judge traces.",
    "mlflow/prompt-optimization": "Prompts are kept, versioned and aliased here like models; nothing here runs them.",
    "mlflow/gateway": "Laurel keeps models, it does not call any.",
    "mlflow/webhooks": "Laurel calls nobody: what happens is told by its activity pages.",
    "mlflow/workspaces": "There is one workspace, and the protocol's calls to make others are not needed to use it.",
}

# Likewise for what clients, browsers and agents ask at addresses that no service of the protocol declares.
NOT_DECLARED = {
    "gateway": NOT_OFFERED["mlflow/gateway"],
    "mlflow/gateway-proxy": NOT_OFFERED["mlflow/gateway"],
    "v1": TRACES,
    "mlflow/get-trace-artifact": TRACES,
    "mlflow/scorer": NOT_OFFERED["mlflow/scorers"],
    "mlflow/genai": NOT_OFFERED["mlflow/scorers"],
    "mlflow/mcp-servers": "Laurel keeps models; it is no directory of tools for agents.",
    "mlflow/assistant": "Laurel has no assistant.",
    "mlflow/demo": "`manage.py serve --demo` fills an empty registry with examples.",
    "mlflow/runs/create-promptlab-run": NOT_OFFERED["mlflow/prompt-optimization"],
    "mlflow/jobs": "Laurel runs no jobs: every call is done when it is answered.",
    "jobs": "Laurel runs no jobs: every call is done when it is answered.",
    "mlflow/ui-telemetry": "Laurel sends nobody figures of its use.",
    "mlflow/users": "Accounts are made on the server: see `manage.py createsuperuser`.",
    "mlflow/roles": "An account edits, a superuser manages: there are no roles.",
    "signup": "Accounts are made on the server: see `manage.py createsuperuser`.",
    "graphql": "The pages of MLflow ask here; Laurel's pages are its own.",
}
