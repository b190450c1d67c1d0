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
