"""The one Django app of Laurel."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ModelsAppConfig(AppConfig):
    name = "models_app"
    verbose_name = "Laurel"

    def ready(self) -> None:
        from models_app import checks  # noqa: F401 - registers itself

        post_migrate.connect(_ensure_defaults, sender=self)


def _ensure_defaults(**_kwargs: object) -> None:
    # MLflow: clients log to experiment "0" of workspace "default" without ever creating them. After every migrate
    # rather than in a migration, so that a flushed test database has them too.
    from models_app.services import workspaces

    workspaces.ensure_default()
