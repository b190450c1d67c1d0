"""The form of the sign-in page."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from models_app.services import users


class SignInForm(AuthenticationForm):
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": "This username and password don't go together. Capital letters count in both.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page decides where the focus goes: after a mistake the name is mostly right.
        self.fields["username"].widget.attrs.pop("autofocus", None)

    def clean(self) -> dict[str, Any]:
        try:
            with users.checking_password():
                return super().clean()
        except users.TooManyLogins as busy:
            raise ValidationError(busy.message, code="busy") from None
