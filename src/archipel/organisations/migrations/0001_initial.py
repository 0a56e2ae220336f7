# SPDX-License-Identifier: AGPL-3.0-or-later

import archipel.kernel.references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Town',
            fields=[
                ('code', models.CharField(help_text='INSEE code.', max_length=5, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('search_name', models.CharField(db_index=True, help_text='Lower case, without accents or hyphens.', max_length=60)),
                ('department', models.CharField(max_length=3)),
                ('region', models.CharField(help_text='INSEE code; overseas collectivities carry that of their department.', max_length=3)),
                ('postcodes', models.CharField(max_length=400)),
                ('population', models.PositiveIntegerField(default=0)),
                ('latitude', models.FloatField(null=True)),
                ('longitude', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('name', models.CharField(max_length=160)),
                ('search_text', models.CharField(editable=False, help_text='Name, town, numbers, folded, for the desk.', max_length=400)),
                ('kind', models.CharField(choices=[('association', 'Declared association'), ('collective', 'Informal collective'), ('union', 'Union'), ('cooperative', 'Cooperative'), ('company', 'Company'), ('public_body', 'Public body'), ('individual', 'A person alone'), ('host', 'The host')], max_length=20)),
                ('rna', models.CharField(blank=True, max_length=10)),
                ('siren', models.CharField(blank=True, max_length=9)),
                ('founded_year', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('fields_of_action', models.JSONField(blank=True, default=list)),
                ('town_text', models.CharField(blank=True, help_text='Where it is when no French town was chosen.', max_length=120)),
                ('member_since', models.DateField(blank=True, help_text='Declared by the host; an agreement in force counts as well.', null=True)),
                ('member_until', models.DateField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='merged', to='organisations.organisation')),
                ('town', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='organisation', to='organisations.town')),
            ],
        ),
        migrations.CreateModel(
            name='OrganisationWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=80)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', related_query_name='word', to='organisations.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('referent', 'Referent'), ('treasurer', 'Treasurer'), ('member', 'Member'), ('reviewer', 'Reviewer'), ('support', 'Support'), ('host_treasurer', 'Host treasurer'), ('editor', 'Editor'), ('administrator', 'System administrator')], max_length=20)),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='role', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='role', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'ended_at'], name='roles_of_a_person')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('organisation', 'person', 'role'), name='a_person_holds_a_role_once'), models.CheckConstraint(condition=models.Q(('role__in', ['referent', 'treasurer', 'member', 'reviewer', 'support', 'host_treasurer', 'editor', 'administrator'])), name='a_role_is_known')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=20, unique=True)),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('role', models.CharField(choices=[('referent', 'Referent'), ('treasurer', 'Treasurer'), ('member', 'Member'), ('reviewer', 'Reviewer'), ('support', 'Support'), ('host_treasurer', 'Host treasurer'), ('editor', 'Editor'), ('administrator', 'System administrator')], max_length=20)),
                ('language', models.CharField(default='fr', max_length=8)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('accepted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='invitation_accepted', to=settings.AUTH_USER_MODEL)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='invitation_sent', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='invitation', to='organisations.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'accepted_at'], name='invitations_of_organisation')],
            },
        ),
        migrations.AddIndex(
            model_name='organisation',
            index=models.Index(condition=models.Q(('merged_into', None)), fields=['name', 'id', 'search_text'], name='living_organisation_by_name'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('rna', ''), _negated=True), ('merged_into', None)), fields=('rna',), name='an_rna_belongs_to_one_organisation'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('siren', ''), _negated=True), ('merged_into', None)), fields=('siren',), name='a_siren_belongs_to_one_organisation'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'host')), fields=('kind',), name='there_is_one_host_organisation'),
        ),
        migrations.AddConstraint(
            model_name='organisation',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['association', 'collective', 'union', 'cooperative', 'company', 'public_body', 'individual', 'host'])), name='an_organisation_has_a_known_kind'),
        ),
        migrations.AddIndex(
            model_name='organisationword',
            index=models.Index(fields=['word', 'organisation'], name='organisation_by_word', opclasses=['varchar_pattern_ops', 'int8_ops']),
        ),
        migrations.AddConstraint(
            model_name='organisationword',
            constraint=models.UniqueConstraint(fields=('organisation', 'word'), name='an_organisation_has_a_word_once'),
        ),
    ]
