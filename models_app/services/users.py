"""Who people are: the one local user of a server without login, and how many may prove at once who they are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User

from models_app.errors import RegistryError

HASH_CHECKS = 2  # at a time: one takes half a second of a core
# A client's parallel transfers all come with the first check still running; but a server on PostgreSQL has eight
# threads, and those that wait are lost to everybody else.
HASH_CHECKS_WAITING = 4

_checking = threading.BoundedSemaphore(HASH_CHECKS)
_queueing = threading.BoundedSemaphore(HASH_CHECKS + HASH_CHECKS_WAITING)


class TooManyLogins(RegistryError):
    code = "REQUEST_LIMIT_EXCEEDED"


@contextmanager
def checking_password() -> Iterator[None]:
    """Passwords are hashed slowly on purpose: without a limit, a few guesses would take all threads there are."""
    if not _queueing.acquire(blocking=False):
        raise TooManyLogins("Too many logins at the same moment. Try again.")
    try:
        with _checking:
            yield
    finally:
        _queueing.release()


def anybody_can_sign_in() -> bool:
    """The local user has no password and never signs in."""
    return User.objects.filter(is_active=True).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def local_user() -> User:
    """Made on first need. Asked of the database each time: a kept row would outlive a flushed or restored database."""
    user = User.objects.filter(username=settings.LOCAL_USER).first()
    if user is not None:
        return user
    user, created = User.objects.get_or_create(
        username=settings.LOCAL_USER, defaults={"is_superuser": True, "is_staff": True, "password": "!"}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
