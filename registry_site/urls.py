"""Both faces on one address: MLflow's protocol below /api (and /ajax-api), pages everywhere else."""

from django.urls import include, path

urlpatterns = [
    path("", include("models_app.api.urls")),
    path("", include("models_app.web.urls")),
]

handler403 = "models_app.web.views.errors.permission_denied"
handler404 = "models_app.web.views.errors.not_found"
handler500 = "models_app.web.views.errors.server_error"
