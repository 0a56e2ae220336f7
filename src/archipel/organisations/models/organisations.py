# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.identity.folding import LONGEST_WORD, fold, words_of
from archipel.kernel.references import new_public_id


class Town(models.Model):
    """A French town (INSEE COG), shipped with its position; see ``organisations/towns/README.md`` for attributions."""

    code = models.CharField(max_length=5, primary_key=True, help_text="INSEE code.")
    name = models.CharField(max_length=60)
    search_name = models.CharField(max_length=60, db_index=True, help_text="Lower case, without accents or hyphens.")
    department = models.CharField(max_length=3)
    region = models.CharField(
        max_length=3, help_text="INSEE code; overseas collectivities carry that of their department."
    )
    postcodes = models.CharField(max_length=400)
    population = models.PositiveIntegerField(default=0)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.department})"


class Kind(models.TextChoices):
    ASSOCIATION = "association", _("Declared association")
    COLLECTIVE = "collective", _("Informal collective")
    UNION = "union", _("Union")
    COOPERATIVE = "cooperative", _("Cooperative")
    COMPANY = "company", _("Company")
    PUBLIC_BODY = "public_body", _("Public body")
    INDIVIDUAL = "individual", _("A person alone")
    HOST = "host", _("The host")


class Organisation(models.Model):
    """Who is hosted: an organisation, or a person alone (kind ``individual``, a word never shown)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=160)
    search_text = models.CharField(
        max_length=400, editable=False, help_text="Name, town, numbers, folded, for the desk."
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    rna = models.CharField(max_length=10, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    fields_of_action = models.JSONField(default=list, blank=True)
    town = models.ForeignKey(
        Town, null=True, blank=True, on_delete=models.PROTECT, related_name="+", related_query_name="organisation"
    )
    town_text = models.CharField(max_length=120, blank=True, help_text="Where it is when no French town was chosen.")
    member_since = models.DateField(
        null=True, blank=True, help_text="Declared by the host; an agreement in force counts as well."
    )
    member_until = models.DateField(null=True, blank=True)
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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rna"], condition=~Q(rna="") & Q(merged_into=None), name="an_rna_belongs_to_one_organisation"
            ),
            models.UniqueConstraint(
                fields=["siren"],
                condition=~Q(siren="") & Q(merged_into=None),
                name="a_siren_belongs_to_one_organisation",
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="host"), name="there_is_one_host_organisation"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="an_organisation_has_a_known_kind"),
        ]
        indexes = [
            models.Index(
                fields=["name", "id", "search_text"], condition=Q(merged_into=None), name="living_organisation_by_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        before = "" if self._state.adding else self.search_text
        self.search_text = self.folded()
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_text"}
        super().save(**kwargs)
        if self.search_text != before:
            OrganisationWord.objects.filter(organisation=self).delete()
            OrganisationWord.objects.bulk_create(self.words())

    def folded(self) -> str:
        """Return what the desk searches in; whoever writes rows in bulk fills ``search_text`` with it."""
        town = self.town.name if self.town else self.town_text
        return fold(f"{self.name} {town} {self.rna} {self.siren}")[:400]

    def words(self) -> list[OrganisationWord]:
        """Return the rows that ``search_text`` is found by; whoever writes organisations in bulk writes them too."""
        # A SIREN is often typed by groups of three.
        found = words_of(f"{self.search_text} {self.siren[3:]} {self.siren[6:]}")
        return [OrganisationWord(organisation=self, word=word) for word in found]


class OrganisationWord(models.Model):
    """A word that an organisation is found by, looked up by its beginning."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", related_query_name="word"
    )
    word = models.CharField(max_length=LONGEST_WORD)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "word"], name="an_organisation_has_a_word_once")]
        indexes = [
            models.Index(
                fields=["word", "organisation"],
                name="organisation_by_word",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            )
        ]


class Role(models.TextChoices):
    REFERENT = "referent", _("Referent")
    TREASURER = "treasurer", _("Treasurer")
    MEMBER = "member", _("Member")
    REVIEWER = "reviewer", _("Reviewer")
    SUPPORT = "support", _("Support")
    HOST_TREASURER = "host_treasurer", _("Host treasurer")
    EDITOR = "editor", _("Editor")
    ADMINISTRATOR = "administrator", _("System administrator")


class Membership(models.Model):
    """The role of a person in an organisation, from when to when; a person may hold several roles at the host."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", related_query_name="role"
    )
    person = models.ForeignKey("identity.Person", on_delete=models.PROTECT, related_name="+", related_query_name="role")
    role = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True, help_text="When it is to end by itself; empty: not planned.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "person", "role"], condition=Q(ended_at=None), name="a_person_holds_a_role_once"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="a_role_is_known"),
        ]
        indexes = [
            models.Index(fields=["person", "ended_at"], name="roles_of_a_person"),
            # By role first: who leads each organisation is read without looking at the tenfold of members, from the index alone.
            models.Index(
                fields=["role", "organisation", "person"], condition=Q(ended_at=None), name="present_people_by_role"
            ),
            models.Index(
                fields=["last_day"], condition=Q(ended_at=None, last_day__isnull=False), name="roles_that_end"
            ),
        ]


class Invitation(models.Model):
    """A link that gives a person a role; only its digest is kept, it works once and expires."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", related_query_name="invitation"
    )
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    language = models.CharField(max_length=8, default="fr")
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="invitation_sent"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        "identity.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="invitation_accepted",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "accepted_at"], name="invitations_of_organisation")]
