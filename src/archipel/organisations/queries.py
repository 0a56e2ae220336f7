# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, is_password_usable
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _

from archipel.host import queries as host
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.identity.searching import Found, by_words, search
from archipel.kernel import clock
from archipel.kernel.today import ExpectedLine, TodayLine
from archipel.organisations import resets, today
from archipel.organisations.lists import Listed
from archipel.organisations.models import (
    Batch,
    BatchFile,
    BatchProblem,
    Invitation,
    Kind,
    Membership,
    Organisation,
    OrganisationWord,
    Role,
)
from archipel.organisations.moving import words as moving_words
from archipel.organisations.moving.words import CountLine
from archipel.procedures.models import Procedure

_BY_WEIGHT = Case(
    *[When(role=role, then=Value(place)) for place, role in enumerate(Role.values)],
    default=Value(99),
    output_field=IntegerField(),
)


def organisation_by_public_id(public_id: str) -> Organisation | None:
    """Return an organisation, the kept one when it was merged; only for code that shows it to nobody."""
    organisation = Organisation.objects.select_related("merged_into").filter(public_id=public_id).first()
    while organisation is not None and organisation.merged_into is not None:
        organisation = organisation.merged_into
    return organisation


def host_organisation() -> Organisation | None:
    """Return the organisation that the host itself is; None before the set-up."""
    return Organisation.objects.filter(kind=Kind.HOST).first()


def roles_of(person: Person) -> list[Membership]:
    """Return the present roles of a person with their organisation, by its name."""
    return list(_present().select_related("organisation").filter(person=person).order_by("organisation__name", "pk"))


def people_of(organisation: Organisation) -> list[Membership]:
    """Return the present roles in an organisation with their person, leading ones first, then by name."""
    rows = _present().select_related("person").filter(organisation=organisation)
    return list(rows.annotate(weight=_BY_WEIGHT).order_by("weight", "person__name", "pk"))


def referents_of(organisation: Organisation) -> list[Person]:
    """Return the people who act for an organisation, the first named first."""
    rows = _present().select_related("person").filter(organisation=organisation, role=Role.REFERENT)
    return [row.person for row in rows.order_by("since", "pk")]


def host_people(*roles: str) -> list[Person]:
    """Return the people of the host who hold one of these roles (any, when none is named), each once, by name."""
    rows = Person.objects.filter(role__organisation__kind=Kind.HOST, role__ended_at=None, is_active=True)
    if roles:
        rows = rows.filter(role__role__in=roles, role__organisation__kind=Kind.HOST, role__ended_at=None)
    return list(rows.distinct().order_by("name", "pk"))


def organisations_by_number(*, rna: str = "", siren: str = "") -> list[Organisation]:
    """Return the organisations that carry one of these numbers."""
    living = Organisation.objects.filter(merged_into=None)
    found = {row.pk: row for row in living.filter(rna=rna)} if rna else {}
    if siren:
        found |= {row.pk: row for row in living.filter(siren=siren)}
    return list(found.values())


@dataclass(frozen=True)
class InvitationLine:
    """A pending invitation and whether its delay is over."""

    invitation: Invitation
    expired: bool


def pending_invitations(organisation: Organisation) -> list[InvitationLine]:
    """Return the invitations nobody accepted yet, expired ones included, latest first."""
    rows = _pending().select_related("invited_by").filter(organisation=organisation).order_by("-created_at")
    now = clock.now()
    return [InvitationLine(row, row.expires_at <= now) for row in rows]


def search_organisations(text: str = "", *, after: str = "", size: int = 25) -> Found[Organisation]:
    """Return organisations whose name, town, RNA or SIREN has every word typed, or a word that begins so, by name."""
    living = Organisation.objects.select_related("town").filter(merged_into=None)
    return search(living, text, after=after, size=size, keys_of_word=by_words(OrganisationWord, "organisation_id"))


def today_lines(limit: int | None = None) -> list[TodayLine]:
    """Return what needs the host: nobody who can act, roles that are over, second factors that wait for a call."""
    return [*today.lines(limit), *resets.today_lines(limit)]


def expected_of(person: Person) -> list[ExpectedLine]:
    """Return the invitations waiting for a person, and the resets of a second factor they may confirm or cancel."""
    return [*_invitations_of(person), *resets.expected_of(person)]


def _invitations_of(person: Person) -> list[ExpectedLine]:
    rows = (
        _pending()
        .select_related("organisation", "invited_by")
        .filter(
            email__in=identity.confirmed_addresses_of(person),
            expires_at__gt=clock.now(),
            organisation__merged_into=None,
        )
    )
    return [
        ExpectedLine(
            since=row.created_at,
            title=_("%(name)s invites you") % {"name": row.organisation.name},
            detail=_("Your role there: %(role)s.") % {"role": row.get_role_display()},
            act=_("See the invitation"),
            url=reverse("invitation-of-mine", args=[row.public_id]),
        )
        for row in rows.order_by("created_at")
    ]


def _present() -> QuerySet[Membership]:
    return Membership.objects.filter(ended_at=None)


def _pending() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None)


def fates_of(organisation: Organisation, rows: Sequence[Listed]) -> dict[str, str]:
    """Return what inviting each address of a list would do: ``new``, ``again`` (another role, or expired), ``waiting`` or ``member``.

    Who never chose a passphrase counts as invited only: to them the link is the key.
    """
    addresses = [row.email for row in rows]
    members = _present().filter(
        organisation=organisation, person__emailaddress__email__in=addresses, person__emailaddress__verified=True
    )
    if organisation.kind == Kind.HOST:
        wanted = {row.email: row.role for row in rows}
        held = members.select_related("person").values_list("person__emailaddress__email", "role", "person__password")
        known = {email for email, role, secret in held if wanted.get(email) == role and is_password_usable(secret)}
    else:
        held = members.values_list("person__emailaddress__email", "role", "person__password")
        known = {email for email, _role, secret in held if is_password_usable(secret)}
    pending = {row.email: row for row in _pending().filter(organisation=organisation, email__in=addresses)}
    now, fates = clock.now(), {}
    for row in rows:
        sent = pending.get(row.email)
        if row.email in known:
            fates[row.email] = "member"
        elif sent is None:
            fates[row.email] = "new"
        else:
            fates[row.email] = "waiting" if sent.role == row.role and sent.expires_at > now else "again"
    return fates


@dataclass(frozen=True)
class BatchPage:
    """An import as its page shows it."""

    batch: Batch
    files: tuple[BatchFile, ...]
    planned: tuple[CountLine, ...]
    done: tuple[CountLine, ...]
    hashes: tuple[tuple[str, int], ...]
    left_out: int
    noted: int
    kept: int
    to_write_to: int
    stopped: Procedure | None


def batches(*, page: int = 1, size: int = 20) -> tuple[list[Batch], bool]:
    """Return a page of imports, latest first, with their files, and whether an older one follows."""
    rows = Batch.objects.select_related("started_by").prefetch_related("files").order_by("-created_at", "-pk")
    found = list(rows[(page - 1) * size : page * size + 1])
    return found[:size], len(found) > size


def batch_by_public_id(public_id: str) -> Batch | None:
    """Return an import; only for people of the desk."""
    return Batch.objects.filter(public_id=public_id).first()


def batch_page(batch: Batch) -> BatchPage:
    """Return what the page of an import shows."""
    problems = batch.problems
    return BatchPage(
        batch=batch,
        files=tuple(batch.files.order_by("pk")),
        planned=moving_words.count_lines(batch.summary.get("counts", {})),
        done=moving_words.count_lines(batch.counts),
        hashes=moving_words.hash_lines(batch.summary.get("hashes", {})),
        left_out=problems.filter(left_out=True).count(),
        noted=problems.filter(left_out=False).count(),
        kept=batch.effects.exclude(kept_because="").count(),
        to_write_to=_without_passphrase(batch) if batch.state == "applied" else 0,
        stopped=Procedure.objects.filter(
            about_kind="import", about_id__startswith=batch.public_id, state__in=["stopped", "cancelled"]
        )
        .order_by("-pk")
        .first()
        if batch.state in ("reading", "applying", "undoing")
        else None,
    )


def _without_passphrase(batch: Batch) -> int:
    """Return how many people of an import were not written to yet and have no passphrase here."""
    keys = batch.effects.filter(kind="person", pk__gt=batch.mailed_until).values("object_id")
    rows = Person.objects.filter(pk__in=keys, is_active=True, last_login=None)
    return rows.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX).count()


@dataclass(frozen=True)
class ProblemLine:
    """A problem in the active language."""

    file: str
    line: int
    column: str
    words: str
    left_out: bool


def problems_of(batch: Batch, *, page: int = 1, size: int = 50) -> tuple[list[ProblemLine], bool]:
    """Return a page of what was left out or not taken as it stood, and whether another follows."""
    rows = batch.problems.order_by("-left_out", "file", "line", "pk")[(page - 1) * size : page * size + 1]
    lines = [_problem_line(row) for row in rows]
    return lines[:size], len(lines) > size


def all_problems_of(batch: Batch) -> Iterator[ProblemLine]:
    """Walk all of them."""
    rows = batch.problems.order_by("-left_out", "file", "line", "pk")
    return (_problem_line(row) for row in rows.iterator(chunk_size=500))


def _problem_line(row: BatchProblem) -> ProblemLine:
    return ProblemLine(row.file, row.line, row.column, moving_words.words_of(row), row.left_out)


@dataclass(frozen=True)
class KeptLine:
    """What an undoing left in place, and why."""

    kind: str
    label: str
    why: str


def kept_of(batch: Batch, *, limit: int = 200) -> list[KeptLine]:
    """Return what was used since an import and stayed when it was undone, the first 200."""
    rows = list(batch.effects.exclude(kept_because="").order_by("pk")[:limit])
    names = dict(
        Person.objects.filter(pk__in=[row.object_id for row in rows if row.kind == "person"]).values_list("pk", "name")
    )
    return [
        KeptLine(moving_words.kind_word(row.kind), row.label or names.get(row.object_id, ""), moving_words.why(row))
        for row in rows
    ]


def groups_of_people(people: list[str] | None = None) -> dict[str, list[tuple[str, str]]]:
    """Return the organisations of people as (public id, name), by the public id of each; of everybody when None.

    Asked from below (setting ``GROUPS_OF_PEOPLE``). A person alone is no group.
    """
    rows = _present().filter(organisation__merged_into=None).exclude(organisation__kind=Kind.INDIVIDUAL)
    if people is not None:
        rows = rows.filter(person__public_id__in=people)
    found: dict[str, list[tuple[str, str]]] = {}
    named = rows.order_by("organisation_id").distinct()
    for person, id, name in named.values_list("person__public_id", "organisation__public_id", "organisation__name"):
        found.setdefault(person, []).append((id, name))
    return found


def people_needing_second_factor(people: list[str] | None = None) -> set[str]:
    """Return the public ids of people whose roles need a second factor (parameter ``second_factor_roles``).

    Asked from below (setting ``SECOND_FACTOR_NEEDED``); of everybody when None.
    """
    rows = _present().filter(organisation__merged_into=None, role__in=host.parameter("second_factor_roles"))
    if people is not None:
        rows = rows.filter(person__public_id__in=people)
    return set(rows.values_list("person__public_id", flat=True))
