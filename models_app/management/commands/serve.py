"""`manage.py serve`: the one command that runs a registry."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from registry_site import options, server, startup
from registry_site.refusal import CannotStart

NO_ACCOUNT = (
    "Nobody can sign in yet: `python3 manage.py createsuperuser` makes an account "
    "(with LAUREL_DATA_DIR and LAUREL_DATABASE_URL set to what is served here)."
)
NOT_EMPTY = "The registry is not empty, so no example data was added."


class Command(BaseCommand):
    help = "Check the settings, bring the database up to date and serve Laurel."
    requires_system_checks = []  # the start-up runs them and words what they find

    def add_arguments(self, parser: ArgumentParser) -> None:
        options.add_to(parser)

    def handle(self, **_given: Any) -> None:
        # manage.py has put every option into the environment before the settings were read.
        host = settings.HOST
        address = options.listening_address(host)
        server.refuse_open_door(host, address, settings.LOGIN_REQUIRED)
        with server.reserved(address, settings.PORT) as port:
            startup.prepare()
            if settings.DEMO:
                self._load_demo()
            if settings.LOGIN_REQUIRED:
                self._say_without_accounts()
            startup.leave_database()
            line = server.ready_line(address, port, settings.DATA_DIR, settings.ALLOWED_HOSTS)
            threads = settings.THREADS + settings.LONG_REQUESTS
            server.run(address, port, workers=settings.WORKERS, threads=threads, line=line)
        startup.close_database()

    def _load_demo(self) -> None:
        from models_app.actors import SYSTEM
        from models_app.errors import RegistryError
        from models_app.services import demo

        try:
            is_loaded = demo.load_demo(actor=SYSTEM)
        except RegistryError as error:  # a disk that is full, a bucket that went away
            raise CannotStart(f"the example data can't be stored: {error.message}") from None
        self.stdout.write("The registry now holds the example data." if is_loaded else NOT_EMPTY)

    def _say_without_accounts(self) -> None:
        from models_app.services import users

        if not users.anybody_can_sign_in():
            self.stdout.write(NO_ACCOUNT)
