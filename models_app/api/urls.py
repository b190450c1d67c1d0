"""The addresses of all protocols; everything that looks like an API address gets a JSON answer."""

from django.urls import re_path

from models_app.api.dispatch import Router, view_of
from models_app.api.mlflow.endpoints import ENDPOINTS

urlpatterns = [
    re_path(
        # Not (?s:.*): Django can't reverse any address of the site beside a pattern with flags.
        r"^(?:(?:ajax-)?api/[\s\S]*|v1/[\s\S]*|graphql|health|version|get-artifact|model-versions/get-artifact)\Z",
        view_of(Router(ENDPOINTS)),
    ),
]
