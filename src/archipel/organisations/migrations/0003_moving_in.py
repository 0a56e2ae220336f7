# SPDX-License-Identifier: AGPL-3.0-or-later
import archipel.kernel.references
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0002_access_and_resets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=archipel.kernel.references.new_public_id, editable=False, max_length=14, unique=True)),
                ('state', models.CharField(choices=[('reading', 'reading'), ('unreadable', 'unreadable'), ('ready', 'ready'), ('applying', 'applying'), ('applied', 'applied'), ('undoing', 'undoing'), ('undone', 'undone'), ('discarded', 'discarded')], default='reading', max_length=10)),
                ('state_since', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('confirmed', models.BooleanField(default=False, help_text='The former software had its addresses confirmed.')),
                ('kind', models.CharField(default='association', help_text='Of organisations whose file says none.', max_length=20)),
                ('applications', models.JSONField(default=list, help_text='Where people have the user names of a directory.')),
                ('summary', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('records', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('mailed_until', models.BigIntegerField(default=0, help_text='Key of the last effect whose person was written to.')),
                ('purge_on', models.DateField(blank=True, null=True)),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='batch_started', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='BatchEffect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('object_id', models.BigIntegerField(help_text='Key of the row; it may be gone.')),
                ('label', models.CharField(blank=True, max_length=160)),
                ('how', models.CharField(max_length=20)),
                ('undo', models.JSONField(default=dict)),
                ('undone', models.BooleanField(default=False)),
                ('kept_because', models.CharField(blank=True, max_length=40)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='effects', to='organisations.batch')),
            ],
        ),
        migrations.CreateModel(
            name='BatchFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('size', models.PositiveIntegerField()),
                ('locked_content', models.TextField(blank=True, help_text='Base64 of the bytes, locked.')),
                ('asked_encoding', models.CharField(blank=True, max_length=20)),
                ('format', models.CharField(blank=True, max_length=20)),
                ('encoding', models.CharField(blank=True, max_length=20)),
                ('separator', models.CharField(blank=True, max_length=3)),
                ('records', models.PositiveIntegerField(default=0)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='organisations.batch')),
            ],
        ),
        migrations.CreateModel(
            name='BatchPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('locked_records', models.TextField(blank=True)),
                ('records', models.PositiveSmallIntegerField()),
                ('done', models.PositiveSmallIntegerField(default=0)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='organisations.batch')),
            ],
        ),
        migrations.CreateModel(
            name='BatchProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=120)),
                ('line', models.PositiveIntegerField()),
                ('column', models.CharField(blank=True, max_length=60)),
                ('code', models.CharField(max_length=40)),
                ('values', models.JSONField(default=dict)),
                ('left_out', models.BooleanField(default=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='organisations.batch')),
            ],
        ),
        migrations.CreateModel(
            name='FormerReference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=255, unique=True)),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_references', to='organisations.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='MailDomain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=253, unique=True)),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mail_domains', to='organisations.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='DomainMailbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('quota_bytes', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', related_query_name='domain_mailbox', to=settings.AUTH_USER_MODEL)),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailboxes', to='organisations.maildomain')),
            ],
        ),
        migrations.CreateModel(
            name='Redirection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=254)),
                ('destination', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField()),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redirections', to='organisations.maildomain')),
            ],
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['-created_at'], name='batches_latest'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('reading', 'unreadable', 'ready', 'applying', 'applied', 'undoing', 'undone', 'discarded'))), name='a_batch_is_in_a_known_state'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('records'))), name='no_more_is_done_than_was_read'),
        ),
        migrations.AddIndex(
            model_name='batcheffect',
            index=models.Index(fields=['batch', 'undone', '-id'], name='effects_of_a_batch'),
        ),
        migrations.AddIndex(
            model_name='batcheffect',
            index=models.Index(fields=['kind', 'object_id'], name='effects_on_an_object'),
        ),
        migrations.AddConstraint(
            model_name='batchpart',
            constraint=models.UniqueConstraint(fields=('batch', 'number'), name='a_batch_has_one_part_of_a_number'),
        ),
        migrations.AddIndex(
            model_name='batchproblem',
            index=models.Index(fields=['batch', '-left_out', 'file', 'line', 'id'], name='problems_of_a_batch'),
        ),
        migrations.AddIndex(
            model_name='redirection',
            index=models.Index(fields=['destination'], name='redirections_to_an_address'),
        ),
        migrations.AddConstraint(
            model_name='redirection',
            constraint=models.UniqueConstraint(fields=('source', 'destination'), name='an_address_is_redirected_to_another_once'),
        ),
    ]
