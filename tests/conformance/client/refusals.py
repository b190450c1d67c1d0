"""What the client raises when the server refuses."""

from collections.abc import Callable
from typing import Any

import pytest


def refusal_of(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """The exception that the call must end with."""
    from mlflow.exceptions import MlflowException

    with pytest.raises(MlflowException) as refusal:
        call(*arguments, **options)
    return refusal.value


def code_of(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The code of the error that the call must end with."""
    return str(refusal_of(call, *arguments, **options).error_code)
