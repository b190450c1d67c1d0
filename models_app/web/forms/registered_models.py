"""Forms of registered models: shape only, the rules are in the services."""

from typing import Any

from django import forms

from models_app import limits


def taken_message(name: str) -> str:
    return f"There is a model “{name}” already: take another name."


class CreateModelForm(forms.Form):
    name = forms.CharField(
        max_length=limits.MODEL_NAME,
        help_text="Letters, digits, spaces, anything but / and :. It is part of the address and of what clients load.",
    )
    description = forms.CharField(
        required=False,
        strip=False,
        max_length=limits.DESCRIPTION,
        help_text="What it is for and where it fails. Markdown; it can be written later too.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class RenameModelForm(forms.Form):
    new_name = forms.CharField(
        label="New name",
        max_length=limits.MODEL_NAME,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ConfirmForm(forms.Form):
    """For what can't be taken back: `expected` must be typed when clients rely on what goes."""

    typed = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, expected: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = f"Type {expected} to confirm"
        if not expected:
            del self.fields["typed"]

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"]
        if typed != self.expected:
            raise forms.ValidationError(f"This is not {self.expected}.")
        return typed
