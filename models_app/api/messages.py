"""Requests into msgspec structs, by the rules of JSON as protobuf writes it: the only module that knows how.

A field without a default is required: missing, null and empty text are the same to MLflow, an empty list is not.
Unknown fields are ignored, numbers may come as text, null means "not given".
"""

import functools
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_origin

import msgspec
from django.conf import settings
from django.http import HttpRequest

from models_app.errors import InvalidValue

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

# MLflow: the client sends both names; older REST users send the first alone.
OLD_NAMES = {"run_id": "run_uuid"}


class Message(msgspec.Struct, kw_only=True):
    """The fields a request may carry."""


class Tag(Message):
    key: str = ""
    value: str = ""


def pairs(tags: list[Tag]) -> list[tuple[str, str]]:
    return [(tag.key, tag.value) for tag in tags]


M = TypeVar("M", bound=Message)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MISSING = re.compile(r"Object missing required field `(\w+)`")


@dataclass(frozen=True, slots=True)
class Reader(Generic[M]):
    """What is known about a struct before the first request arrives."""

    struct: type[M]
    decoder: "msgspec.json.Decoder[M]"
    fields: frozenset[str]
    lists: frozenset[str]
    required: tuple[str, ...]


@functools.cache
def reader_of(struct: type[M]) -> Reader[M]:
    fields = msgspec.structs.fields(struct)
    return Reader(
        struct=struct,
        decoder=msgspec.json.Decoder(struct, strict=False),
        fields=frozenset(field.name for field in fields),
        lists=frozenset(field.name for field in fields if get_origin(field.type) is list),
        required=tuple(field.name for field in fields if field.required),
    )


def read(struct: type[M], request: HttpRequest) -> M:
    """The message of `request`. MLflow: GET carries it in the query, or in the body when there is no query at all."""
    reader = reader_of(struct)
    if request.method in ("GET", "HEAD") and request.GET:
        return _convert(reader, _from_query(reader, request))
    body = read_body(request)
    if b"\\u0000" in body:
        return _convert(reader, _from_json(body))
    try:
        message = reader.decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _convert(reader, _from_json(body))
    if any(getattr(message, name) == "" for name in reader.required):
        return _convert(reader, _from_json(body))
    return message


def from_query(struct: type[M], request: HttpRequest) -> M:
    """For the few requests that carry a file in the body and their fields in the query."""
    reader = reader_of(struct)
    return _convert(reader, _from_query(reader, request))


def read_body(request: HttpRequest) -> bytes:
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return request.body
    # Django reads as many bytes as Content-Length says, and a chunked body has none: it would be empty.
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = request.META["wsgi.input"].read(limit + 1)
    if len(body) > limit:
        raise InvalidValue(f"The request body is larger than {limit} bytes.")
    return body


def _from_query(reader: Reader[M], request: HttpRequest) -> dict[str, Any]:
    query = request.GET
    if "%00" in request.META["QUERY_STRING"] or "\x00" in request.META["QUERY_STRING"]:
        raise _not_storable()
    # MLflow: of a field that is given twice the first counts.
    return {key: query.getlist(key) if key in reader.lists else query.getlist(key)[0] for key in query}


def _from_json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = _parsed(body)
        if not _is_storable(value):
            raise _not_storable()
        return _without_nulls(value)
    except RecursionError:
        raise InvalidValue("The request body is nested too deeply.") from None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        # The standard library's parser, because some clients write NaN without quotes.
        value = json.loads(body)
        if isinstance(value, str):
            value = json.loads(value)
    except ValueError as error:
        raise InvalidValue(f"The request body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidValue("The request body must be a JSON object.")
    return value


def _is_storable(value: Any) -> bool:
    """Python's parser takes what no database stores: halves of surrogate pairs, and the NUL character."""
    if isinstance(value, str):
        return "\x00" not in value and not _SURROGATE.search(value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(inner) for key, inner in value.items())
    return all(map(_is_storable, value)) if isinstance(value, list) else True


def _not_storable() -> InvalidValue:
    return InvalidValue("The request holds a NUL character or half of a surrogate pair, which are no text.")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def _convert(reader: Reader[M], raw: dict[str, Any]) -> M:
    for name, old_name in OLD_NAMES.items():
        if name in reader.fields and not raw.get(name) and old_name in raw:
            raw[name] = raw[old_name]
    for name in reader.required:
        if raw.get(name) in (None, ""):
            raise _missing(name)
    try:
        return msgspec.convert(raw, reader.struct, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong_type(str(error), raw) from None


def _missing(name: str) -> InvalidValue:
    return InvalidValue(f"Missing value for required parameter '{name}'.", field=name)


def _wrong_type(text: str, raw: dict[str, Any]) -> InvalidValue:
    """msgspec says "Expected `str`, got `int` - at `$.tags[0].key`" or "Object missing required field `key` - at …"."""
    problem, _, where = text.partition(" - at `$")
    path = where.strip(".`")
    if missing := _MISSING.fullmatch(problem):
        return _missing(f"{path}.{missing[1]}")
    value: Any = raw
    for step in re.findall(r"\w+", path):
        value = value[int(step)] if isinstance(value, list) else value[step]
    shown = repr(value)
    if len(shown) > 100:
        shown = shown[:100] + "…"
    hint = f"Hint: {problem.replace('`', '')}; the value was of type '{type(value).__name__}'."
    return InvalidValue(f"Invalid value {shown} for parameter '{path}' supplied. {hint}", field=path)


def enum_name(value: str | int | None, names: dict[int, str], field: str) -> str | None:
    """MLflow writes enums by name and also takes their numbers; None when the field was not given."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 4:
        value = int(value)
    name = names.get(value) if isinstance(value, int) else value
    if name not in names.values():
        allowed = ", ".join(names.values())
        raise InvalidValue(
            f"Invalid value {value!r} for parameter '{field}' supplied. Use one of: {allowed}.",
            field=field,
        )
    return name
