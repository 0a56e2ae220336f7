# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reset of a lost second factor: asked by a referent; confirmed by a second one, or by the host after a call and a day.

Whoever resets a second factor opens an account to its passphrase alone. So it takes two persons, the person is told at
every address at once, and can cancel it with one link until it is done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity import operations as identity_operations
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, NotAllowed, NotFound, Refusal
from archipel.mailing import operations as mailing
from archipel.organisations import resets
from archipel.organisations.access import desk_may
from archipel.organisations.models import Kind, Membership, Organisation, SecondFactorReset
from archipel.organisations.operations.roles import NotOneOfThem
from archipel.organisations.states import RESET, UNDER_WAY

# Elapsed hours, whatever the clocks do in the night.
NOTICE = timedelta(hours=24)
ASKED_FOR = timedelta(days=7)
SHORTEST_NOTE = 20


class OwnSecondFactor(Refusal):
    """Nobody resets their own second factor by asking others to look away."""

    code = "own_second_factor"
    message = _("This is about your own account: use a recovery code, or ask another person.")


class SameReferent(Refusal):
    """Two different persons decide."""

    code = "same_referent"
    message = _("You have asked yourself: somebody else must confirm.")


class ResetUnderWay(Refusal):
    """It was asked already, and waits."""

    code = "reset_under_way"
    message = _("A reset is already under way for this person.")


class ResetOver(Refusal):
    """It was done, refused, cancelled or left to lapse; or who asked no longer acts for the organisation."""

    code = "reset_over"
    message = _("This reset is over: it was done, refused, cancelled, or nobody confirmed it in time.")


class ResetNeedsTheHost(Refusal):
    """The person acts for another organisation too: two referents of this one do not decide for it."""

    code = "reset_needs_the_host"
    message = _("This person acts for another organisation as well: the host calls them, and announces the reset.")


class SecondReferentDecides(Refusal):
    """There is somebody nearer than the host."""

    code = "second_referent_decides"
    message = _("The organisation has another referent: they confirm, not the host.")


class OfTheHost(Refusal):
    """Whoever has rights of the desk is reset by those who give these rights."""

    code = "reset_of_the_host"
    message = _("This person works for the host: two of its system administrators reset their second factor.")


class CallNoteMissing(Invalid):
    """Nothing is announced without a call."""

    code = "call_note_missing"
    message = _("Write whom you called, at which number you already knew, and what was said.")


def ask_reset(*, organisation: Organisation, person: Person, by: Person) -> SecondFactorReset:
    """Ask, as a referent, to reset the second factor of a member; they are told at every address.

    ``NotAllowed`` for who does not act for the organisation, ``OwnSecondFactor``, ``NotOneOfThem``, ``OfTheHost``,
    ``ResetUnderWay``.
    """
    with transaction.atomic():
        if not resets.leads(by, organisation):
            raise NotAllowed
        reset = _asked(organisation, person, by)
        _tell(reset, "organisations/reset_asked", by=by.name)
    return reset


def confirm_reset(*, reset: SecondFactorReset, by: Person) -> SecondFactorReset:
    """Confirm as the second referent: it is done at once (``ResetOver``, ``SameReferent``, ``ResetNeedsTheHost`` …)."""
    with transaction.atomic():
        reset = _locked(reset, "asked")
        if not resets.leads(by, reset.organisation):
            raise NotAllowed
        _check_other(reset, by)
        if reset.asked_by is None or not resets.leads(reset.asked_by, reset.organisation):
            raise ResetOver
        if resets.needs_the_host(reset):
            raise ResetNeedsTheHost
        reset.confirmed_by = by
        _perform(reset, by)
    return reset


def refuse_reset(*, reset: SecondFactorReset, by: Person) -> SecondFactorReset:
    """Refuse what was asked, or withdraw it: as a referent of the organisation, or as the host (``ResetOver``)."""
    with transaction.atomic():
        reset = _locked(reset, "asked")
        if not (resets.leads(by, reset.organisation) or desk_may(by, "people")):
            raise NotAllowed
        _move(reset, "refused", ended_at=clock.now())
        _record("organisations.reset_refused", reset, by)
    return reset


def announce_reset(*, reset: SecondFactorReset, by: Person, call_note: str) -> SecondFactorReset:
    """Announce, as the host and after a call, that it will be done a day later; the person is told at every address.

    ``call_note``: whom one called, where, what was said. ``SecondReferentDecides`` while a second referent may confirm.
    """
    with transaction.atomic():
        reset = _locked(reset, "asked")
        _check_of_the_host(by)
        _check_other(reset, by)
        if not resets.needs_the_host(reset):
            raise SecondReferentDecides
        _announce(reset, by, call_note)
    return reset


def announce_reset_without_referent(
    *, organisation: Organisation, person: Person, by: Person, call_note: str
) -> SecondFactorReset:
    """Announce a reset nobody of the organisation can ask for: its only referent is the one who lost the second factor.

    ``SecondReferentDecides`` while anybody else acts for the organisation; the host's own people are no such case.
    """
    with transaction.atomic():
        _check_of_the_host(by)
        if organisation.kind == Kind.HOST:
            raise OfTheHost
        if resets.led_by_another(organisation, person):
            raise SecondReferentDecides
        reset = _asked(organisation, person, by)
        _announce(reset, by, call_note)
    return reset


def cancel_reset(*, reset: SecondFactorReset) -> SecondFactorReset:
    """Cancel, as the person it is about, what is asked or announced (``ResetOver``)."""
    with transaction.atomic():
        reset = _locked(reset, *UNDER_WAY)
        _move(reset, "cancelled", ended_at=clock.now())
        _record("organisations.reset_cancelled", reset, reset.person)
    return reset


def reset_by_the_machine(*, email: str) -> int:
    """Remove the second factors of whom nobody else may reset, such as an only administrator; return how many went.

    For who runs the machine, and could read the database anyway. The person is told at every address (``NotFound``).
    """
    person = identity.person_by_email(email)
    if person is None:
        raise NotFound
    with transaction.atomic():
        gone = identity_operations.remove_second_factors(person=person, by=None)
        if gone:
            _write(person, "organisations/reset_done", organisation=host.current().name)
    return gone


def perform_due_resets() -> int:
    """Do what was announced a day ago, and return how many were done. Repeatable.

    What nobody confirmed in time lapses, and what was asked for somebody who left since.
    """
    now, done = clock.now(), 0
    due = SecondFactorReset.objects.filter(state="announced", due_at__lte=now)
    asked = SecondFactorReset.objects.filter(state="asked")
    over = asked.filter(Q(asked_at__lte=now - ASKED_FOR) | ~Q(pk__in=resets.living_resets()))
    for key in [*due.values_list("pk", flat=True), *over.values_list("pk", flat=True)]:
        with transaction.atomic():
            reset = _row(key)
            if reset.state == "announced" and _still_belongs(reset):
                _perform(reset, reset.confirmed_by)
                done += 1
            elif reset.state in UNDER_WAY:
                _move(reset, "lapsed", ended_at=now)
                _record("organisations.reset_lapsed", reset, None)
    return done


def _asked(organisation: Organisation, person: Person, by: Person) -> SecondFactorReset:
    # The organisation's row is the lock: one reset a person at a time.
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    roles = Membership.objects.filter(person=person, ended_at=None)
    if not roles.filter(organisation=organisation).exists():
        raise NotOneOfThem
    if by.pk == person.pk:
        raise OwnSecondFactor
    if organisation.kind != Kind.HOST and roles.filter(organisation__kind=Kind.HOST).exists():
        raise OfTheHost
    if SecondFactorReset.objects.filter(organisation=organisation, person=person, state__in=UNDER_WAY).exists():
        raise ResetUnderWay
    reset = SecondFactorReset.objects.create(
        organisation=organisation, person=person, state="asked", asked_by=by, asked_at=clock.now()
    )
    _record("organisations.reset_asked", reset, by)
    return reset


def _announce(reset: SecondFactorReset, by: Person, call_note: str) -> None:
    note = call_note.strip()
    if len(note) < SHORTEST_NOTE:
        raise CallNoteMissing(field="call_note")
    reset.confirmed_by = by
    _move(reset, "announced", call_note=note[:2000], due_at=clock.now() + NOTICE, confirmed_by=by)
    _record("organisations.reset_announced", reset, by)
    _tell(reset, "organisations/reset_announced", due=reset.due_at)


def _perform(reset: SecondFactorReset, by: Person | None) -> None:
    identity_operations.remove_second_factors(person=reset.person, by=by)
    _move(reset, "done", ended_at=clock.now(), confirmed_by=by)
    _record("organisations.reset_done", reset, by)
    _tell(reset, "organisations/reset_done")


def _check_of_the_host(by: Person) -> None:
    if not desk_may(by, "people"):
        raise NotAllowed


def _check_other(reset: SecondFactorReset, by: Person) -> None:
    if by.pk == reset.person_id:
        raise OwnSecondFactor
    if by.pk == reset.asked_by_id:
        raise SameReferent


def _still_belongs(reset: SecondFactorReset) -> bool:
    held = Membership.objects.filter(organisation=reset.organisation, person=reset.person, ended_at=None)
    return reset.person.is_active and held.exists()


def _row(key: int) -> SecondFactorReset:
    rows = SecondFactorReset.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "person", "asked_by", "confirmed_by").get(pk=key)


def _locked(reset: SecondFactorReset, *states: str) -> SecondFactorReset:
    row = _row(reset.pk)
    late = row.state == "asked" and row.asked_at <= clock.now() - ASKED_FOR
    if row.state not in states or late or not _still_belongs(row):
        raise ResetOver(state=row.state)
    return row


def _move(reset: SecondFactorReset, to: str, **values: Any) -> None:
    RESET.check(reset.state, to)
    reset.state = to
    for name, value in values.items():
        setattr(reset, name, value)
    reset.save(update_fields=["state", *values])


def _record(what: str, reset: SecondFactorReset, by: Person | None) -> None:
    history.record(
        what=what,
        about=("person", reset.person.public_id, reset.person.name),
        organisation_id=reset.organisation.public_id,
        actor=by,
    )


def _tell(reset: SecondFactorReset, name: str, **context: Any) -> None:
    link = f"{host.current().portal_url}/second-factor/{resets.cancel_token(reset)}/"
    _write(reset.person, name, organisation=reset.organisation.name, cancel_link=link, **context)


def _write(person: Person, name: str, **context: Any) -> None:
    """Write to every address the person has proved to read, and to the one they sign in with."""
    for address in sorted({*identity.confirmed_addresses_of(person), person.email}):
        mailing.send(
            name=name,
            to=address,
            to_name=person.name,
            language=person.language,
            context={"name": person.name, "sign_in_page": f"{host.current().portal_url}/account/login/", **context},
        )
