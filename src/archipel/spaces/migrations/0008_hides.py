# SPDX-License-Identifier: AGPL-3.0-or-later
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('spaces', '0007_left_behind'),
    ]

    operations = [
        migrations.AddField(
            model_name='hold',
            name='hides',
            field=models.BooleanField(default=False, help_text='Visitors read that it is worked on, whatever the application itself answers.'),
        ),
    ]
