"""What clients ask about the server itself before they use it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

# The release of MLflow whose protocol this server speaks. Clients compare it with their own before newer calls.
PROTOCOL_VERSION = "3.17.2"


def get(_actor: None) -> dict[str, Any]:
    return {
        "store_type": "SqlStore",
        # The header that names a workspace is obeyed; the calls that make workspaces are not offered.
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        # Single streams through the proxy are what this server offers; see mlflow_artifacts.
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "presigned_upload_run_id_supported": False,
        "presigned_upload_model_id_supported": False,
        "features_enabled": {"gateway": False},
    }


def health(_actor: None, _request: HttpRequest) -> HttpResponse:
    return HttpResponse("OK", content_type="text/plain")


def version(_actor: object, _request: HttpRequest) -> HttpResponse:
    return HttpResponse(PROTOCOL_VERSION, content_type="text/plain")
