# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open a space: what is recorded before the procedure runs, and what is true at its end."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.agreements.models import Agreement
from archipel.catalogue.models import Service
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.identity.operations import person_for_confirmed_email
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation
from archipel.outbox import operations as outbox
from archipel.procedures import operations as procedures
from archipel.spaces.addresses import full_name
from archipel.spaces.events import SpaceOpened
from archipel.spaces.models import Address, Moment, Space
from archipel.spaces.moves import full_title, locked, move, record
from archipel.spaces.operations.addressing import take_address
from archipel.spaces.operations.by_hand import check_steps_done, lay_out_steps
from archipel.spaces.operations.containers import give_back
from archipel.spaces.operations.entries import rewrite_entries_of
from archipel.spaces.wiring import runs_in_containers

OPENING = "spaces.open_website"
OPENING_CONTAINER = "spaces.open_container"
OPENINGS = frozenset({OPENING, OPENING_CONTAINER})
DELETION = "spaces.delete"


class OpensByItself(Refusal):
    """A procedure opens this space: nobody declares it open by hand."""

    code = "opens_by_itself"
    message = _("A procedure opens this space: look at its steps.")


def open_space(
    *,
    organisation: Organisation,
    service: Service,
    agreement: Agreement | None,
    title: str,
    label: str,
    quota_bytes: int | None,
    language: str,
    request_id: str = "",
    person: Person | None = None,
) -> Space:
    """Record a space, give it its address and start its procedure; again for the same agreement: the same space.

    A service without a connector is opened by a human: its space waits for them on Today, and has no address of ours.
    """
    with transaction.atomic():
        existing = Space.objects.filter(agreement=agreement).first() if agreement else None
        if existing:
            return existing
        space = Space.objects.create(
            organisation=organisation,
            service=service,
            agreement=agreement,
            title=title,
            connector=service.connector,
            state="opening",
            quota_bytes=quota_bytes,
            language=language,
            created_at=clock.now(),
        )
        record("space.opening", space, address=full_name(label) if label else "")
        if service.connector:
            take_address(space=space, label=label, for_request=request_id)
            _start(space, request_id, person or _referent(agreement, language))
        else:
            lay_out_steps(space=space, moment=Moment.OPENING)
    return space


def opening_kind(*, space: Space) -> str:
    """Return which procedure opens a space, by what its connector is made for."""
    return OPENING_CONTAINER if runs_in_containers(space.connector) else OPENING


def _start(space: Space, request_id: str, person: Person | None) -> None:
    procedures.start(
        kind=opening_kind(space=space),
        about_kind="space",
        about_id=space.public_id,
        organisation_id=space.organisation.public_id,
        title=full_title(space),
        context={"request_id": request_id, "person_id": person.public_id if person else ""},
    )


def _referent(agreement: Agreement | None, language: str) -> Person | None:
    """Return who agreed; the link of an agreement goes to one address, so agreeing by it confirms that address."""
    if agreement is None:
        return None
    if agreement.agreed_by:
        return agreement.agreed_by
    return person_for_confirmed_email(email=agreement.referent_email, name=agreement.referent_name, language=language)


def make_referent(*, space: Space, person: Person) -> None:
    """Make sure the person is referent of the organisation. Repeatable."""
    organisations.give_role(organisation=space.organisation, person=person, role="referent")


def mark_opened(*, space: Space, request_id: str = "", person: Person | None = None) -> bool:
    """Say that a space may be used, tell its referent, and announce it; False when that was done before."""
    with transaction.atomic():
        space = locked(space)
        if space.state != "opening":
            return False
        move(space, "open", opened_at=clock.now(), healthy=True)
        rewrite_entries_of(space=space)
        record("space.opened", space)
        if person:
            _send_keys(space, person)
        outbox.announce(
            SpaceOpened(space_id=space.public_id, organisation_id=space.organisation.public_id, request_id=request_id)
        )
    return True


def open_by_hand(*, space: Space, by: Person) -> Space:
    """Say that a space which no procedure opens is ready (``OpensByItself``, ``StepsRemain``)."""
    if space.connector:
        raise OpensByItself
    with transaction.atomic():
        check_steps_done(space=locked(space), moment=Moment.OPENING)
        agreement = space.agreement
        person = _referent(agreement, space.language)
        if mark_opened(space=space, request_id=_request_of(agreement), person=person):
            record("space.opened_by_hand", space, by, visible="host")
    space.refresh_from_db()
    return space


def _request_of(agreement: Agreement | None) -> str:
    return agreement.about_id if agreement and agreement.about_kind == "request" else ""


def abandon_opening(*, space: Space) -> bool:
    """Take back what a cancelled opening left: nothing was published, so nothing needs two persons. Repeatable."""
    with transaction.atomic():
        space = locked(space)
        if space.state != "opening":
            return False
        move(space, "closed")
        give_back(space=space)
        record("space.opening_abandoned", space, visible="host")
        procedures.start(
            kind=DELETION,
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
        )
    return True


def _send_keys(space: Space, person: Person) -> None:
    """Write to the referent; who never chose a passphrase gets an invitation as well."""
    first_time = not person.has_usable_password()
    if first_time:
        organisations.invite(organisation=space.organisation, email=person.email, name=person.name, role="referent")
    portal = host.current().portal_url
    address = Address.objects.filter(space=space).first()
    mailing.send(
        name="spaces/site_open",
        to=person.email,
        to_name=person.name,
        language=person.language,
        context={
            "space": space,
            "name": person.name,
            "organisation": space.organisation.name,
            "address": address.name if address else "",
            "page_url": f"{portal}/spaces/{space.public_id}/",
            "first_time": first_time,
        },
    )
