"""Who people are: for now the one local user of a server without login."""

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User


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
