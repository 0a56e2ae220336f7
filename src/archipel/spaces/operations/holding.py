# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hold a space back, and let it go. The application is told after the transaction, by a task that looks at all holds."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.outbox import operations as outbox
from archipel.spaces import states
from archipel.spaces.effects import effect_of, notice_of
from archipel.spaces.models import Hold, Space
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.entries import rewrite_entries_of
from archipel.spaces.operations.routing import route_soon
from archipel.spaces.wiring import connector_of


class AlreadyLifted(Refusal):
    """Somebody lifted the hold in the meantime."""

    code = "already_lifted"
    message = _("This hold is already lifted.")


class NothingToHold(Refusal):
    """Only what is open or closing can be held back."""

    code = "nothing_to_hold"
    message = _("Only a space that is open can be held back.")


class ReasonMissing(Invalid):
    """A hold says why."""

    code = "reason_missing"
    message = _("Please say why, in a sentence that the organisation will read.")


def place_hold(*, space: Space, kind: str, effect: str, reason: str, by: Person | None, tell: bool = True) -> Hold:
    """Hold a space back for one more reason; the strongest open hold applies, and the referents are told.

    ``tell=False`` where another message says it (a statement of reasons).
    """
    if kind not in states.KIND_WORDS or effect not in states.EFFECTS:
        raise Invalid(field="kind" if kind not in states.KIND_WORDS else "effect")
    if not reason.strip() and kind != "own_wish":
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        space = locked(space)
        if space.state not in {"open", "closing"}:
            raise NothingToHold
        hold = Hold.objects.create(
            space=space, kind=kind, effect=effect, reason=reason.strip(), placed_by=by, since=clock.now()
        )
        record("space.held" if hold.reason else "space.paused", space, by, kind=kind, effect=effect, reason=hold.reason)
        if tell and kind != "own_wish":
            _tell(space, "spaces/held", hold)
        rewrite_entries_of(space=space)
        tell_application(space=space)
    return hold


def lift_hold(*, hold: Hold, by: Person | None, tell: bool = True) -> Hold:
    """Lift one hold; others keep applying (``AlreadyLifted``). ``tell``: as for ``place_hold``."""
    with transaction.atomic():
        space = locked(hold.space)
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        if hold.lifted_at:
            raise AlreadyLifted
        hold.lifted_at, hold.lifted_by = clock.now(), by
        hold.save(update_fields=["lifted_at", "lifted_by"])
        record("space.released", space, by, kind=hold.kind, effect=hold.effect)
        if tell and hold.kind != "own_wish":
            _tell(space, "spaces/released", hold)
        rewrite_entries_of(space=space)
        tell_application(space=space)
    hold.space = space
    return hold


@task()
def push_effect(*, space_id: str) -> None:
    push_effect_of(space_id=space_id)


def tell_application(*, space: Space) -> None:
    """Have the application and the proxy told what applies, after the caller's transaction."""
    route_soon(space=space)
    if space.connector:
        outbox.enqueue_once(
            task=push_effect, key=f"spaces.effect:{space.public_id}", kwargs={"space_id": space.public_id}
        )


def push_effect_of(*, space_id: str) -> str:
    """Tell the application what applies to a space now, and return it. Repeatable; calls outside."""
    space = Space.objects.select_related("organisation", "service").get(public_id=space_id)
    effect = effect_of(space)
    if space.state not in {"open", "closing"}:
        return effect
    connector = connector_of(space)
    if effect == "":
        connector.release(space.public_id)
    else:
        connector.hold(space.public_id, notice_of(space, effect))
    return effect


def _tell(space: Space, name: str, hold: Hold) -> None:
    portal = host.current().portal_url
    for person in referents_of(space.organisation):
        mailing.send(
            name=name,
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "space": space,
                "hold": hold,
                "kind": states.KIND_WORDS[hold.kind],
                "effect": states.EFFECT_WORDS[hold.effect],
                "name": person.name,
                "page_url": f"{portal}/spaces/{space.public_id}/",
            },
        )
