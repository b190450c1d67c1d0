"""Both faces on one address: MLflow's protocol below /api (and /ajax-api), pages everywhere else."""

from django.urls import include, path

urlpatterns = [
    path("", include("models_app.api.urls")),
    path("", include("models_app.web.urls")),
]
