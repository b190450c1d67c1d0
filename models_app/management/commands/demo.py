"""`manage.py demo`: fill an empty registry with the recorded example."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_app.actors import SYSTEM
from models_app.services.demo import load_demo


class Command(BaseCommand):
    help = "Fill an empty registry with example data: experiments, runs, models and their history."

    def handle(self, **_given: Any) -> None:
        if not load_demo(actor=SYSTEM):
            raise CommandError("This registry is not empty, so it was left as it is. Choose another LAUREL_DATA_DIR.")
        self.stdout.write("The registry now holds the example data.")
