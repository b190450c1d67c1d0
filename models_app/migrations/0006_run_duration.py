from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("models_app", "0005_metric_history")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="duration_ms",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        started_at__gt=0,
                        ended_at__gte=models.F("started_at"),
                        then=models.F("ended_at") - models.F("started_at"),
                    ),
                    models.When(started_at__gt=0, ended_at__gt=0, then=models.Value(0)),
                ),
                null=True,
                output_field=models.BigIntegerField(null=True),
            ),
        ),
    ]
