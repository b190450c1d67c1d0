"""Puts a model with many versions into the database of a running server: crowd.py <name> <number of versions>.

Run with that server's settings in the environment.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import django

django.setup()

from django.db import transaction  # noqa: E402 - after the path

from models_app import clock  # noqa: E402 - after the path
from models_app.actors import SYSTEM  # noqa: E402 - after the path
from models_app.models import ModelVersion, RegisteredModel  # noqa: E402 - after the path
from models_app.services import registered_models  # noqa: E402 - after the path


def main(name: str, count: int) -> None:
    with transaction.atomic():
        model = registered_models.create_registered_model(actor=SYSTEM, name=name)
        now = clock.now_ms()
        source = "s3://bucket/model"
        ModelVersion.objects.bulk_create(
            [
                ModelVersion(
                    model=model, number=number, source=source, storage_location=source, created_at=now, updated_at=now
                )
                for number in range(1, count + 1)
            ],
            batch_size=1_000,
        )
        RegisteredModel.objects.filter(pk=model.pk).update(last_version_number=count)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
