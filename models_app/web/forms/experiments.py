"""Forms of experiments: what may be typed; whether it is right is the services' business."""

from typing import Any

from django import forms

from models_app import limits
from models_app.models.experiments import NOTE_TAG
from models_app.web.forms.tags import TagRows


class CreateExperimentForm(forms.Form):
    name = forms.CharField(label="Name", max_length=limits.EXPERIMENT_NAME)
    description = forms.CharField(
        required=False,
        strip=False,
        max_length=limits.EXPERIMENT_TAG_VALUE,
        help_text="Which question its runs try to answer. Markdown; it can be written later too.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    artifact_location = forms.CharField(
        label="Artifact location",
        required=False,
        max_length=limits.ARTIFACT_LOCATION,
        help_text="Where runs put their files. Leave it empty to keep them on this server.",
    )

    def __init__(self, *args: Any, tags: TagRows | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tags = tags or (TagRows.of(self.data) if self.is_bound else TagRows())

    def is_valid(self) -> bool:
        tags_are_valid = self.tags.is_valid()
        return super().is_valid() and tags_are_valid

    @property
    def given(self) -> dict[str, Any]:
        """As `create_experiment` takes it. MLflow: the description is a tag."""
        note = self.cleaned_data["description"].replace("\r\n", "\n")
        tags = [*self.tags.pairs, *([(NOTE_TAG, note)] if note.strip() else [])]
        location = self.cleaned_data["artifact_location"]
        return {"name": self.cleaned_data["name"], "artifact_location": location, "tags": tags}


class RenameExperimentForm(forms.Form):
    new_name = forms.CharField(label="Name", max_length=limits.EXPERIMENT_NAME)
