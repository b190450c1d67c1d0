"""`manage.py collect_garbage`: clear what broken uploads and deletions left, and texts rendered long ago."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_app.clock import now_ms
from models_app.errors import RegistryError
from models_app.services import descriptions
from models_app.storage import get_store

DAY = 24 * 60 * 60 * 1000


class Command(BaseCommand):
    help = "Clear leftovers of uploads that broke off more than a day ago, and rendered texts older than 90 days."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            leftovers = get_store().remove_leftovers(now_ms() - DAY)
        except RegistryError as error:
            raise CommandError(error.message) from None
        texts = descriptions.forget(now_ms() - 90 * DAY)
        self.stdout.write(f"Removed {leftovers} leftovers of uploads and {texts} rendered texts.")
