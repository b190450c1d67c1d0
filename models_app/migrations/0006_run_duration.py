from django.db import migrations, models


class AddStoredField(migrations.AddField):
    """SQLite adds a stored column to an empty table only: one that holds rows is made anew."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        field = to_state.apps.get_model(app_label, self.model_name)._meta.get_field(self.name)
        schema_editor._remake_table(from_state.apps.get_model(app_label, self.model_name), create_field=field)


class Migration(migrations.Migration):

    dependencies = [("models_app", "0005_metric_history")]

    operations = [
        AddStoredField(
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
