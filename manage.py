#!/usr/bin/env python3
"""Laurel's command line: `python3 manage.py serve` starts the registry, `python3 manage.py test` tests it."""

import os
import secrets
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python can't even read what comes next
    sys.exit(f"Laurel can't start: it needs Python 3.11 or newer, and {sys.executable} is {sys.version[:6]}.")

from registry_site import bootstrap, options, test_runner
from registry_site.refusal import CannotStart

# These look at no registry in use, so they must not begin one by making its data folder and key.
WITHOUT_REGISTRY = {"", "help", "--help", "-h", "version", "--version", "check", "diffsettings", "findstatic"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "serve":
        options.apply(sys.argv[2:])
    bootstrap.ensure_environment(is_development=command == "test")
    if command == "test":
        # Not one of Django's commands: the tests have settings of their own, these here belong to a registry in use.
        sys.exit(test_runner.run(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    if command in WITHOUT_REGISTRY or {"--help", "-h"} & set(sys.argv[2:]):
        os.environ["LAUREL_SECRET_KEY"] = os.environ.get("LAUREL_SECRET_KEY") or secrets.token_urlsafe(48)
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error


if __name__ == "__main__":
    try:
        main()
    except CannotStart as refusal:
        if "--traceback" in sys.argv:
            raise
        print(f"Laurel can't start: {refusal}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
