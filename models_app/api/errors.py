"""Error answers: which HTTP status an MLflow error code travels with, and the envelope clients read."""

import msgspec
from django.db import OperationalError
from django.http import HttpResponse

from models_app.errors import RegistryError, is_disk_full, too_much_at_once

STATUSES = {
    "INVALID_PARAMETER_VALUE": 400,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,  # MLflow: `register_model` creates the model every time and swallows this answer
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    # MLflow sends 500 here. Its client repeats a request four minutes long on any 5xx and then drops the message.
    "INVALID_STATE": 409,
    "REQUEST_LIMIT_EXCEEDED": 429,
    # MLflow: 429, which its client repeats for minutes as well. A full disk is not emptied by asking again.
    "RESOURCE_EXHAUSTED": 507,
    "INTERNAL_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}


class ProtocolError(RegistryError):
    """What only this face can say: an error code of the protocol, perhaps with a status and headers of its own."""

    def __init__(
        self, code: str, message: str, *, status: int | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status or STATUSES[code]
        self.headers = headers or {}


def envelope(
    code: str, message: str, *, status: int | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    body = msgspec.json.encode({"error_code": code, "message": message})
    status = status or STATUSES.get(code, 400)
    return unlogged(HttpResponse(body, status=status, content_type="application/json", headers=headers))


def unlogged(response: HttpResponse) -> HttpResponse:
    """Django would log each refusal as a warning, and clients ask for what isn't there as a matter of course.

    What deserves a line in the log got it where it went wrong.
    """
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def database_failed(error: OperationalError) -> HttpResponse:
    """Nothing was written. Whether it is worth trying again is what the status tells the client."""
    if refusal := too_much_at_once(error):
        return to_response(refusal)
    if is_disk_full(error):
        return envelope("RESOURCE_EXHAUSTED", "The disk of the server's database is full; nothing was stored.")
    return envelope("TEMPORARILY_UNAVAILABLE", "The database is not available. Try again.")


def to_response(error: RegistryError) -> HttpResponse:
    if isinstance(error, ProtocolError):
        return envelope(error.code, error.message, status=error.status, headers=error.headers)
    return envelope(error.code, error.message)
