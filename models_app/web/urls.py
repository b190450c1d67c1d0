"""Addresses for people, one list per noun; no fixed word stands directly under /models/, a model may have its name."""

from django.contrib.auth import views as auth
from django.urls import path

from models_app.web.views import descriptions, preferences, tags

app_name = "web"

ACCOUNT = [
    path("login", auth.LoginView.as_view(), name="login"),
    path("logout", auth.LogoutView.as_view(), name="logout"),
    path("theme", preferences.set_theme, name="set_theme"),
]

REGISTERED_MODELS: list = []

MODEL_VERSIONS: list = []

EXPERIMENTS: list = []

RUNS: list = []

LOGGED_MODELS: list = []

ARTIFACTS: list = []

ACTIVITY: list = []

MODEL = "models/<str:name>"
VERSION = "models/<str:name>/versions/<int:number>"
EXPERIMENT = "experiments/<int:experiment_id>"
RUN = "runs/<str:run_id>"

DESCRIPTIONS = [
    path(f"{MODEL}/description", descriptions.edit, {"noun": "registered_model"}, name="registered_model_description"),
    path(f"{VERSION}/description", descriptions.edit, {"noun": "model_version"}, name="model_version_description"),
    path(f"{EXPERIMENT}/description", descriptions.edit, {"noun": "experiment"}, name="experiment_description"),
    path(f"{RUN}/description", descriptions.edit, {"noun": "run"}, name="run_description"),
    path("preview", descriptions.preview, name="markdown_preview"),
]

TAGS = [
    path(f"{MODEL}/tags", tags.edit, {"noun": "registered_model"}, name="registered_model_tags"),
    path(f"{VERSION}/tags", tags.edit, {"noun": "model_version"}, name="model_version_tags"),
    path(f"{EXPERIMENT}/tags", tags.edit, {"noun": "experiment"}, name="experiment_tags"),
    path(f"{RUN}/tags", tags.edit, {"noun": "run"}, name="run_tags"),
    path("tags/suggestions", tags.suggestions, name="tag_suggestions"),
]

urlpatterns = [
    *ACCOUNT,
    *DESCRIPTIONS,
    *TAGS,
    *REGISTERED_MODELS,
    *MODEL_VERSIONS,
    *EXPERIMENTS,
    *RUNS,
    *LOGGED_MODELS,
    *ARTIFACTS,
    *ACTIVITY,
]
