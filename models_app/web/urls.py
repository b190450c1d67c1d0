"""Addresses for people, one list per noun; no fixed word stands directly under /models/, a model may have its name."""

from django.contrib.auth import views as auth
from django.urls import path

from models_app.web.views import activity, model_versions, preferences, registered_models

app_name = "web"

ACCOUNT = [
    path("login", auth.LoginView.as_view(), name="login"),
    path("logout", auth.LogoutView.as_view(), name="logout"),
    path("theme", preferences.set_theme, name="set_theme"),
]

REGISTERED_MODELS = [
    path("", registered_models.home, name="home"),
    path("models", registered_models.registered_model_list, name="registered_model_list"),
    path("new/model", registered_models.registered_model_create, name="registered_model_create"),
    path("models/<str:name>", registered_models.registered_model_detail, name="registered_model_detail"),
    path("models/<str:name>/activity", registered_models.registered_model_activity, name="registered_model_activity"),
    path("models/<str:name>/rename", registered_models.registered_model_rename, name="registered_model_rename"),
    path("models/<str:name>/delete", registered_models.registered_model_delete, name="registered_model_delete"),
    path("models/<str:name>/@<str:alias>", registered_models.registered_model_alias, name="registered_model_alias"),
]

VERSION = "models/<str:name>/versions/<int:number>"
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

urlpatterns = [
    *ACCOUNT,
    *REGISTERED_MODELS,
    *MODEL_VERSIONS,
    *EXPERIMENTS,
    *RUNS,
    *LOGGED_MODELS,
    *ARTIFACTS,
    *ACTIVITY,
]
