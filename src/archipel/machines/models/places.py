# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.kernel.references import new_public_id
from archipel.machines.models.machines import Site


class PlaceKind(models.TextChoices):
    FOLDER = "folder", _("A folder or disk of this machine")
    S3 = "s3", _("An S3 storage")
    SFTP = "sftp", _("Another machine, by SFTP")


class BackupPlace(models.Model):
    """Where back-ups go, encrypted. ``location`` is a path, ``bucket/prefix`` or ``user@host:path``; what opens it is locked."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=PlaceKind.choices)
    location = models.CharField(max_length=300)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="backup_places")
    run_by = models.CharField(max_length=120, blank=True, help_text="Whose it is; empty: the host's own.")
    locked_passphrase = models.TextField(help_text="What the copies are encrypted with.")
    locked_credentials = models.TextField(blank=True, help_text="What opens the storage, as JSON.")
    keep_daily = models.PositiveSmallIntegerField(default=7)
    keep_weekly = models.PositiveSmallIntegerField(default=4)
    keep_monthly = models.PositiveSmallIntegerField(default=6)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    key_kept_at = models.DateTimeField(
        null=True, blank=True, help_text="When the host said that the passphrase is kept outside of Archipel."
    )
    used_at = models.DateTimeField(null=True, blank=True, help_text="When something was last kept there.")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last read and found whole.")
    problem = models.CharField(max_length=200, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_since = models.DateTimeField(null=True, blank=True)
    problem_seen_at = models.DateTimeField(null=True, blank=True, help_text="When it was last met.")
    bytes = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PlaceKind.values), name="a_backup_place_has_a_known_kind"),
            models.CheckConstraint(
                condition=Q(keep_daily__gt=0) | Q(keep_weekly__gt=0) | Q(keep_monthly__gt=0),
                name="a_backup_place_keeps_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OwnCopy(models.Model):
    """A copy of Archipel itself (database, files, locked keys) in one place, or a try that failed (``problem``).

    ``read_at``: when it was brought back and opened as a test; ``read_ok`` how that went.
    """

    place = models.ForeignKey(BackupPlace, on_delete=models.PROTECT, related_name="own_copies")
    copy_id = models.CharField(max_length=64, blank=True)
    taken_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    bytes = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    dropped_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_ok = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "taken_at"], name="archipel_is_copied_once_at_an_instant")
        ]
        indexes = [models.Index(fields=["place", "-taken_at"], name="own_copies_newest_first")]

    def __str__(self) -> str:
        return f"{self.place_id} {self.taken_at:%Y-%m-%d}"
