"""Builds the environment Laurel runs in, from the hash-locked requirements; standard library only."""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from registry_site.locks import file_lock
from registry_site.refusal import CannotStart

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = ROOT / "requirements.txt"
DEVELOPMENT_LOCK = ROOT / "requirements-dev.txt"
BASE_PYTHON = str(getattr(sys, "_base_executable", None) or sys.executable)  # not that of an environment we are in
RUNTIME = ("boto3", "django", "granian", "msgspec", "psycopg", "whitenoise")
DEVELOPMENT = (*RUNTIME, "pytest", "pytest_django", "playwright")

# What a person's pip or uv may be told that would put packages elsewhere or leave some out; the sources stay theirs.
MISLEADING = {
    *("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_NO_DEPS", "PIP_CONSTRAINT", "PIP_REQUIREMENT"),
    *("PIP_EDITABLE", "PIP_DRY_RUN", "PIP_REPORT", "PIP_NO_BINARY", "PIP_IGNORE_INSTALLED", "PIP_LOG"),
    *("UV_SYSTEM_PYTHON", "UV_TARGET", "UV_PREFIX", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_EXCLUDE_NEWER"),
    *("UV_PYTHON", "UV_NO_BINARY", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIRECTORY", "UV_PROJECT"),
}


def ensure_environment(*, is_development: bool) -> None:
    """Go on where the packages are at hand; elsewhere build .venv if needed and start this command again in it."""
    environment = ROOT / ".venv"
    # What development needs holds what serving needs, in the same versions.
    locks = [DEVELOPMENT_LOCK] if is_development else [RUNTIME_LOCK, DEVELOPMENT_LOCK]
    is_inside = Path(sys.prefix).resolve() == environment.resolve()
    is_built = any(is_current(environment, lock) for lock in locks)
    if is_inside and is_built:
        os.environ.pop("LAUREL_BOOTSTRAPPED", None)
        return
    # Where we did not install, somebody else did: a container image, a developer's own environment.
    is_ours = is_inside and bool(read_stamps(environment))
    if not is_ours and has_all(DEVELOPMENT if is_development else RUNTIME):
        return
    if os.environ.get("LAUREL_BOOTSTRAPPED"):
        raise CannotStart(f"the environment in {environment} is broken: delete that folder and run this again.")
    if not is_built:
        build(environment, locks[0])
    restart_in(environment)


def has_all(modules: Sequence[str]) -> bool:
    """All of them, in a fitting version: a system may carry an old Django."""
    if not all(importlib.util.find_spec(module) for module in modules):
        return False
    import django

    return django.VERSION[:2] == (5, 2)


def build(environment: Path, lock: Path) -> None:
    """Fill `environment` with exactly what `lock` names; what was started and not finished is started anew."""
    with file_lock(environment.with_name(environment.name + ".lock"), on_wait=_say_waiting):
        if is_current(environment, lock):
            return
        count = sum(1 for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#")))
        print(f"Setting up {environment} with {count} packages, once; this takes a minute or two …", file=sys.stderr)
        stamps = read_stamps(environment)
        is_fresh = must_be_made(environment)
        if environment.exists():
            write_stamps(environment, {})  # begun: nothing counts until it is finished
        try:
            install(environment, lock, is_fresh=is_fresh)
        except (OSError, subprocess.CalledProcessError, SystemExit) as error:
            output = getattr(error, "stderr", None) or getattr(error, "stdout", None) or str(error)
            shown = [line.strip() for line in str(output).strip().splitlines() if line.strip()][-6:]
            raise CannotStart(f"the packages of {lock.name} can't be installed:\n  " + "\n  ".join(shown)) from error
        write_stamps(environment, {**stamps, lock.name: stamp_of(lock)})


def must_be_made(environment: Path) -> bool:
    """Unless it works; one that works but was begun by us and never finished is made anew, one of other hands kept."""
    try:
        run([str(python_of(environment)), "-c", ""])
    except (OSError, subprocess.CalledProcessError):
        return True
    return _stamp_file(environment).exists() and not read_stamps(environment)


def _say_waiting() -> None:
    print("Another Laurel is being set up here; waiting for it …", file=sys.stderr)


def install(environment: Path, lock: Path, *, is_fresh: bool) -> None:
    python = python_of(environment)
    uv = usable_uv()
    if uv:
        if is_fresh:
            run([uv, "venv", "--quiet", "--clear", "--no-project", "--python", BASE_PYTHON, str(environment)])
        with contextlib.suppress(subprocess.CalledProcessError):
            run([uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)])
            return
        # uv does not read pip's settings, so pip may still know a way to the packages.
        is_fresh = True
    pip = make_with_pip(environment) if is_fresh else pip_of(environment)
    run([*pip, "install", "--quiet", "--no-input", "--require-hashes", "-r", str(lock)])


def usable_uv() -> str | None:
    """A uv that runs: version managers leave a shim on PATH that only reports an error."""
    uv = shutil.which("uv")
    if not uv:
        return None
    try:
        run([uv, "--version"])
    except (OSError, subprocess.CalledProcessError):
        return None
    return uv


def make_with_pip(environment: Path) -> list[str]:
    """Debian's python3 comes without ensurepip; then the pip outside installs into the environment."""
    with contextlib.suppress(subprocess.CalledProcessError, ImportError, SystemExit):
        if importlib.util.find_spec("ensurepip"):
            venv.EnvBuilder(with_pip=True, clear=True, symlinks=os.name != "nt").create(environment)
            return pip_of(environment)
    venv.EnvBuilder(with_pip=False, clear=True, symlinks=os.name != "nt").create(environment)
    return pip_of(environment)


def pip_of(environment: Path) -> list[str]:
    python = str(python_of(environment))
    with contextlib.suppress(subprocess.CalledProcessError):
        run([python, "-m", "pip", "--version"])
        return [python, "-m", "pip"]
    try:
        run([sys.executable, "-m", "pip", "--version"])
    except subprocess.CalledProcessError:
        raise CannotStart(
            "this Python has neither ensurepip nor pip, and there is no uv: install one of them "
            "(on Debian and Ubuntu: apt-get install python3-venv)."
        ) from None
    return [sys.executable, "-m", "pip", "--python", python]


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environment())  # noqa: S603 - ours


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    # These win over the same words in a pip.conf.
    return {**kept, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def restart_in(environment: Path) -> None:
    python = str(python_of(environment))
    os.environ["LAUREL_BOOTSTRAPPED"] = "1"
    if os.name == "nt":
        sys.exit(subprocess.call([python, *sys.argv]))  # noqa: S603 - our own command again
    os.execv(python, [python, *sys.argv])  # noqa: S606 - our own command again


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp_of(lock: Path) -> str:
    version = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
    return f"{version} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


def is_current(environment: Path, lock: Path) -> bool:
    return read_stamps(environment).get(lock.name) == stamp_of(lock)


def read_stamps(environment: Path) -> dict[str, str]:
    """What was installed to the end; nothing when the interpreter has gone or is another one."""
    try:
        stamps: dict[str, str] = json.loads(_stamp_file(environment).read_text())
        run([str(python_of(environment)), "-c", ""])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return {}
    version = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor} "
    return {name: stamp for name, stamp in stamps.items() if stamp.startswith(version)}


def write_stamps(environment: Path, stamps: dict[str, str]) -> None:
    partial = _stamp_file(environment).with_suffix(".partial")
    partial.write_text(json.dumps(stamps, indent=1))
    partial.replace(_stamp_file(environment))


def _stamp_file(environment: Path) -> Path:
    return environment / "laurel-installed.json"
