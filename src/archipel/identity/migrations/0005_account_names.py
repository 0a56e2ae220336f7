# SPDX-License-Identifier: AGPL-3.0-or-later
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0004_second_factor_and_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('application', models.CharField(max_length=100)),
                ('user_name', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField()),
                ('client', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='account_name', to='identity.client')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='account_name', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'client'], name='account_names_of_a_person')],
                'constraints': [models.UniqueConstraint(fields=('person', 'application'), name='a_person_has_one_name_in_an_application'), models.UniqueConstraint(fields=('application', 'user_name'), name='a_name_in_an_application_is_of_one_person'), models.UniqueConstraint(condition=models.Q(('client', None), _negated=True), fields=('client', 'user_name'), name='a_name_at_a_client_is_of_one_person'), models.CheckConstraint(condition=models.Q(('user_name', ''), _negated=True), name='a_name_in_an_application_is_not_empty')],
            },
        ),
    ]
