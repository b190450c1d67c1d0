"""Addresses for people, one list per noun; no fixed word stands directly under /models/, a model may have its name."""

from django.contrib.auth import views as auth
from django.urls import path

from models_app.web.views import (
    activity,
    aliases,
    descriptions,
    model_versions,
    preferences,
    registered_models,
    tags,
)

app_name = "web"

MODEL = "models/<str:name>"
VERSION = f"{MODEL}/versions/<int:number>"
EXPERIMENT = "experiments/<int:experiment_id>"
RUN = "runs/<str:run_id>"

ACCOUNT = [
    path("login", auth.LoginView.as_view(), name="login"),
    path("logout", auth.LogoutView.as_view(), name="logout"),
    path("theme", preferences.set_theme, name="set_theme"),
]

REGISTERED_MODELS = [
    path("", registered_models.home, name="home"),
    path("models", registered_models.registered_model_list, name="registered_model_list"),
    path("new/model", registered_models.registered_model_create, name="registered_model_create"),
    path(MODEL, registered_models.registered_model_detail, name="registered_model_detail"),
    path(f"{MODEL}/activity", registered_models.registered_model_activity, name="registered_model_activity"),
    path(f"{MODEL}/rename", registered_models.registered_model_rename, name="registered_model_rename"),
    path(f"{MODEL}/delete", registered_models.registered_model_delete, name="registered_model_delete"),
    path(f"{MODEL}/@<str:alias>", registered_models.registered_model_alias, name="registered_model_alias"),
]

MODEL_VERSIONS = [
    path(VERSION, model_versions.model_version_detail, name="model_version_detail"),
    path(f"{VERSION}/activity", model_versions.model_version_activity, name="model_version_activity"),
    path(f"{VERSION}/delete", model_versions.model_version_delete, name="model_version_delete"),
]

EXPERIMENTS: list = []

RUNS: list = []

LOGGED_MODELS: list = []

ARTIFACTS: list = []

ACTIVITY = [
    path("activity", activity.activity_list, name="activity_list"),
]

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

ALIASES = [
    path(f"{MODEL}/aliases", aliases.model_aliases, name="registered_model_aliases"),
    path(f"{MODEL}/aliases/undo/<str:request_id>", aliases.undo, name="undo_alias_changes"),
    path(f"{MODEL}/aliases/<str:alias>", aliases.alias, name="move_alias"),
    path(f"{VERSION}/aliases", aliases.version_aliases, name="model_version_aliases"),
    path("aliases/notes", aliases.notes, name="alias_notes"),
]

urlpatterns = [
    *ACCOUNT,
    *ALIASES,
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
