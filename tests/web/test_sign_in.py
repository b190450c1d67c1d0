"""The sign-in page: a slow check of passwords is no way to hold up the server."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User

from models_app.services import users

GIVEN = {"username": "mia", "password": "correct: horse"}
SMALLEST_SERVER = 8  # threads


def test_those_who_sign_in_leave_threads_to_others() -> None:
    assert users.HASH_CHECKS + users.HASH_CHECKS_WAITING < SMALLEST_SERVER


@pytest.mark.django_db
def test_too_many_who_sign_in_at_once_are_asked_to_try_again(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user(**GIVEN)
    nobody_waits = threading.BoundedSemaphore(1)
    monkeypatch.setattr(users, "_queueing", nobody_waits)
    nobody_waits.acquire()
    refused = client.post("/login", GIVEN)
    assert "Too many logins at the same moment. Try again." in refused.content.decode()

    nobody_waits.release()
    assert client.post("/login", GIVEN).status_code == 302
