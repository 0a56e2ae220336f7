# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from archipel.kernel.references import new_public_id


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """A human being with one account. No superuser: rights come from roles in organisations, the host included."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="fr")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)
    purge_on = models.DateField(null=True, blank=True, help_text="Day the pseudonym goes too, when the law keeps a trace until then.")

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="an_address_belongs_to_one_person")]
        indexes = [models.Index(fields=["name"], name="person_by_name")]

    def __str__(self) -> str:
        return self.name or self.email

    # Django's admin and permission checks ask for these; the answer is always no, rights live in ``organisations.rights``.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    @property
    def is_staff(self) -> bool:
        return False


class ApiToken(models.Model):
    """A token for programs: only its digest is stored, and it can do no more than its scopes and its person can."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", related_query_name="api_token")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
