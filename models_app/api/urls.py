"""The addresses of all protocols; everything that looks like an API address gets a JSON answer."""

from django.urls import re_path

from models_app.api.dispatch import Router, view_of
from models_app.api.mlflow.endpoints import ENDPOINTS

urlpatterns = [
    re_path(
        r"^(?s:(?:ajax-)?api/.*|v1/.*|graphql|health|version|get-artifact|model-versions/get-artifact)\Z",
        view_of(Router(ENDPOINTS)),
    ),
]
