"""Who may do what: the only place that decides, asked by every service before it changes anything."""

from enum import IntEnum

from django.conf import settings

from models_app.actors import Actor
from models_app.errors import PermissionDenied


class Level(IntEnum):
    """MLflow's levels: each contains the ones below it."""

    NONE = 0
    READ = 1
    USE = 2
    EDIT = 3
    MANAGE = 4


def level_for(actor: Actor, obj: object = None) -> Level:
    """What `actor` may do with `obj`, or with the workspace as a whole when there is no object.

    Without login the local user owns everything. With login, superusers manage and every other account edits.
    """
    if actor.user is None:
        return Level.MANAGE if actor.via == "command" else Level.NONE
    if not settings.LOGIN_REQUIRED:
        return Level.MANAGE
    if not actor.user.is_active:
        return Level.NONE
    return Level.MANAGE if actor.user.is_superuser else Level.EDIT


def require(actor: Actor, level: Level, obj: object = None) -> None:
    if level_for(actor, obj) >= level:
        return
    what = f" on {obj}" if obj is not None else ""
    raise PermissionDenied(f"Permission denied: this needs the right to {level.name.lower()}{what}.")
