"""Where the bytes of artifacts lie: one store per server, chosen by `settings.ARTIFACTS`."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from models_app.storage.interface import ArtifactInfo, ArtifactStore, StoreFull
from models_app.storage.local import LocalStore

__all__ = ["ArtifactInfo", "ArtifactStore", "LocalStore", "StoreFull", "get_store"]


def get_store() -> ArtifactStore:
    return _store_at(str(settings.ARTIFACTS))


@cache
def _store_at(location: str) -> ArtifactStore:
    scheme, separator, rest = location.partition("://")
    if not separator:
        return LocalStore(location)
    if scheme == "file":
        return LocalStore(rest)
    raise ImproperlyConfigured(f"LAUREL_ARTIFACTS must be a folder, not {location!r}.")
