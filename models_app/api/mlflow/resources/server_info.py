"""What clients ask about the server itself before they use it."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from models_app.storage import get_store

# The release of MLflow whose protocol this server speaks. Clients compare it with their own before newer calls.
PROTOCOL_VERSION = "3.17.2"


def get(_actor: None) -> dict[str, Any]:
    # Clients may move files without this server between; else single streams through the proxy are what there is.
    is_direct = get_store().direct is not None
    return {
        "store_type": "SqlStore",
        # The header that names a workspace is obeyed; the calls that make workspaces are not offered.
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": is_direct,
        "multipart_downloads_enabled": is_direct,
        "presigned_upload_run_id_supported": is_direct,
        "presigned_upload_model_id_supported": is_direct,
        "features_enabled": {"gateway": False},
    }


def health(_actor: None, _request: HttpRequest) -> HttpResponse:
    return HttpResponse("OK", content_type="text/plain")


def version(_actor: object, _request: HttpRequest) -> HttpResponse:
    return HttpResponse(PROTOCOL_VERSION, content_type="text/plain")
