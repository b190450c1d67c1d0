"""The addresses of the pages; MLflow's protocol, below /api and /ajax-api, is answered by ApiMiddleware."""

from django.urls import include, path

urlpatterns = [
    path("", include("models_app.web.urls")),
]

handler400 = "models_app.web.views.errors.bad_request"
handler403 = "models_app.web.views.errors.permission_denied"
handler404 = "models_app.web.views.errors.not_found"
handler500 = "models_app.web.views.errors.server_error"
