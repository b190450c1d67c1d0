"""Who sends a request: the local user on a server without login, else the account of the Basic credentials.

Never a cookie: that is why this face needs no CSRF tokens.
"""

import base64
import binascii
import hmac
import secrets
import threading
import time
from typing import cast

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from models_app.actors import Actor
from models_app.api.errors import ProtocolError
from models_app.services import users, workspaces

WORKSPACE_HEADER = "HTTP_X_MLFLOW_WORKSPACE"

CACHE_SECONDS = 300
CACHE_SIZE = 10_000

_key = secrets.token_bytes(32)
_verified: dict[bytes, float] = {}
_verified_lock = threading.Lock()


def authenticate(request: HttpRequest, request_id: str) -> Actor:
    if settings.LOGIN_REQUIRED:
        user = _user_of_credentials(request)
        name = user.get_username()
    else:
        # Most requests only read, and no read asks who the local user is: his row is fetched when a write names him.
        user = cast(User, SimpleLazyObject(users.local_user))
        name = settings.LOCAL_USER
    return Actor(
        name=name,
        via="api",
        user=user,
        workspace=_workspace_of(request),
        request_id=request_id,
        ip=request.META.get("REMOTE_ADDR") or "",
    )


def _workspace_of(request: HttpRequest) -> str:
    name = request.META.get(WORKSPACE_HEADER, "").strip()
    return workspaces.check_workspace(name) if name else "default"


def _user_of_credentials(request: HttpRequest) -> User:
    username, password = _credentials(request.META.get("HTTP_AUTHORIZATION", ""))
    user = User.objects.filter(username=username).first()
    if not _is_password_of(user, password) or user is None or not user.is_active:
        raise _unauthenticated("The username or the password is wrong.")
    return user


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if not encoded:
        raise _unauthenticated("This server asks for a login: set MLFLOW_TRACKING_USERNAME and _PASSWORD.")
    if scheme.lower() != "basic":
        raise _unauthenticated(f"This server takes Basic credentials, not {scheme[:20]!r}.")
    try:
        username, separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unauthenticated("The Authorization header is not readable.") from None
    if not separator or "\x00" in username:
        raise _unauthenticated("The Authorization header is not readable.")
    return username, password


def _unauthenticated(message: str) -> ProtocolError:
    headers = {"WWW-Authenticate": 'Basic realm="Laurel", charset="UTF-8"'}
    return ProtocolError("UNAUTHENTICATED", message, headers=headers)


def _is_password_of(user: User | None, password: str) -> bool:
    """Passwords are hashed slowly on purpose and come with every request, so a right one is remembered for a while."""
    # The stored hash is part of the key: a changed password is a miss at once.
    parts = f"{user.pk}\0{user.password}\0{password}" if user else ""
    key = hmac.digest(_key, parts.encode("utf-8", "surrogatepass"), "sha256")
    if user and _is_verified(key):
        return True
    try:
        with users.checking_password():
            if user is None:
                # As slow as a wrong password, so that the time taken tells nobody which names exist.
                make_password(password)
                return False
            if not _is_verified(key) and not check_password(password, user.password):
                return False
    except users.TooManyLogins as busy:
        raise ProtocolError(busy.code, busy.message, headers={"Retry-After": "1"}) from None
    _remember(key)
    return True


def _is_verified(key: bytes) -> bool:
    return _verified.get(key, 0.0) > time.monotonic()


def _remember(key: bytes) -> None:
    now = time.monotonic()
    with _verified_lock:
        if len(_verified) >= CACHE_SIZE:
            for old in [old for old, until in _verified.items() if until <= now]:
                del _verified[old]
            while len(_verified) >= CACHE_SIZE:
                del _verified[next(iter(_verified))]
        _verified[key] = now + CACHE_SECONDS


def forget() -> None:
    """Ends the memory of right passwords at once."""
    with _verified_lock:
        _verified.clear()
