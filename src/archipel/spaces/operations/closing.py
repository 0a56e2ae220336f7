# SPDX-License-Identifier: AGPL-3.0-or-later
"""The end of a space: asked, exported, delayed, confirmed by two persons, deleted, proved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import NotAllowed, Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.outbox import operations as outbox
from archipel.procedures import operations as procedures
from archipel.spaces import proofs, rights
from archipel.spaces.events import SpaceClosed, SpaceDeleted
from archipel.spaces.files import is_gone
from archipel.spaces.models import Address, Closing, Moment, Space
from archipel.spaces.moves import full_title, locked, move, note_left_behind, record
from archipel.spaces.operations.addressing import rest_address
from archipel.spaces.operations.by_hand import check_steps_done, lay_out_steps
from archipel.spaces.operations.containers import give_back
from archipel.spaces.operations.entries import rewrite_entries_of
from archipel.spaces.operations.exporting import ask_export
from archipel.spaces.operations.holding import tell_application
from archipel.spaces.operations.opening import DELETION
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.refusals import NotOpen

DEFAULT_DELAY_DAYS = 60


class NotClosing(Refusal):
    """Nobody asked to close this space, or somebody cancelled it."""

    code = "not_closing"
    message = _("This space is not being closed.")


class TooEarly(Refusal):
    """The delay before deletion is not over."""

    code = "too_early"
    message = _("Nothing is deleted before the end of the delay, so that minds may change.")


class ExportNotReady(Refusal):
    """Nothing is deleted before its export can be fetched."""

    code = "export_not_ready"
    message = _("The export is not ready yet: nothing is deleted before it can be fetched.")


class ExportGone(Refusal):
    """Nothing is deleted while its export can no longer be fetched."""

    code = "export_gone"
    message = _("The export can no longer be fetched: have another one made first. Nothing is deleted without it.")


class SamePerson(Refusal):
    """Two different persons decide a deletion."""

    code = "same_person"
    message = _(
        "You have already confirmed. A deletion is decided by two persons: someone else must confirm it as well."
    )


class DeletesByItself(Refusal):
    """A procedure deletes this space: nobody declares it deleted by hand."""

    code = "deletes_by_itself"
    message = _("A procedure deletes this space: look at its steps.")


class NeedsTheHost(Refusal):
    """One of the two persons works for the host."""

    code = "needs_the_host"
    message = _("One of the two persons who confirm must be of the host.")


def close_space(*, space: Space, by: Person | None, reason: str = "") -> Closing:
    """Begin to close: the site is suspended at once, its export made, its deletion possible after the delay."""
    with transaction.atomic():
        space = locked(space)
        if space.state != "open":
            raise NotOpen
        days = int(host.parameter("deletion_delay_days", default=DEFAULT_DELAY_DAYS))
        export = ask_export(space=space, by=by, fresh=True) if space.connector else None
        closing = Closing.objects.create(
            space=space,
            export=export,
            asked_by=by,
            asked_at=clock.now(),
            reason=reason.strip(),
            delete_after=clock.today() + timedelta(days=days),
        )
        move(space, "closing")
        rewrite_entries_of(space=space)
        record("space.closing", space, by, reason=closing.reason, delete_after=closing.delete_after.isoformat())
        tell_application(space=space)
        outbox.announce(SpaceClosed(space_id=space.public_id, organisation_id=space.organisation.public_id))
        _tell(space, "spaces/closing", closing=closing)
    return closing


def cancel_closing(*, space: Space, by: Person) -> Space:
    """Keep the space after all; holds that were placed still apply (``NotClosing``)."""
    with transaction.atomic():
        space = locked(space)
        closing = _closing_of(space)
        closing.cancelled_at = clock.now()
        closing.save(update_fields=["cancelled_at"])
        move(space, "open")
        rewrite_entries_of(space=space)
        record("space.closing_cancelled", space, by)
        tell_application(space=space)
        _tell(space, "spaces/closing_cancelled", closing=closing)
    return space


def confirm_deletion(*, space: Space, by: Person) -> Closing:
    """Confirm a deletion: the second of two different persons, one of them of the host, makes it happen.

    ``NotClosing``, ``TooEarly``, ``ExportNotReady``, ``ExportGone``, ``NotAllowed``, ``SamePerson``, ``NeedsTheHost``; ``SpaceUnderWay``: what moves or
    is upgraded would be put again behind its deletion.
    """
    with transaction.atomic():
        space = locked(space)
        closing = _closing_of(space)
        _check_time(space, closing)
        if not rights.may_confirm(by, space):
            raise NotAllowed
        if is_under_way(space):
            raise SpaceUnderWay
        first = closing.first_confirmed_by
        if first is None or not rights.may_confirm(first, space):
            closing.first_confirmed_by, closing.first_confirmed_at = by, clock.now()
            closing.save(update_fields=["first_confirmed_by", "first_confirmed_at"])
            record("space.deletion_confirmed", space, by, step=1)
            return closing
        if first.pk == by.pk:
            raise SamePerson
        if not (rights.is_of_the_host(first) or rights.is_of_the_host(by)):
            raise NeedsTheHost
        closing.second_confirmed_by, closing.second_confirmed_at = by, clock.now()
        closing.save(update_fields=["second_confirmed_by", "second_confirmed_at"])
        move(space, "closed")
        record("space.deletion_confirmed", space, by, step=2)
        if not space.connector:
            lay_out_steps(space=space, moment=Moment.DELETION)
            return closing
        procedures.start(
            kind=DELETION,
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
            started_by=by.public_id,
        )
    return closing


def delete_by_hand(*, space: Space, by: Person) -> Space:
    """Say that a person deleted a space that no connector deletes (``DeletesByItself``, ``StepsRemain``). Repeatable."""
    if space.connector:
        raise DeletesByItself
    with transaction.atomic():
        space = locked(space)
        if space.state == "deleted":
            return space
        if space.state != "closed":
            raise NotClosing
        check_steps_done(space=space, moment=Moment.DELETION)
        record("space.deleted_by_hand", space, by, visible="host")
        return mark_deleted(space=space, objects=0, counted={})


def mark_deleted(
    *, space: Space, objects: int, counted: dict[str, Any], copies: Mapping[str, Any] | None = None
) -> Space:
    """Write that nothing is left, with the proof (``copies``: what became of its back-ups); the address rests. Repeatable."""
    with transaction.atomic():
        space = locked(space)
        if space.state == "deleted":
            return space
        closing = Closing.objects.filter(space=space, cancelled_at=None).first()
        if closing is None:
            # An opening that was given up: nobody ever visited it, its address is free at once.
            Address.objects.filter(space=space).delete()
        else:
            name = rest_address(space=space)
            closing.deleted_at = clock.now()
            closing.proof = proofs.write(space, closing, address=name, objects=objects, counted=counted, copies=copies)
            closing.save(update_fields=["deleted_at", "proof"])
        give_back(space=space)
        if space.machine is not None and space.machine.lost_at:
            note_left_behind(space=space, machine=space.machine, data_of=None)
        move(space, "deleted", usage_bytes=None, usage_files=None, online_version="")
        space.publications.filter(kept=True).update(kept=False)
        record("space.deleted", space, objects=objects)
        outbox.announce(SpaceDeleted(space_id=space.public_id, organisation_id=space.organisation.public_id))
        if closing:
            _tell(space, "spaces/deleted", closing=closing)
    return space


def _closing_of(space: Space) -> Closing:
    if space.state != "closing":
        raise NotClosing
    return Closing.objects.select_for_update(of=("self",)).select_related("export").get(space=space, cancelled_at=None)


def _check_time(space: Space, closing: Closing) -> None:
    if clock.today() < closing.delete_after:
        raise TooEarly(delete_after=closing.delete_after.isoformat())
    if not space.connector:
        return
    if closing.export is not None and is_gone(closing.export):
        raise ExportGone
    if closing.export is None or closing.export.ready_at is None:
        raise ExportNotReady


def _tell(space: Space, name: str, *, closing: Closing) -> None:
    portal = host.current().portal_url
    for person in referents_of(space.organisation):
        mailing.send(
            name=name,
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": space,
                "closing": closing,
                "page_url": f"{portal}/spaces/{space.public_id}/",
            },
        )
