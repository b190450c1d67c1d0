"""Forms of saved views: what may be typed; whether it is right is the services' business."""

from django import forms

from models_app import limits


class SavedViewForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=limits.SAVED_VIEW_NAME, help_text="Everybody who sees this experiment can open it."
    )
    query = forms.CharField(required=False, max_length=limits.SAVED_VIEW_QUERY, widget=forms.HiddenInput)
