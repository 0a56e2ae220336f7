# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from archipel.identity.folding import LONGEST_WORD, fold, words_of
from archipel.kernel.references import new_public_id


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """A human being with one account. No superuser: rights come from roles in organisations, the host included."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    search_text = models.CharField(max_length=400, editable=False, help_text="Name and address, folded, for the desk.")
    pseudonym = models.CharField(
        max_length=30, blank=True, help_text="What applications may call the person by (claim nickname)."
    )
    language = models.CharField(max_length=8, default="fr")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    merged_into = models.ForeignKey(
        # Not indexed: nearly all are null, and a list of the living would be read in the order of that index.
        "self",
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="merged",
    )
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the host closed the account.")
    closed_because = models.CharField(max_length=500, blank=True, help_text="Why, as the person was told.")
    forgotten_at = models.DateTimeField(null=True, blank=True)
    purge_on = models.DateField(
        null=True, blank=True, help_text="Day the pseudonym goes too, when the law keeps a trace until then."
    )

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="an_address_belongs_to_one_person"),
            models.UniqueConstraint(
                fields=["pseudonym"], condition=~Q(pseudonym=""), name="a_pseudonym_belongs_to_one_person"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(is_active=False), name="a_closed_account_does_not_sign_in"
            ),
        ]
        indexes = [
            models.Index(
                fields=["name", "id", "search_text"], condition=Q(merged_into=None), name="living_person_by_name"
            ),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="closed_accounts"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, **kwargs: Any) -> None:
        before = "" if self._state.adding else self.search_text
        self.search_text = fold(f"{self.name} {self.email}")[:400]
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(**kwargs)
        if self.search_text != before:
            PersonWord.objects.filter(person=self).delete()
            PersonWord.objects.bulk_create(self.words())

    def words(self) -> list[PersonWord]:
        """Return the rows that ``search_text`` is found by; whoever writes persons in bulk writes them too."""
        return [PersonWord(person=self, word=word) for word in words_of(self.search_text)]

    # Django's permission checks ask for these; the answer is always no, rights live in ``organisations.rights``.
    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        return False

    @property
    def is_staff(self) -> bool:
        return False


class PersonWord(models.Model):
    """A word that a person is found by, looked up by its beginning: nobody reads through a long register."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", related_query_name="word")
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "word"], name="a_person_has_a_word_once")]
        indexes = [
            models.Index(
                fields=["word", "person"], name="person_by_word", opclasses=["varchar_pattern_ops", "int8_ops"]
            )
        ]
