"""What the repository itself must hold to: locks that fit, no address of a registry, no path of a machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import once
from tests.live import ROOT

pytestmark = once
CLIENTS = [ROOT / f"tests/clients/requirements-{name}.txt" for name in ("mlflow2", "mlflow30")]
LOCKS = [ROOT / "requirements.txt", ROOT / "requirements-dev.txt", *CLIENTS]
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)")


def pins(lock: Path) -> dict[str, set[str]]:
    """Every name with its versions: one for each kind of machine that needs its own."""
    found: dict[str, set[str]] = {}
    for line in lock.read_text().splitlines():
        if match := PIN.match(line):
            found.setdefault(match["name"], set()).add(match["version"])
    return found


def wanted(lock: Path) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime: list[str] = project["project"]["dependencies"]
    if lock in CLIENTS:
        name = lock.stem.removeprefix("requirements-")
        lines = (ROOT / f"tests/clients/{name}.in").read_text().splitlines()
        runtime = [line for line in lines if not line.startswith("#")]
    if lock.name == "requirements-dev.txt":
        runtime = [*runtime, *project["dependency-groups"]["dev"]]
    return [Requirement(line) for line in runtime]


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git work tree")
    return [ROOT / name for name in done.stdout.split("\0") if name]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_satisfies_what_is_asked_for(lock: Path) -> None:
    locked = pins(lock)
    for requirement in wanted(lock):
        versions = locked.get(requirement.name.lower().replace("_", "-"))
        assert versions, f"{requirement.name} is not locked: run .ci/lock"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: locked is {version}"


@pytest.mark.parametrize("lock", LOCKS[:2], ids=lambda lock: lock.name)
def test_lock_holds_nothing_that_is_no_longer_asked_for(lock: Path) -> None:
    direct, name = set(), ""
    for line in lock.read_text().splitlines():
        if match := PIN.match(line):
            name = match["name"]
        if "laurel (pyproject.toml" in line:
            direct.add(name)
    assert direct == {requirement.name.lower() for requirement in wanted(lock)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_a_digest_and_no_address(lock: Path) -> None:
    for entry in re.split(r"\n(?=\S)", lock.read_text()):
        if PIN.match(entry):
            assert "--hash=sha256:" in entry, entry
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host", lock.read_text())


def test_tests_run_on_the_versions_that_are_served() -> None:
    development = pins(LOCKS[1])
    assert {name: development.get(name) for name in pins(LOCKS[0])} == pins(LOCKS[0])


def test_no_path_of_a_developers_machine_is_committed() -> None:
    path = re.compile(r"""(?:^|[\s"'=(:`])/(?:root|home|Users|work|opt)/\w""")
    found = []
    for file in tracked_files():
        if "vendor" in file.parts or not file.is_file():
            continue
        try:
            lines = file.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if path.search(line)]
    assert not found
