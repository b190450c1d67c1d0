"""Addresses for people, one list per noun; no fixed word stands directly under /models/, a model may have its name."""

from django.contrib.auth import views as auth
from django.urls import path

from models_app.web.forms.sign_in import SignInForm
from models_app.web.views import (
    activity,
    aliases,
    artifacts,
    charts,
    comparisons,
    datasets,
    descriptions,
    experiments,
    logged_models,
    metrics,
    model_versions,
    preferences,
    register,
    registered_models,
    run_selections,
    runs,
    runs_table,
    saved_views,
    tags,
)

app_name = "web"

MODEL = "models/<str:name>"
VERSION = f"{MODEL}/versions/<int:number>"
EXPERIMENT = "experiments/<int:experiment_id>"
RUN = "runs/<str:run_id>"
LOGGED_MODEL = "logged-models/<str:model_id>"

ACCOUNT = [
    path("login", auth.LoginView.as_view(authentication_form=SignInForm), name="login"),
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

EXPERIMENTS = [
    path("experiments", experiments.experiment_list, name="experiment_list"),
    path("new/experiment", experiments.experiment_create, name="experiment_create"),
    path(EXPERIMENT, runs_table.experiment_detail, name="experiment_detail"),
    path(f"{EXPERIMENT}/charts", charts.experiment_charts, name="experiment_charts"),
    path(f"{EXPERIMENT}/rename", experiments.experiment_rename, name="experiment_rename"),
    path(f"{EXPERIMENT}/delete", experiments.experiment_delete, name="experiment_delete"),
    path(f"{EXPERIMENT}/restore", experiments.experiment_restore, name="experiment_restore"),
]

RUNS_TABLE = [
    path(f"{EXPERIMENT}/columns", runs_table.set_columns, name="experiment_columns"),
    path(f"{EXPERIMENT}/runs.csv", runs_table.runs_csv, name="experiment_runs_csv"),
    path(f"{EXPERIMENT}/words", runs_table.filter_words, name="experiment_filter_words"),
    path(f"{EXPERIMENT}/news", runs_table.runs_news, name="experiment_news"),
]

SAVED_VIEWS = [
    path(f"{EXPERIMENT}/views/new", saved_views.create, name="saved_view_create"),
    path(f"{EXPERIMENT}/views/<int:view_id>", saved_views.show, name="saved_view"),
    path(f"{EXPERIMENT}/views/<int:view_id>/update", saved_views.update, name="saved_view_update"),
    path(f"{EXPERIMENT}/views/<int:view_id>/delete", saved_views.delete, name="saved_view_delete"),
]

RUNS = [
    path("runs/tag", run_selections.tag_selected, name="runs_tag"),
    path("runs/rename", run_selections.rename_selected, name="runs_rename"),
    path("runs/delete", run_selections.delete_selected, name="runs_delete"),
    path("runs/restore", run_selections.restore_selected, name="runs_restore"),
    path("runs/compare", comparisons.run_comparison, name="run_comparison"),
    path("runs/compare.csv", comparisons.run_comparison_csv, name="run_comparison_csv"),
    path(RUN, runs.run_detail, name="run_detail"),
    path(f"{RUN}/metrics", metrics.run_metrics, name="run_metrics"),
    path(f"{RUN}/models", runs.run_models, name="run_models"),
    path(f"{RUN}/rename", runs.run_rename, name="run_rename"),
    path(f"{RUN}/delete", runs.run_delete, name="run_delete"),
    path(f"{RUN}/restore", runs.run_restore, name="run_restore"),
]

CHARTS = [
    path("charts/series", charts.chart_series, name="chart_series"),
    path("charts/columns", charts.chart_columns, name="chart_columns"),
    path("charts/points.csv", charts.chart_points, name="chart_points"),
    path("charts/figures.csv", charts.chart_figures, name="chart_figures"),
    path("charts/picture.svg", charts.chart_picture, name="chart_picture"),
]

LOGGED_MODELS = [
    path(f"{EXPERIMENT}/models", logged_models.experiment_models, name="experiment_models"),
    path(LOGGED_MODEL, logged_models.logged_model_detail, name="logged_model_detail"),
]

DATASETS = [
    path("datasets", datasets.dataset_detail, name="dataset_by_query"),
    path("datasets/<path:digest>", datasets.dataset_detail, name="dataset_detail"),
]

ARTIFACTS = [
    path(f"{RUN}/files", artifacts.run_files, name="run_files"),
    path(f"{RUN}/files/<path:path>", artifacts.run_files),
    path(f"{LOGGED_MODEL}/files", artifacts.logged_model_files, name="logged_model_files"),
    path(f"{LOGGED_MODEL}/files/<path:path>", artifacts.logged_model_files),
    path(f"{VERSION}/files", artifacts.model_version_files, name="model_version_files"),
    path(f"{VERSION}/files/<path:path>", artifacts.model_version_files),
]

ACTIVITY = [
    path("activity", activity.activity_list, name="activity_list"),
]

DESCRIPTIONS = [
    path(f"{MODEL}/description", descriptions.edit, {"noun": "registered_model"}, name="registered_model_description"),
    path(f"{VERSION}/description", descriptions.edit, {"noun": "model_version"}, name="model_version_description"),
    path(f"{EXPERIMENT}/description", descriptions.edit, {"noun": "experiment"}, name="experiment_description"),
    path(f"{RUN}/description", descriptions.edit, {"noun": "run"}, name="run_description"),
    path(f"{LOGGED_MODEL}/description", descriptions.edit, {"noun": "logged_model"}, name="logged_model_description"),
    path("preview", descriptions.preview, name="markdown_preview"),
]

TAGS = [
    path(f"{MODEL}/tags", tags.edit, {"noun": "registered_model"}, name="registered_model_tags"),
    path(f"{VERSION}/tags", tags.edit, {"noun": "model_version"}, name="model_version_tags"),
    path(f"{EXPERIMENT}/tags", tags.edit, {"noun": "experiment"}, name="experiment_tags"),
    path(f"{RUN}/tags", tags.edit, {"noun": "run"}, name="run_tags"),
    path(f"{LOGGED_MODEL}/tags", tags.edit, {"noun": "logged_model"}, name="logged_model_tags"),
    path("tags/suggestions", tags.suggestions, name="tag_suggestions"),
]

ALIASES = [
    path(f"{MODEL}/aliases", aliases.model_aliases, name="registered_model_aliases"),
    path(f"{MODEL}/aliases/undo/<str:request_id>", aliases.undo, name="undo_alias_changes"),
    path(f"{MODEL}/aliases/<str:alias>", aliases.alias, name="move_alias"),
    path(f"{VERSION}/aliases", aliases.version_aliases, name="model_version_aliases"),
    path("aliases/notes", aliases.notes, name="alias_notes"),
]

REGISTER = [
    path("register", register.register, name="register"),
    path("register/models", register.models, name="register_models"),
    path("register/sources", register.sources, name="register_sources"),
    path("register/origin", register.origin, name="register_origin"),
    path("register/target", register.target, name="register_target"),
    path("register/name", register.name, name="register_name"),
]

urlpatterns = [
    *ACCOUNT,
    *REGISTER,
    *ALIASES,
    *DESCRIPTIONS,
    *TAGS,
    *REGISTERED_MODELS,
    *MODEL_VERSIONS,
    *EXPERIMENTS,
    *RUNS_TABLE,
    *SAVED_VIEWS,
    *RUNS,
    *CHARTS,
    *LOGGED_MODELS,
    *DATASETS,
    *ARTIFACTS,
    *ACTIVITY,
]
