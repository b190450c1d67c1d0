"""`manage.py test`: pytest on SQLite, and the same tests on a real PostgreSQL."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
USAGE = """usage: manage.py test [--sqlite | --postgres] [arguments of pytest ...]

Runs the tests on SQLite, and again on a PostgreSQL server that is started for them.
--sqlite and --postgres choose one of the two; everything else goes to pytest, such as
a path, -k WORD, -x or -m "not browser". Without any of that, up to four processes
share the work, and both databases are tested at the same time: what was said of
PostgreSQL is shown behind the other. -n 2 --dist loadfile asks for processes where a
choice is made.

LAUREL_REQUIRE_POSTGRES=1 and LAUREL_REQUIRE_BROWSER=1 turn a missing server or browser
into a failure; LAUREL_BROWSER names the Chromium to drive."""
NOTHING_COLLECTED = 5
# One more than processors: half of the time a process waits for servers and browsers. A file stays in one process, its
# tests share servers; more processes would start more of these than they save time.
PROCESSES = min(4, (os.cpu_count() or 1) + 1)
NICENESS = 10  # of the pass on PostgreSQL, which drives no browser: the other one, which does, is not slowed down by it
SHARED_WORK = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")


def run(arguments: Sequence[str]) -> int:
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    # Ended from outside, leave the way an error does: the database server is stopped and its folder removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    chosen = {"--sqlite", "--postgres"} & set(arguments)
    passed_on = [argument for argument in arguments if argument not in chosen]
    if not passed_on and len(chosen) != 1:
        results = run_on_both(SHARED_WORK)
    else:
        results = {}
        if "--postgres" not in chosen or len(chosen) == 2:
            results["SQLite"] = run_pytest(passed_on or SHARED_WORK, "")
        if "--sqlite" not in chosen or len(chosen) == 2:
            results["PostgreSQL"] = run_on_postgres(passed_on or SHARED_WORK)
    print("\n" + ", ".join(f"{name}: {in_words(result)}" for name, result in results.items()), flush=True)
    return exit_code(list(results.values()))


def run_on_both(arguments: Sequence[str]) -> dict[str, int | str]:
    """At the same time: a third of the first pass is spent waiting for servers, browsers and its last test."""
    from tests import postgres

    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.running())
        except postgres.NoPostgres as error:
            return {"SQLite": run_pytest(arguments, ""), "PostgreSQL": str(error)}
        output = stack.enter_context(tempfile.TemporaryFile())
        beside = start_pytest(arguments, url, output)
        stack.callback(beside.terminate)
        os.setpriority(os.PRIO_PROCESS, beside.pid, NICENESS)
        results: dict[str, int | str] = {"SQLite": run_pytest(arguments, "")}
        print("\nThe same on PostgreSQL:", flush=True)
        results["PostgreSQL"] = beside.wait()
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout.buffer)
        return results


def run_on_postgres(arguments: Sequence[str]) -> int | str:
    """pytest's exit code, or the reason why there was no server."""
    from tests import postgres

    try:
        with postgres.running() as url:
            return run_pytest(arguments, url)
    except postgres.NoPostgres as error:
        return str(error)


def run_pytest(arguments: Sequence[str], database_url: str) -> int:
    process = start_pytest(arguments, database_url)
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        raise


def start_pytest(
    arguments: Sequence[str], database_url: str, output: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    # A process of its own: settings are read once, and long before a fixture could change the database.
    environment = {**os.environ, "LAUREL_TEST_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output)  # noqa: S603 - the developer's arguments


def in_words(result: int | str) -> str:
    if isinstance(result, str):
        return f"NOT TESTED, {result}"
    return {0: "passed", NOTHING_COLLECTED: "no test to run"}.get(result, f"FAILED (pytest's exit code {result})")


def exit_code(results: Sequence[int | str]) -> int:
    if any(isinstance(result, str) for result in results) and os.environ.get("LAUREL_REQUIRE_POSTGRES") == "1":
        return 1
    codes = [result for result in results if isinstance(result, int)]
    failed = [code for code in codes if code not in {0, NOTHING_COLLECTED}]
    if failed:
        return failed[0]
    return 0 if 0 in codes else NOTHING_COLLECTED
