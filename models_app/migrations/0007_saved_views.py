import django.db.models.deletion
from django.db import migrations, models

import models_app.expressions


class Migration(migrations.Migration):

    dependencies = [("models_app", "0006_run_duration")]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models_app.expressions.BytewiseCharField(max_length=120)),
                ("query", models.TextField(blank=True)),
                ("created_by", models.CharField(blank=True, default="", max_length=255)),
                ("created_at", models.BigIntegerField()),
                ("updated_at", models.BigIntegerField()),
                (
                    "experiment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="models_app.experiment",
                    ),
                ),
            ],
            options={
                "db_table": "saved_views",
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("experiment", "name"), name="saved_view_name_unique")
                ],
            },
        ),
    ]
