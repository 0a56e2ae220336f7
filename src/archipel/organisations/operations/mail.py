# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail domains, mailboxes and redirections as they are kept until mail is hosted here. All repeatable."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.models import DomainMailbox, MailDomain, Organisation, Redirection


class UnknownDomain(Invalid):
    """Mailboxes and redirections belong to a domain that is known here."""

    code = "unknown_domain"
    message = _("The domain of this address is not known here.")


class DomainOfAnother(Refusal):
    """A domain belongs to one organisation: whoever has it reads its mail."""

    code = "domain_of_another"
    message = _("This domain already belongs to another organisation.")


class MailboxOfAnother(Refusal):
    """A mailbox is opened by one account."""

    code = "mailbox_of_another"
    message = _("This mailbox already belongs to another person.")


def keep_domain(*, name: str, organisation: Organisation | None) -> tuple[MailDomain, bool]:
    """Keep a domain (small letters); return it and whether it is new. An organisation is learnt, never replaced.

    (``DomainOfAnother``.)
    """
    with transaction.atomic():
        row = MailDomain.objects.select_for_update().filter(name=name).first()
        if row is None:
            return MailDomain.objects.create(name=name, organisation=organisation, created_at=clock.now()), True
        if organisation and row.organisation_id not in (None, organisation.pk):
            raise DomainOfAnother(field="organisation")
        if organisation and row.organisation_id is None:
            row.organisation = organisation
            row.save(update_fields=["organisation"])
    return row, False


def keep_mailbox(
    *, address: str, person: Person | None, name: str = "", quota_bytes: int | None = None
) -> tuple[DomainMailbox, bool]:
    """Keep a mailbox (small letters); return it and whether it is new. What is known already is not replaced.

    (``UnknownDomain``, ``MailboxOfAnother``.)
    """
    with transaction.atomic():
        row = DomainMailbox.objects.select_for_update().filter(address=address).first()
        if row is None:
            made = DomainMailbox.objects.create(
                address=address,
                domain=_domain_of(address),
                person=person,
                name=name[:120],
                quota_bytes=quota_bytes,
                created_at=clock.now(),
            )
            return made, True
        if person and row.person_id not in (None, person.pk):
            raise MailboxOfAnother(field="email")
    return row, False


def keep_redirection(*, source: str, destination: str) -> tuple[Redirection, bool]:
    """Keep a redirection (small letters, ``*@domain`` for a whole domain); return it and whether it is new.

    (``UnknownDomain``.)
    """
    with transaction.atomic():
        row = Redirection.objects.filter(source=source, destination=destination).first()
        if row is not None:
            return row, False
        made = Redirection.objects.create(
            source=source, destination=destination, domain=_domain_of(source), created_at=clock.now()
        )
    return made, True


def _domain_of(address: str) -> MailDomain:
    row = MailDomain.objects.filter(name=address.rpartition("@")[2]).first()
    if row is None:
        raise UnknownDomain(field="address")
    return row
