# SPDX-License-Identifier: AGPL-3.0-or-later
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("organisations", "0003_moving_in")]

    operations = [
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=models.Q(("ended_at", None)),
                fields=["role", "organisation"],
                name="present_people_by_role",
            ),
        ),
    ]
