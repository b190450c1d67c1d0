"""Forms of tags: one pair at a time, and rows of pairs within a larger form."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from models_app import limits, names
from models_app.errors import InvalidValue
from models_app.models.tags import SYSTEM_PREFIX


class TagForm(forms.Form):
    """`taken` are the keys there are, when a new one is added."""

    key = forms.CharField(strip=True, error_messages={"required": "Type a key."})
    value = forms.CharField(required=False, strip=False)

    def __init__(
        self, *args: Any, taken: Collection[str] = (), limit: int = limits.REGISTRY_TAG_VALUE, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.taken = taken
        self.limit = limit

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if key in self.taken:
            raise forms.ValidationError(f"There is a tag “{key}” already: change its value in the list.")
        if error := _wrong_with_key(key):
            raise forms.ValidationError(error)
        return key

    def clean_value(self) -> str:
        value = self.cleaned_data["value"].replace("\r\n", "\n")
        if len(value) > self.limit:
            raise forms.ValidationError(_too_long(value, self.limit))
        return value


def _too_long(value: str, limit: int) -> str:
    return f"The value is too long: {len(value):,} characters, {limit:,} are allowed."


def _wrong_with_key(key: str) -> str:
    if key.startswith(SYSTEM_PREFIX):
        return f"Keys that begin with “{SYSTEM_PREFIX}” are the clients' own: choose another."
    try:
        names.check_key(key, limits.REGISTRY_TAG_KEY, "Tag key")
    except InvalidValue as error:
        return error.message
    return ""


@dataclass(slots=True)
class TagRow:
    key: str = ""
    value: str = ""
    error: str = ""


class TagRows:
    """The rows named `tag_key` and `tag_value` of a form; a row without key and value counts as not there."""

    def __init__(self, rows: Iterable[TagRow] = ()) -> None:
        self.rows = list(rows)

    @classmethod
    def of(cls, data: QueryDict | Mapping[str, object]) -> "TagRows":
        keys, values = data.getlist("tag_key"), data.getlist("tag_value")  # type: ignore[union-attr]  # a bound form's
        pairs = zip(keys, values, strict=False)
        return cls(TagRow(key.strip(), value.replace("\r\n", "\n")) for key, value in pairs if key.strip() or value)

    def is_valid(self) -> bool:
        seen: set[str] = set()
        for row in self.rows:
            row.error = "Type a key for this value." if not row.key else _wrong_with_key(row.key)
            if not row.error and row.key in seen:
                row.error = f"The key “{row.key}” is there twice."
            if not row.error and len(row.value) > limits.REGISTRY_TAG_VALUE:
                row.error = _too_long(row.value, limits.REGISTRY_TAG_VALUE)
            seen.add(row.key)
        return not any(row.error for row in self.rows)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(row.key, row.value) for row in self.rows]

    def for_display(self) -> list[TagRow]:
        """With an empty row to type into."""
        return [*self.rows, TagRow()]
