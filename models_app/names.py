"""What names and keys may look like; messages say which rule was broken and what was found."""

import re

from models_app import limits
from models_app.errors import InvalidValue

_KEY = re.compile(r"[\w\-. :/]+")
_ALIAS = re.compile(r"[\w\-]+")
_VERSION_LIKE = re.compile(r"[vV][0-9]+")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_WORKSPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LOGGED_MODEL_FORBIDDEN = re.compile(r"[/:.%\"']")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_length(value: str, limit: int, what: str, field: str) -> None:
    if len(value) > limit:
        raise InvalidValue(
            f"{what} exceeds the maximum length of {limit:,} characters: it has {len(value):,}.", field=field
        )


def check_storable(value: str, what: str, field: str) -> None:
    # PostgreSQL stores no NUL, and neither database stores half of a surrogate pair.
    if "\x00" in value:
        raise InvalidValue(f"{what} must not contain the NUL character.", field=field)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValue(f"{what} contains an unpaired surrogate, which is not a character.", field=field) from None


def check_text(value: str, limit: int, what: str, field: str) -> None:
    check_storable(value, what, field)
    check_length(value, limit, what, field)


def check_model_name(name: str, field: str = "name") -> None:
    """A name that a model may get."""
    check_model_reference(name, field)
    if _CONTROL.search(name):
        raise InvalidValue("Registered model name must not contain control characters.", field=field)
    check_text(name, limits.MODEL_NAME, "Registered model name", field)


def check_model_reference(name: str, field: str = "name") -> None:
    """MLflow: a name no model can have is an invalid value wherever it stands, not a model that does not exist."""
    if not name.strip():
        raise InvalidValue("Registered model name cannot be empty.", field=field)
    if "/" in name or ":" in name or name == "." or name.startswith(".."):
        raise InvalidValue(
            f"Invalid registered model name: {name!r}. It may hold any character except '/' and ':', must not be '.' "
            "and not start with '..'.",
            field=field,
        )


def check_alias(alias: str, field: str = "alias") -> None:
    """A name that an alias may get."""
    check_alias_reference(alias, field)
    if alias.lower() == "latest":
        raise InvalidValue("'latest' is reserved: it always means the newest version.", field=field)
    if _VERSION_LIKE.fullmatch(alias):
        raise InvalidValue(f"Version alias {alias!r} is reserved: it reads like a version number.", field=field)


def check_alias_reference(alias: str, field: str = "alias") -> None:
    if not alias:
        raise InvalidValue("Alias name cannot be empty.", field=field)
    check_length(alias, limits.ALIAS, "Alias name", field)
    if not _ALIAS.fullmatch(alias):
        raise InvalidValue(
            f"Invalid alias name: {alias!r}. It may hold letters, digits, underscores and dashes.", field=field
        )


def check_key(key: str, limit: int, what: str, field: str = "key") -> None:
    """Keys of metrics, params and tags; they double as file names in MLflow's own stores, hence the path rules."""
    if not key.strip():
        raise InvalidValue(f"{what} cannot be empty.", field=field)
    check_length(key, limit, what, field)
    if not _KEY.fullmatch(key) or _CONTROL.search(key):
        raise InvalidValue(
            f"Invalid {what.lower()}: {key!r}. It may hold letters, digits, underscores, dashes, periods, spaces, "
            "colons and slashes.",
            field=field,
        )
    segments = key.split("/")
    if key.startswith(("/", "..")) or any(segment in {"", ".", ".."} for segment in segments):
        raise InvalidValue(
            f"Invalid {what.lower()}: {key!r}. Names may be treated as files and must not resolve to other names.",
            field=field,
        )


def check_free_key(key: str, limit: int, what: str, field: str = "key") -> None:
    """MLflow: tags of a new run, and tags and params of logged models, may have keys that `check_key` refuses."""
    if not key:
        raise InvalidValue(f"{what} cannot be empty.", field=field)
    check_text(key, limit, what, field)


def is_run_id(run_id: str) -> bool:
    return bool(_RUN_ID.fullmatch(run_id))


def check_run_id(run_id: str, field: str = "run_id") -> None:
    """MLflow: asked of batches and inputs only; elsewhere a run with an impossible id simply does not exist."""
    if not is_run_id(run_id):
        raise InvalidValue(f"Invalid run ID: {run_id!r}.", field=field)


def check_logged_model_name(name: str, field: str = "name") -> None:
    if not name.strip() or _LOGGED_MODEL_FORBIDDEN.search(name):
        raise InvalidValue(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot contain the "
            "following characters: / : . % \" '",
            field=field,
        )
    check_text(name, limits.KEY * 2, "Model name", field)


def check_workspace_name(name: str, field: str = "name") -> None:
    if not 2 <= len(name) <= limits.WORKSPACE_NAME or not _WORKSPACE.fullmatch(name):
        raise InvalidValue(
            f"Invalid workspace name: {name!r}. It needs 2 to {limits.WORKSPACE_NAME} lower-case letters, digits and "
            "dashes, and starts and ends with a letter or digit.",
            field=field,
        )
