"""The registry's time: epoch milliseconds, as MLflow sends and stores it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_fixed: ContextVar[int | None] = ContextVar("fixed", default=None)


def now_ms() -> int:
    fixed = _fixed.get()
    return time.time_ns() // 1_000_000 if fixed is None else fixed


@contextmanager
def at(moment_ms: int) -> Iterator[None]:
    """Everything inside happens at `moment_ms`: for recorded data and for tests of what a page says about time."""
    token = _fixed.set(moment_ms)
    try:
        yield
    finally:
        _fixed.reset(token)
