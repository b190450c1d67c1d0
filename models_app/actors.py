"""Who does something, and through which door: passed to every service, written into every event."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """`via` is "web", "api" or "command"; `workspace` is where he acts. `user` is None for commands only."""

    name: str
    via: str
    user: "User | None" = None
    workspace: str = "default"
    request_id: str = ""
    ip: str = ""


SYSTEM = Actor(name="system", via="command")
