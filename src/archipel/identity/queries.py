# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.identity import merging
from archipel.identity.models import ApiToken, Person, PersonWord
from archipel.identity.searching import Found, by_words, search
from archipel.kernel import clock


def person_by_public_id(public_id: str) -> Person | None:
    """Return a person, the kept one when two were merged."""
    person = Person.objects.select_related("merged_into").filter(public_id=public_id).first()
    while person is not None and person.merged_into is not None:
        person = person.merged_into
    return person


def person_by_email(email: str) -> Person | None:
    """Return the person who confirmed this address."""
    row = EmailAddress.objects.select_related("user").filter(email=email.strip().lower(), verified=True).first()
    return row.user if row else None


def addresses_of(person: Person) -> list[EmailAddress]:
    """Return the addresses of a person, the main one first."""
    return list(EmailAddress.objects.filter(user=person).order_by("-primary", "email"))


def confirmed_addresses_of(person: Person) -> list[str]:
    """Return the addresses a person has proved to read."""
    return list(EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True))


@dataclass(frozen=True)
class TokenLine:
    """A token as its person sees it: ``state`` is living, expired or revoked."""

    token: ApiToken
    state: str


def tokens_of(person: Person) -> list[TokenLine]:
    """Return the tokens of a person, living ones first, newest first."""
    now = clock.now()
    lines = [TokenLine(token, _state(token, now)) for token in ApiToken.objects.filter(person=person).order_by("-pk")]
    return sorted(lines, key=lambda line: line.state != "living")


def _state(token: ApiToken, now: object) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= now else "living"  # type: ignore[operator]  # a token without an end has no instant


def search_people(text: str = "", *, after: str = "", size: int = 25) -> Found[Person]:
    """Return persons whose name or address has every word typed, or a word that begins so, by name."""
    return search(
        Person.objects.filter(merged_into=None),
        text,
        after=after,
        size=size,
        keys_of_word=by_words(PersonWord, "person_id"),
    )


def merge_persons_preview(*, kept: Person, absorbed: Person) -> merging.MergeLines:
    """Return what a merge would do, without doing it."""
    lines = merging.MergeLines()
    for row in EmailAddress.objects.filter(user=absorbed).order_by("email"):
        lines.moves.append(_("The address %(email)s goes to %(name)s.") % {"email": row.email, "name": kept.name})
    tokens = ApiToken.objects.filter(person=absorbed, revoked_at=None).count()
    if tokens:
        lines.conflicts.append(ngettext("%d token stops working.", "%d tokens stop working.", tokens) % tokens)
    if absorbed.has_usable_password():
        lines.conflicts.append(
            _("The passphrase of the account that goes stops working; that of %(email)s stays.") % {"email": kept.email}
        )
    lines.add(merging.persons.lines(kept, absorbed))
    return lines
