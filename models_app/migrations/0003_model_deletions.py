from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('models_app', '0002_version_searches'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(models.F('workspace_name'), models.F('target'), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('kind', 'registered_model.deleted')), name='event_model_deletion'),
        ),
    ]
