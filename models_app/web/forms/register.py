"""The form of the Register Model dialog: what is registered, into which model, and what goes with it."""

from typing import Any

from django import forms

from models_app import limits, names
from models_app.errors import InvalidValue
from models_app.web.forms.aliases import AliasesField
from models_app.web.forms.tags import TagRows

NEW = ":new"  # no model's name holds a colon; what follows a second one is the name typed so far


def is_new(choice: str) -> bool:
    return choice == NEW or choice.startswith(f"{NEW}:")


def typed_name(choice: str) -> str:
    return choice.removeprefix(NEW).removeprefix(":")


def wrong_with_name(name: str) -> str:
    try:
        names.check_model_name(name)
    except InvalidValue as error:
        return error.message
    return ""


class RegisterForm(forms.Form):
    """`model` is NEW or a name chosen from the list; `model_text` what stands in the box when nothing was chosen.

    `seen` is the newest version from the same source that the form told of.
    """

    asked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    run = forms.CharField(required=False, widget=forms.HiddenInput)
    path = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)
    model_id = forms.CharField(required=False, widget=forms.HiddenInput)
    source = forms.CharField(
        label="What to register",
        max_length=limits.SOURCE,
        error_messages={"required": "Choose what to register, or type where it lies."},
        help_text="Or an address: runs:/<run id>/<path>, models:/<model id>, models:/<name>/<version>, s3://<bucket>/<path>",
    )
    model = forms.CharField(required=False, strip=False)
    model_text = forms.CharField(required=False)
    name = forms.CharField(required=False, label="Name")
    description = forms.CharField(
        required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "true"})
    )
    aliases = AliasesField(required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_asked: bool, draft: str = "", **kwargs: Any) -> None:
        """`is_asked`: the source has to be typed; `draft` is the browser's key for what is unsaved."""
        super().__init__(*args, **{"auto_id": "register-%s", **kwargs})
        self.tags = TagRows.of(self.data) if self.is_bound else TagRows()
        if not is_asked:
            self.fields["source"].required = False
            self.fields["source"].widget = forms.HiddenInput()
        if draft:
            self.fields["description"].widget.attrs |= {"data-draft": draft, "data-unsaved": self.is_bound}

    def clean_description(self) -> str:
        return self.cleaned_data["description"].replace("\r\n", "\n")

    def clean(self) -> None:
        if not self.tags.is_valid():
            self.add_error(None, forms.ValidationError("Look at the tags: not all of them can be saved.", code="tags"))
        given = self.cleaned_data
        if is_new(given.get("model", "")) and (error := wrong_with_name(given.get("name", ""))):
            self.add_error("name", "Type a name for the new model." if not given.get("name") else error)
        elif not given.get("model") and not given.get("model_text"):
            self.add_error("model", "Choose a model, or create one.")
