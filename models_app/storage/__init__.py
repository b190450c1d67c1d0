"""Where the bytes of artifacts lie: one store per server, chosen by `settings.ARTIFACTS`."""

import os
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from models_app.storage.interface import (
    ArtifactInfo,
    ArtifactStore,
    DirectAccess,
    IsFolder,
    StoreFull,
    StoreUnavailable,
)
from models_app.storage.local import LocalStore

__all__ = [
    "ArtifactInfo",
    "ArtifactStore",
    "DirectAccess",
    "IsFolder",
    "LocalStore",
    "StoreFull",
    "StoreUnavailable",
    "get_store",
]


def get_store() -> ArtifactStore:
    return _store_at(str(settings.ARTIFACTS), settings.S3_PUBLIC_ENDPOINT)


@cache
def _store_at(location: str, public_endpoint: str) -> ArtifactStore:
    scheme, separator, rest = location.partition("://")
    if not separator:
        return LocalStore(location)
    if scheme == "file":
        return LocalStore(rest)
    if scheme == "s3":
        from models_app.storage.s3 import S3Store  # boto3 takes a second to load, which a folder needn't pay

        return S3Store(location, public_endpoint)
    raise ImproperlyConfigured(f"LAUREL_ARTIFACTS must be a folder or s3://bucket/prefix, not {location!r}.")


if hasattr(os, "register_at_fork"):
    # A server's processes are forked from the one that looked at the bucket first: they must not share its connections.
    os.register_at_fork(after_in_child=_store_at.cache_clear)
