#!/usr/bin/env python3
"""Laurel's command line: `python3 manage.py serve` starts the registry, `python3 manage.py test` tests it."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry_site.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        from registry_site import bootstrap

        bootstrap.run_in_environment(development="test" in sys.argv[1:2])
        return
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
