# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.agreements import states
from archipel.agreements.events import AgreementAgreed, AgreementEnded
from archipel.agreements.models import Agreement, Line
from archipel.agreements.queries import PreviewLine, preview_lines, seen_digest
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service, Tier
from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.identity.queries import is_address_of
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.models import Organisation
from archipel.outbox import operations as outbox

# How long the address somebody agreed from is kept as a proof.
ADDRESS_KEPT_YEARS = 1


class AlreadyAgreed(Refusal):
    """What was agreed is not proposed again."""

    code = "already_agreed"
    message = _("This is already agreed: a new agreement is needed to change it.")


class LinesChanged(Refusal):
    """The page that was read is no longer what would be agreed to."""

    code = "lines_changed"
    message = _("What you would pay changed since you opened this page. Please read it again.")


def propose(
    *,
    organisation: Organisation,
    service: Service,
    tier: Tier | None,
    price_level: str,
    about: tuple[str, str],
    referent_email: str,
    referent_name: str,
    language: str,
    own_cents: int | None = None,
    agreed_cents: int | None = None,
    by: Person | None = None,
) -> tuple[Agreement, str]:
    """Propose what would be paid and the terms in force; return the agreement and the token of its link (mailed by the caller).

    Proposing again about the same thing takes the former proposal back (``AlreadyAgreed`` when it was agreed).
    """
    if tier is not None and tier.offer.service_id != service.pk:
        raise Invalid(_("This size belongs to another service."), field="tier")
    token = new_token()
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        _take_back_former(about, by)
        lines = preview_lines(
            organisation=organisation, service=service, tier=tier, price_level=price_level, own_cents=own_cents,
            agreed_cents=agreed_cents,
        )  # fmt: skip
        agreement = Agreement.objects.create(
            organisation=organisation, service=service, tier=tier, terms=catalogue.current_terms(service),
            about_kind=about[0], about_id=about[1], referent_email=referent_email.strip().lower(), referent_name=referent_name,
            language=language, state="proposed", token_digest=digest(token), proposed_at=clock.now(),
        )  # fmt: skip
        _write_lines(agreement, lines)
        _record("agreement.proposed", agreement, by, cents=sum(line.cents for line in lines))
    return agreement, token


def agree(
    *, agreement: Agreement, person: Person | None = None, from_address: str | None = None, seen: str = ""
) -> Agreement:
    """Agree for the organisation; again is the same. ``seen`` (``queries.seen_digest``) binds to the page that was read."""
    with transaction.atomic():
        agreement = _locked(agreement)
        if agreement.state == "agreed":
            return agreement
        states.Agreement.check(agreement.state, "agreed")
        if seen and seen != seen_digest(agreement):
            raise LinesChanged
        agreement.state, agreement.agreed_at, agreement.starts_on = "agreed", clock.now(), clock.today()
        agreement.agreed_by, agreement.agreed_from = person, from_address or None
        agreement.save()
        _spare_second_membership(agreement)
        _record("agreement.agreed", agreement, person or agreement.referent_name)
        outbox.announce(AgreementAgreed(agreement.public_id, agreement.about_kind, agreement.about_id))
    return agreement


def withdraw(*, agreement: Agreement, by: Person | None = None) -> Agreement:
    """Take back a proposal; its link opens nothing any more."""
    with transaction.atomic():
        agreement = _locked(agreement)
        if agreement.state == "withdrawn":
            return agreement
        _take_back(agreement, by)
    return agreement


def end(*, agreement: Agreement, on: date | None = None, by: Person | None = None) -> Agreement:
    """End an agreement in force; ``on`` is the first day no longer covered (today unless said)."""
    day = on or clock.today()
    with transaction.atomic():
        agreement = _locked(agreement)
        if agreement.state == "ended":
            return agreement
        states.Agreement.check(agreement.state, "ended")
        if agreement.starts_on is not None and day < agreement.starts_on:
            raise Invalid(_("An agreement does not end before it begins."), field="on")
        agreement.state, agreement.ends_on = "ended", day
        agreement.save(update_fields=["state", "ends_on"])
        _record("agreement.ended", agreement, by, on=day.isoformat())
        outbox.announce(AgreementEnded(agreement.public_id, agreement.about_kind, agreement.about_id))
    return agreement


def new_link(*, agreement: Agreement) -> str:
    """Return a fresh token for a link mailed again; the former link opens nothing any more."""
    token = new_token()
    with transaction.atomic():
        agreement = _locked(agreement)
        agreement.token_digest = digest(token)
        agreement.save(update_fields=["token_digest"])
    return token


def purge_addresses() -> int:
    """Forget where agreements older than a year were agreed from; return how many."""
    limit = clock.start_of_day(clock.add_years(clock.today(), -ADDRESS_KEPT_YEARS))
    return Agreement.objects.filter(agreed_at__lt=limit).exclude(agreed_from=None).update(agreed_from=None)


def forget_referent(*, person: Person, pseudonym: str) -> int:
    """Put a pseudonym where a person's name and address stood; the agreement itself stays. Return how many."""
    with transaction.atomic():
        Agreement.objects.filter(agreed_by=person).update(agreed_from=None)
        rows = Agreement.objects.filter(is_address_of(person, "referent_email"))
        return rows.update(referent_name=pseudonym, referent_email=f"{digest(pseudonym)[:16]}@forgotten.invalid")


def _locked(agreement: Agreement) -> Agreement:
    # The organisation first, as when proposing: two agreements of one organisation are agreed one after the other.
    Organisation.objects.select_for_update().get(pk=agreement.organisation_id)
    return (
        Agreement.objects.select_for_update(of=("self",)).select_related("service", "organisation").get(pk=agreement.pk)
    )


def _take_back_former(about: tuple[str, str], by: Person | None) -> None:
    former = Agreement.objects.filter(about_kind=about[0], about_id=about[1], state__in=["proposed", "agreed"]).first()
    if former is None:
        return
    if former.state == "agreed":
        raise AlreadyAgreed
    _take_back(former, by)


def _take_back(agreement: Agreement, by: Person | None) -> None:
    states.Agreement.check(agreement.state, "withdrawn")
    agreement.state = "withdrawn"
    agreement.save(update_fields=["state"])
    _record("agreement.withdrawn", agreement, by)


def _write_lines(agreement: Agreement, lines: Sequence[PreviewLine]) -> None:
    Line.objects.bulk_create(
        [
            Line(
                agreement=agreement, position=position, kind=line.kind, labels=line.labels, cents=line.cents,
                level=line.level, full_cents=line.full_cents,
            )
            for position, line in enumerate(lines)
        ]
    )  # fmt: skip


def _spare_second_membership(agreement: Agreement) -> None:
    """Whoever becomes a member by one agreement does not pay the membership again by another proposal."""
    if agreement.lines.filter(kind="membership").exists():
        others = Agreement.objects.filter(organisation=agreement.organisation, state="proposed")
        Line.objects.filter(agreement__in=others, kind="membership").delete()


def _record(what: str, agreement: Agreement, by: Any, **details: Any) -> None:
    name = catalogue.service_name(agreement.service, agreement.language)
    history.record(
        what=what, about=("agreement", agreement.public_id, name), organisation_id=agreement.organisation.public_id, actor=by,
        **details,
    )  # fmt: skip
