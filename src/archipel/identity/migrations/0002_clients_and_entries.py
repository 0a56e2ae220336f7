# SPDX-License-Identifier: AGPL-3.0-or-later
import archipel.kernel.references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('kind', models.CharField(choices=[('confidential', 'Keeps a secret (a server)'), ('public', 'Keeps none (an application in a browser or on a telephone)')], default='confidential', max_length=20)),
                ('secret_digest', models.CharField(blank=True, help_text='SHA-256 of 256 random bits.', max_length=64)),
                ('home_url', models.CharField(blank=True, help_text='Where its tile leads.', max_length=500)),
                ('icon', models.CharField(blank=True, max_length=40)),
                ('redirect_uris', models.JSONField(default=list)),
                ('post_logout_redirect_uris', models.JSONField(blank=True, default=list)),
                ('backchannel_logout_uri', models.CharField(blank=True, max_length=500)),
                ('scopes', models.JSONField(default=list)),
                ('claims', models.JSONField(blank=True, default=list)),
                ('subject', models.CharField(choices=[('public', 'The same identifier everywhere'), ('pairwise', 'An identifier of its own for this application')], default='public', max_length=20)),
                ('sector', models.CharField(blank=True, help_text='Host name that pairwise identifiers are computed for.', max_length=253)),
                ('pkce_exemption', models.CharField(blank=True, max_length=300)),
                ('asks_consent', models.BooleanField(default=False, help_text='True for applications that the host does not run.')),
                ('signs_in_itself', models.BooleanField(default=False, help_text='May use the client credentials grant.')),
                ('refreshes', models.BooleanField(default=True, help_text='Is given refresh tokens when it asks for offline_access.')),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at', None)), fields=['name', 'id'], name='living_client_by_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('pkce_exemption', ''), ('kind', 'confidential'), _connector='OR'), name='only_a_client_with_a_secret_goes_without_proof_key'), models.CheckConstraint(condition=models.Q(('signs_in_itself', False), ('kind', 'confidential'), _connector='OR'), name='only_a_client_with_a_secret_signs_in_itself'), models.CheckConstraint(condition=models.Q(('kind__in', ['confidential', 'public'])), name='a_client_has_a_known_kind'), models.CheckConstraint(condition=models.Q(('subject__in', ['public', 'pairwise'])), name='a_client_has_a_known_subject')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('roles', models.JSONField(default=list)),
                ('through', models.CharField(max_length=60)),
                ('since', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='identity.client')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='entry', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'client'], name='entries_of_a_person'), models.Index(fields=['through', 'client'], name='entries_through_a_thing')],
                'constraints': [models.UniqueConstraint(fields=('client', 'person', 'through'), name='a_person_enters_a_client_once_through_one_thing')],
            },
        ),
    ]
