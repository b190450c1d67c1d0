"""Reading pages as a browser without a script, or as htmx does."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def fragment(client: Client, address: str, target: str) -> str:
    return page(client, address, **{"HX-Request": "true", "HX-Target": target})


def queries(client: Client, address: str) -> int:
    """How many a page takes; asked twice, as the first request also makes the local user."""
    page(client, address)
    with CaptureQueriesContext(connection) as captured:
        page(client, address)
    return len(captured)
