"""`manage.py demo`: says what it did, and needs nothing that only developers install."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests import live, make

WITHOUT_SCIENCE = """
import sys
for name in ("sklearn", "numpy", "pandas", "mlflow", "matplotlib", "skops"):
    sys.modules[name] = None
sys.argv = ["manage.py", *sys.argv[1:]]
import manage
manage.main()
"""


def test_it_needs_no_package_of_the_developers(tmp_path):
    env = live.environment(LAUREL_DATA_DIR=str(tmp_path))
    for command in ("migrate", "demo"):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_SCIENCE, command], cwd=live.ROOT, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert done.stdout == "The registry now holds the example data.\n"
    assert os.listdir(tmp_path / "artifacts")


@pytest.mark.django_db
def test_a_registry_in_use_is_refused():
    make.model("mine")
    with pytest.raises(CommandError, match="not empty"):
        call_command("demo")
