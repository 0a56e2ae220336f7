# SPDX-License-Identifier: AGPL-3.0-or-later

import archipel.kernel.references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0005_account_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='Drift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('kind', models.CharField(max_length=8)),
                ('object_id', models.CharField(max_length=60)),
                ('label', models.CharField(max_length=200)),
                ('what', models.CharField(choices=[('missing', 'Missing'), ('different', 'Different'), ('unknown', 'Unknown')], max_length=10)),
                ('differences', models.JSONField(default=dict)),
                ('since', models.DateTimeField()),
                ('repair_asked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['since', 'id'], name='drifts_oldest_first')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'object_id'), name='a_thing_drifts_once'), models.CheckConstraint(condition=models.Q(('what__in', ['missing', 'different', 'unknown'])), name='a_thing_drifts_in_a_known_way')],
            },
        ),
        migrations.CreateModel(
            name='Pushed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('object_id', models.CharField(max_length=60)),
                ('agreed', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'object_id'), name='a_thing_is_agreed_on_once')],
            },
        ),
        migrations.CreateModel(
            name='SecretToHand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('locked_secret', models.TextField()),
                ('client', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='secret_to_hand', to='identity.client')),
            ],
        ),
        migrations.CreateModel(
            name='OutsideSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sid', models.CharField(max_length=100)),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('since', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='outside_session', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['sid'], name='sessions_of_a_sid'), models.Index(fields=['since'], name='outside_sessions_oldest_first')],
            },
        ),
    ]
