"""Code of others lies here unedited, with its licence."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = sorted(path for base in ("static", "tests") for path in (ROOT / base).glob("**/vendor/*") if path.is_dir())


def test_something_is_vendored():
    assert FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_vendored_files_are_as_they_came(folder):
    assert (folder / "LICENSE").exists()
    for line in (folder / "SHA256").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
