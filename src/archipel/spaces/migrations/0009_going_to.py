# SPDX-License-Identifier: AGPL-3.0-or-later
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("machines", "0002_places"),
        ("spaces", "0008_hides"),
    ]

    operations = [
        migrations.AddField(
            model_name="space",
            name="going_to",
            field=models.ForeignKey(
                help_text="Where it is being moved: its room is kept there meanwhile.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                related_query_name="space_coming",
                to="machines.machine",
            ),
        ),
    ]
