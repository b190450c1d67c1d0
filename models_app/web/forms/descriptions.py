"""The form of a description: the text, and a digest of the text it was made from."""

import hashlib
from typing import Any

from django import forms

from models_app import limits


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class DescriptionForm(forms.Form):
    """`expected` tells whether somebody else saved meanwhile; a digest, so that long texts aren't sent twice."""

    description = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "code", "spellcheck": "true"}),
        help_text="Markdown: headings, lists, tables, code, task lists, footnotes and math.",
    )
    expected = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, draft: str, is_unsaved: bool = False, **kwargs: Any) -> None:
        """`draft` is the browser's key for unsaved text; `is_unsaved` when the server gives such a text back."""
        super().__init__(*args, **kwargs)
        self.fields["description"].widget.attrs |= {"data-draft": draft, "data-unsaved": is_unsaved}

    def clean_description(self) -> str:
        # Browsers send the line ends of mail; texts from clients have plain ones.
        return self.cleaned_data["description"].replace("\r\n", "\n")

    def is_outdated(self, saved: str) -> bool:
        """Whether what is saved by now is neither the text that was edited nor the one it was made into."""
        expected = self.cleaned_data["expected"]
        return bool(expected) and expected != digest_of(saved) and saved != self.cleaned_data["description"]


class PreviewForm(forms.Form):
    description = forms.CharField(
        required=False,
        strip=False,
        max_length=limits.DESCRIPTION,
        error_messages={"max_length": "The text is too long: %(show_value)s characters, %(limit_value)s are allowed."},
    )
