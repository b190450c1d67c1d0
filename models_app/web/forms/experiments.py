"""Forms of experiments: what may be typed; whether it is right is the services' business."""

from django import forms

from models_app import limits


class CreateExperimentForm(forms.Form):
    name = forms.CharField(label="Name", max_length=limits.EXPERIMENT_NAME)
    artifact_location = forms.CharField(
        label="Artifact location",
        required=False,
        max_length=limits.ARTIFACT_LOCATION,
        help_text="Where runs put their files. Leave it empty to keep them on this server.",
    )


class RenameExperimentForm(forms.Form):
    new_name = forms.CharField(label="Name", max_length=limits.EXPERIMENT_NAME)
