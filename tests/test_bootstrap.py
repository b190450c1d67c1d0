"""The set-up of the environment, with a package made here, so that no registry is asked."""

import hashlib
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from registry_site import bootstrap
from registry_site.refusal import CannotStart
from tests.conftest import once
from tests.live import ROOT

pytestmark = once
METADATA = "Metadata-Version: 2.1\nName: laurel-probe\nVersion: {version}\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "uv" and not bootstrap.usable_uv():
        pytest.skip("no uv here")
    if request.param == "pip":
        monkeypatch.setattr(bootstrap, "usable_uv", lambda: None)
    return str(request.param)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    return tmp_path / "env"


def make_lock(folder: Path, version: str = "1.0", digest: str = "") -> Path:
    wheel = folder / f"laurel_probe-{version}-py3-none-any.whl"
    info = f"laurel_probe-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("laurel_probe.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", METADATA.format(version=version))
        archive.writestr(f"{info}/WHEEL", WHEEL)
        archive.writestr(f"{info}/RECORD", f"laurel_probe.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    lock = folder / "requirements.txt"
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"laurel-probe @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    return lock


def installed_version(environment: Path) -> str:
    command = [str(bootstrap.python_of(environment)), "-c", "import laurel_probe; print(laurel_probe.version)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_environment_holds_what_the_lock_names(installer: str, environment: Path, tmp_path: Path) -> None:
    lock = make_lock(tmp_path)
    bootstrap.build(environment, lock)
    assert installed_version(environment) == "1.0"
    assert bootstrap.is_current(environment, lock)


def test_changed_lock_is_installed_again(environment: Path, tmp_path: Path) -> None:
    bootstrap.build(environment, make_lock(tmp_path))
    lock = make_lock(tmp_path, "2.0")
    assert not bootstrap.is_current(environment, lock)
    bootstrap.build(environment, lock)
    assert installed_version(environment) == "2.0"


def test_wrong_digest_is_refused_and_nothing_counts_as_installed(environment: Path, tmp_path: Path) -> None:
    lock = make_lock(tmp_path, digest="0" * 64)
    with pytest.raises(CannotStart, match=r"the packages of requirements\.txt can't be installed"):
        bootstrap.build(environment, lock)
    assert not bootstrap.is_current(environment, lock)


def test_settings_of_ones_own_installer_do_not_lead_astray(
    installer: str, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_TARGET", "PIP_PREFIX", "UV_TARGET", "UV_PREFIX"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    for name in ("PIP_USER", "PIP_REQUIRE_VIRTUALENV", "UV_SYSTEM_PYTHON", "PIP_NO_DEPS"):
        monkeypatch.setenv(name, "1")
    bootstrap.build(environment, make_lock(tmp_path))
    assert installed_version(environment) == "1.0"
    assert not (tmp_path / "elsewhere").exists()


def test_killed_installation_is_started_anew(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = make_lock(tmp_path)
    real_run = bootstrap.run

    def killed(command: list[str]) -> None:
        if "install" in command:
            raise KeyboardInterrupt
        real_run(command)

    with monkeypatch.context() as patched:
        patched.setattr(bootstrap, "run", killed)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.build(environment, lock)
    assert not bootstrap.is_current(environment, lock)
    bootstrap.build(environment, lock)
    assert installed_version(environment) == "1.0"


def test_environment_made_by_other_hands_is_filled_and_not_emptied(environment: Path, tmp_path: Path) -> None:
    venv.EnvBuilder(with_pip=False, symlinks=True).create(environment)
    (environment / "mine.txt").write_text("keep me")
    bootstrap.build(environment, make_lock(tmp_path))
    assert installed_version(environment) == "1.0"
    assert (environment / "mine.txt").exists()


def test_shim_that_only_reports_an_error_is_not_taken_for_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "uv"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    assert bootstrap.usable_uv() is None


def test_environment_whose_python_has_gone_is_not_current(environment: Path, tmp_path: Path) -> None:
    lock = make_lock(tmp_path)
    environment.mkdir()
    bootstrap.write_stamps(environment, {lock.name: bootstrap.stamp_of(lock)})
    assert not bootstrap.is_current(environment, lock)


def test_second_set_up_waits_for_the_first(environment: Path, tmp_path: Path) -> None:
    lock = make_lock(tmp_path)
    code = (
        "import sys; from pathlib import Path; from registry_site import bootstrap; "
        "bootstrap.build(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(environment), str(lock)]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert sum("Setting up" in text for text in errors) == 1
    assert installed_version(environment) == "1.0"


def test_broken_environment_does_not_restart_for_ever() -> None:
    """The same command again, restarted once already, in a Python without any package."""
    env = {"PATH": os.environ["PATH"], "LAUREL_BOOTSTRAPPED": "1"}
    command = [bootstrap.BASE_PYTHON, "-S", str(ROOT / "manage.py"), "serve", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "is broken: delete that folder and run this again" in done.stderr
