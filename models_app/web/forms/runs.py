"""Forms of runs: what may be typed; whether it is right is the services' business."""

from django import forms

from models_app import limits


class RenameRunForm(forms.Form):
    run_name = forms.CharField(label="Name", max_length=limits.RUN_NAME)
