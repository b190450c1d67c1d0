"""Addresses for people, one list per noun; no fixed word stands directly under /models/, a model may have its name."""

from django.contrib.auth import views as auth
from django.urls import path

from models_app.web.views import preferences

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
