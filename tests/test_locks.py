"""Locks between processes."""

import subprocess
import sys
from pathlib import Path

from registry_site.locks import file_lock

HOLD = """
import sys
from pathlib import Path
from registry_site.locks import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_second_process_waits_for_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    waited: list[bool] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        def let_go() -> None:
            waited.append(True)
            holder.stdin.write("\n")
            holder.stdin.flush()

        with file_lock(lock, on_wait=let_go):
            assert waited == [True]


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    waited: list[bool] = []
    with file_lock(lock, on_wait=lambda: waited.append(True)):
        assert not waited
