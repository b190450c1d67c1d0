"""Forms of aliases: one that moves, and the aliases of a version as a set."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from models_app import limits, names
from models_app.errors import InvalidValue

VERSIONS_LISTED = 100  # a longer list is no help: from then on the number is typed


@dataclass(frozen=True, slots=True)
class AliasNote:
    """What to know of one alias before it is saved: `error`, or the version it is taken from."""

    alias: str
    error: str = ""
    taken_from: int | None = None


def split_aliases(texts: Iterable[str]) -> list[str]:
    """As people type them: apart by commas or spaces, with or without an @, once each."""
    words = (word.removeprefix("@") for text in texts for word in re.split(r"[\s,]+", text))
    return list(dict.fromkeys(word for word in words if word))


def notes_on(aliases: Iterable[str], held: Mapping[str, int], number: int | None = None) -> list[AliasNote]:
    """`held` says which version has an alias now; `number` is the version that will get them (None: a new one)."""
    notes: list[AliasNote] = []
    for alias in aliases:
        if error := wrong_with_alias(alias):
            notes.append(AliasNote(alias, error=error))
        elif alias in held and held[alias] != number:
            notes.append(AliasNote(alias, taken_from=held[alias]))
    return notes


def wrong_with_alias(alias: str) -> str:
    try:
        names.check_alias(alias)
    except InvalidValue as error:
        return error.message
    return ""


class AliasesField(forms.Field):
    """Any number of aliases; the browser sends one value for each, or one text with all of them."""

    class widget(forms.TextInput):
        def value_from_datadict(self, data: Mapping[str, object], files: object, name: str) -> list[str]:
            return split_aliases(data.getlist(name))  # type: ignore[attr-defined]  # a QueryDict

        def format_value(self, value: list[str] | None) -> str:
            return ", ".join(value or [])

    def clean(self, value: list[str]) -> list[str]:
        errors = [error for alias in value if (error := wrong_with_alias(alias))]
        if errors:
            raise forms.ValidationError(errors)
        return value


class VersionAliasesForm(forms.Form):
    aliases = AliasesField(required=False)
    reason = forms.CharField(required=False, max_length=limits.REASON, help_text="Kept in the history of the aliases.")


class AliasForm(forms.Form):
    """Points one alias at a version; `numbers` are the newest versions, `is_complete` when there are no others."""

    alias = forms.CharField(strip=True, error_messages={"required": "Type an alias."})
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, error_messages={"required": "Choose a version."})
    reason = forms.CharField(required=False, max_length=limits.REASON, help_text="Kept in the history of the aliases.")

    def __init__(
        self, *args: Any, numbers: list[int], is_complete: bool, held_by: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_complete:
            choices = [(number, _named(number, numbers[0], held_by)) for number in numbers]
            self.fields["version"].widget = forms.Select(choices=choices)

    def clean_alias(self) -> str:
        alias = self.cleaned_data["alias"].removeprefix("@")
        if error := wrong_with_alias(alias):
            raise forms.ValidationError(error)
        return alias


def _named(number: int, newest: int, held_by: int | None) -> str:
    marks = [mark for mark, holds in (("newest", number == newest), ("now", number == held_by)) if holds]
    return f"Version {number}" + (f" ({', '.join(marks)})" if marks else "")
