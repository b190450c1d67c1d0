"""What can go wrong in the registry, in words a user can act on; each face renders these in its own way."""


class RegistryError(Exception):
    """`code` is MLflow's error code, `field` the input the message belongs to ("" for the request as a whole)."""

    code = "INTERNAL_ERROR"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidValue(RegistryError):
    code = "INVALID_PARAMETER_VALUE"


class DoesNotExist(RegistryError):
    code = "RESOURCE_DOES_NOT_EXIST"


class AlreadyExists(RegistryError):
    code = "RESOURCE_ALREADY_EXISTS"


class PermissionDenied(RegistryError):
    code = "PERMISSION_DENIED"


class Conflict(RegistryError):
    """Somebody else changed the same thing meanwhile."""

    code = "RESOURCE_CONFLICT"


class InvalidState(RegistryError):
    code = "INVALID_STATE"


class BadRequest(RegistryError):
    """MLflow's code where its own server lets a database error through."""

    code = "BAD_REQUEST"


# SQLite's words for a statement beyond its limits, which reach us as if it could not be used at all.
_TOO_MUCH = ("too many SQL variables", "Expression tree is too large", "pattern too complex")


def too_much_at_once(error: Exception) -> InvalidValue | None:
    """The fault of the request behind an error of the database; None when it is the database's own."""
    if not any(words in str(error) for words in _TOO_MUCH):
        return None
    return InvalidValue("The request names more things than the database takes at once: split it up.")


def is_disk_full(error: BaseException | None) -> bool:
    """In the words of SQLite and of PostgreSQL."""
    return any(words in str(error) for words in ("disk is full", "No space left"))
