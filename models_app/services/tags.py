"""What tags and params of all nouns have in common: pairs in, one row per key, values of the right length."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import models

from models_app import limits, names
from models_app.errors import DoesNotExist, InvalidValue

Pairs = Iterable[tuple[str, str]]


def check_registry_tag_key(key: str) -> None:
    names.check_key(key, limits.REGISTRY_TAG_KEY, "Tag key", field="key")


def check_registry_tag(key: str, value: str) -> None:
    check_registry_tag_key(key)
    names.check_text(value, limits.REGISTRY_TAG_VALUE, "Tag value", field="value")


def checked_registry_tags(tags: Pairs) -> dict[str, str]:
    """By key; of several values for one key the last one counts."""
    by_key: dict[str, str] = {}
    for key, value in tags:
        check_registry_tag(key, value)
        by_key[key] = value
    return by_key


def add_tags(model: type[models.Model], parent: dict[str, Any], tags: dict[str, str]) -> None:
    rows = [model(**parent, key=key, value=value) for key, value in tags.items()]
    if rows:
        model._default_manager.bulk_create(rows)


def set_tag(model: type[models.Model], parent: dict[str, Any], key: str, value: str) -> str | None:
    """The value the tag had before, None when it is new."""
    rows = model._default_manager
    old = rows.filter(**parent, key=key).values_list("value", flat=True).first()
    if old is None:
        rows.update_or_create(**parent, key=key, defaults={"value": value})
    elif old != value:
        rows.filter(**parent, key=key).update(value=value)
    return old


def delete_tag(model: type[models.Model], parent: dict[str, Any], key: str) -> str | None:
    """The value the tag had, None when there was none."""
    rows = model._default_manager.filter(**parent, key=key)
    old = rows.values_list("value", flat=True).first()
    if old is not None:
        rows.delete()
    return old


def add_write_once(model: type[models.Model], parent: dict[str, Any], values: dict[str, str], owner: str) -> None:
    """Params: the same value again is a retry and fine, another one is refused."""
    rows = model._default_manager.filter(**parent, key__in=values)
    known = dict(rows.values_list("key", "value")) if values else {}
    for key, old in known.items():
        if old != values[key]:
            raise InvalidValue(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' "
                f"for {owner}. Attempted logging new value '{values[key]}'.",
                field="params",
            )
    add_tags(model, parent, {key: value for key, value in values.items() if key not in known})


def listed_in(value: str | None) -> list[Any]:
    """The JSON list that clients keep in a tag. It is theirs to write: what is no list counts as an empty one."""
    try:
        entries = json.loads(value or "[]")
    except (ValueError, RecursionError):
        return []
    return entries if isinstance(entries, list) else []


def require_tag(old: str | None, key: str, what: str) -> None:
    if old is None:
        raise DoesNotExist(f"No tag with name: {key} in {what}", field="key")
