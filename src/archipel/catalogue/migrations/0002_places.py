# SPDX-License-Identifier: AGPL-3.0-or-later

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='service',
            name='places',
            field=models.PositiveIntegerField(blank=True, help_text='Spaces the host can hold at once; null = it set no limit.', null=True),
        ),
    ]
