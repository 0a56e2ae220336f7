# SPDX-License-Identifier: AGPL-3.0-or-later
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0006_declared_services")]

    operations = [
        migrations.RemoveIndex("membership", "present_people_by_role"),
        migrations.AddIndex(
            "membership",
            models.Index(
                fields=["role", "organisation", "person"],
                condition=models.Q(("ended_at", None)),
                name="present_people_by_role",
            ),
        ),
    ]
