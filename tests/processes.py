"""Processes that tests start: they end with the tests, even when those are killed."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

PR_SET_PDEATHSIG = 1


def start(command: list[Any], *, at_our_end: signal.Signals, **options: Any) -> "subprocess.Popen[bytes]":
    """Like Popen; on Linux the kernel sends `at_our_end` when this process is gone."""
    if sys.platform == "linux":
        options["preexec_fn"] = _bound_to_us(at_our_end)
    return subprocess.Popen(command, **options)


def _bound_to_us(ending: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)  # loaded here: the child, between fork and exec, should do as little as possible

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, ending.value)

    return bind
