import models_app.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('models_app', '0001_registry'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='modelversion',
            name='model_version_source',
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(models.F('model'), models.OrderBy(models.F('updated_at'), descending=True), models.OrderBy(models.F('number'), descending=True), name='model_version_recent_in_model'),
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(models.OrderBy(models.F('created_at'), descending=True), models.F('model'), models.OrderBy(models.F('number'), descending=True), name='model_version_created'),
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(models_app.expressions.ValuePrefix('source'), name='model_version_source_prefix'),
        ),
    ]
