# SPDX-License-Identifier: AGPL-3.0-or-later

import archipel.kernel.references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0002_clients_and_entries'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='session_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='How long it keeps somebody in by itself, where it knows no back-channel logout.', null=True),
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('session_digest', models.CharField(db_index=True, max_length=64)),
                ('sid', models.CharField(max_length=64)),
                ('scopes', models.JSONField(default=list)),
                ('signed_in_at', models.DateTimeField(help_text='When the person last proved who they are, here.')),
                ('methods', models.JSONField(default=list)),
                ('code_digest', models.CharField(max_length=64, unique=True)),
                ('code_expires_at', models.DateTimeField()),
                ('redirect_uri', models.CharField(max_length=500)),
                ('nonce', models.CharField(blank=True, max_length=500)),
                ('proof_key', models.CharField(blank=True, help_text='SHA-256 of the verifier (RFC 7636, S256).', max_length=128)),
                ('created_at', models.DateTimeField()),
                ('redeemed_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=20)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to='identity.client')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='sign_in', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='IssuedToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('access', 'Access'), ('refresh', 'Refresh')], max_length=10)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', models.JSONField(default=list)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('used_at', models.DateTimeField(blank=True, null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='identity.client')),
                ('sign_in', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='identity.signin')),
            ],
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('locked_private', models.TextField(blank=True, help_text='PEM, locked with the keys; empty once withdrawn.')),
                ('public_jwk', models.JSONField(help_text='RFC 7517, public half.')),
                ('created_at', models.DateTimeField()),
                ('signs_from', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('withdrawn_at', None), ('locked_private', ''), _connector='OR'), name='a_withdrawn_key_signs_no_more')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scopes', models.JSONField(default=list)),
                ('claims', models.JSONField(default=list)),
                ('given_at', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='consent', to='identity.client')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='consent', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'client'], name='consents_of_a_person')],
                'constraints': [models.UniqueConstraint(fields=('client', 'person'), name='a_person_consents_to_a_client_once')],
            },
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['person', 'client'], name='living_sign_ins_of_a_person'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['created_at'], name='sign_ins_by_age'),
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='an_ended_sign_in_says_why'),
        ),
        migrations.AddConstraint(
            model_name='issuedtoken',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['access', 'refresh'])), name='an_issued_token_has_a_known_kind'),
        ),
        migrations.AddConstraint(
            model_name='issuedtoken',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'access'), ('sign_in__isnull', False), _connector='OR'), name='a_refresh_token_belongs_to_a_sign_in'),
        ),
    ]
