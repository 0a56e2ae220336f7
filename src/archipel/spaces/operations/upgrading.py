# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put a space to another version of its recipe; it returns to the former one by itself when the new one does not answer."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Service
from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.procedures import operations as procedures
from archipel.spaces import states
from archipel.spaces.models import Application, Space, Upgrade, UpgradeRound
from archipel.spaces.moves import full_title, locked, record
from archipel.spaces.operations.working import SpaceUnderWay, give_up_work
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.refusals import NotOpen
from archipel.spaces.specs import spec_of
from archipel.spaces.wiring import containers_of

UPGRADING = "spaces.upgrade"
MOST_AT_ONCE = 10


class UnknownVersion(Invalid):
    """The recipe does not know this version, or it is older than the one that runs."""

    code = "unknown_version"
    message = _("Choose a newer version that the recipe knows.")


class NothingToUpgrade(Refusal):
    """Everything has the version already."""

    code = "nothing_to_upgrade"
    message = _("This is the newest version already.")


class RoundUnderWay(Refusal):
    """One round of a service at a time."""

    code = "round_under_way"
    message = _("The spaces of this service are being upgraded already.")


def ask_upgrade(*, space: Space, by: Person | None, to_version: str = "", round: UpgradeRound | None = None) -> Upgrade:
    """Have a space put to a newer version (the newest one unless said): backed up first, looked at after.

    ``NotOpen``, ``UnknownVersion``, ``NothingToUpgrade``, ``SpaceUnderWay``.
    """
    with transaction.atomic():
        space = locked(space)
        if space.state != "open":
            raise NotOpen
        to_version = _newer(space, to_version)
        if is_under_way(space):
            raise SpaceUnderWay
        upgrade = Upgrade.objects.create(
            space=space, round=round, from_version=space.version, to_version=to_version, state="running",
            asked_by=by, asked_at=clock.now(),
        )  # fmt: skip
        record("space.upgrade_asked", space, by, visible="host", version=to_version)
        procedures.start(
            kind=UPGRADING,
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
            context={"upgrade_id": upgrade.public_id},
            started_by=by.public_id if by else "",
        )
    return upgrade


def _newer(space: Space, to_version: str) -> str:
    versions = _versions_of(space.connector)
    wanted = to_version or (versions[-1] if versions else "")
    if wanted == space.version:
        raise NothingToUpgrade
    # A version the recipe dropped is older than all it knows.
    known = versions.index(space.version) if space.version in versions else -1
    if wanted not in versions or versions.index(wanted) < known:
        raise UnknownVersion(field="to_version")
    return wanted


def put_version(*, space: Space, version: str) -> None:
    """Have the application put to a version, its database included. Repeatable; calls outside."""
    containers_of(space).upgrade(spec_of(space, version=version))


def put_former(*, space: Space) -> None:
    """Put the stack as our tables say: the version that ran before. Repeatable; calls outside."""
    containers_of(space).open(spec_of(space))


def end_upgrade(*, upgrade: Upgrade, failure: str = "") -> Upgrade:
    """Write how an upgrade ended; a return is told to the referents and stands on Today. Its round goes on, or stops. Repeatable."""
    with transaction.atomic():
        upgrade = Upgrade.objects.select_for_update(of=("self",)).select_related("round").get(pk=upgrade.pk)
        if upgrade.state != "running":
            return upgrade
        space = locked(upgrade.space)
        to = "returned" if failure else "done"
        states.UPGRADE.check(upgrade.state, to)
        upgrade.state, upgrade.reason, upgrade.ended_at = to, failure[:500], clock.now()
        upgrade.save(update_fields=["state", "reason", "ended_at"])
        if failure:
            record("space.upgrade_returned", space, version=upgrade.to_version, former=upgrade.from_version)
            _tell_return(space, upgrade)
        else:
            space.version = upgrade.to_version
            space.save(update_fields=["version"])
            record("space.upgraded", space, version=upgrade.to_version)
        if upgrade.round:
            go_on_with_round(round=upgrade.round)
    return upgrade


def give_up_upgrade(*, space: Space) -> None:
    """Write that somebody of the host gave an upgrade up: what is there shows as a drift, its hold is lifted. Repeatable."""
    with transaction.atomic():
        upgrade = Upgrade.objects.select_for_update(of=("self",)).filter(space=space, state="running").first()
        if upgrade is None:
            return
        states.UPGRADE.check(upgrade.state, "given_up")
        upgrade.state, upgrade.ended_at = "given_up", clock.now()
        upgrade.save(update_fields=["state", "ended_at"])
        give_up_work(space=space, mark=upgrade.public_id)
        if upgrade.round:
            stop_round(round=upgrade.round)


def note_return_seen(*, upgrade: Upgrade, by: Person) -> Upgrade:
    """Take a return off Today: somebody of the host read why. Repeatable."""
    with transaction.atomic():
        upgrade = Upgrade.objects.select_for_update(of=("self",)).select_related("space").get(pk=upgrade.pk)
        if upgrade.seen_at is None and upgrade.state == "returned":
            upgrade.seen_at = clock.now()
            upgrade.save(update_fields=["seen_at"])
            record("space.upgrade_return_seen", locked(upgrade.space), by, visible="host")
    return upgrade


def upgrade_all(*, service: Service, by: Person, at_once: int = 2, to_version: str = "") -> UpgradeRound:
    """Have every space of a service upgraded, ``at_once`` at a time, until one returns (``NothingToUpgrade``, ``RoundUnderWay``).

    ``UnknownVersion`` for one that its recipe does not know.
    """
    versions = _versions_of(service.connector)
    wanted = to_version or (versions[-1] if versions else "")
    if wanted not in versions:
        raise UnknownVersion(field="to_version")
    with transaction.atomic():
        service = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
        if UpgradeRound.objects.filter(service=service, ended_at=None).exists():
            raise RoundUnderWay
        made = UpgradeRound.objects.create(
            service=service,
            to_version=wanted,
            at_once=max(1, min(at_once, MOST_AT_ONCE)),
            asked_by=by,
            asked_at=clock.now(),
        )
        if not _left(made).exists():
            raise NothingToUpgrade
        _record_round("spaces.round_began", made, by)
        go_on_with_round(round=made)
    return made


def go_on_with_round(*, round: UpgradeRound) -> int:
    """Begin as many upgrades of a round as may run at once, and return how many; it ends when none is left or one returned.

    A space that something else is under way on is left for the end. Repeatable.
    """
    begun = 0
    with transaction.atomic():
        round = UpgradeRound.objects.select_for_update(of=("self",)).select_related("service").get(pk=round.pk)
        if round.ended_at:
            return 0
        running = round.upgrades.filter(state="running").count()
        if round.upgrades.filter(state="returned").exists():
            if running == 0:
                _end_round(round, stopped=True)
            return 0
        for space in _left(round).order_by("pk")[:100]:
            if running + begun >= round.at_once:
                return begun
            if not is_under_way(space):
                # Closed, or taken up by somebody, at this very moment: it is left, as what was busy before.
                with suppress(NotOpen, SpaceUnderWay):
                    ask_upgrade(space=space, by=round.asked_by, to_version=round.to_version, round=round)
                    begun += 1
        if running + begun == 0 and not _left(round).exists():
            _end_round(round, stopped=False)
    return begun


def go_on_with_rounds() -> int:
    """Look at every round that is not over, and return how many upgrades began: a space may have been busy before."""
    return sum(go_on_with_round(round=one) for one in UpgradeRound.objects.filter(ended_at=None).order_by("pk"))


def stop_round(*, round: UpgradeRound, by: Person | None = None) -> UpgradeRound:
    """Begin no more upgrades of a round; those that run end. Repeatable."""
    with transaction.atomic():
        round = UpgradeRound.objects.select_for_update(of=("self",)).select_related("service").get(pk=round.pk)
        if round.ended_at is None:
            _end_round(round, stopped=True, by=by)
    return round


def _left(round: UpgradeRound) -> QuerySet[Space]:
    """Return the open spaces a round has not begun with whose version is older; none once the recipe dropped its version."""
    versions = _versions_of(round.service.connector)
    if round.to_version not in versions:
        return Space.objects.none()
    new_enough = versions[versions.index(round.to_version) :]
    rows = Space.objects.filter(service=round.service, state="open")
    return rows.exclude(version__in=new_enough).exclude(upgrades__round=round)


def _versions_of(connector: str) -> list[str]:
    application = Application.objects.filter(connector=connector).first()
    return list(application.versions) if application else []


def _end_round(round: UpgradeRound, *, stopped: bool, by: Person | None = None) -> None:
    round.ended_at = clock.now()
    round.stopped_at = round.ended_at if stopped else None
    round.save(update_fields=["ended_at", "stopped_at"])
    _record_round("spaces.round_stopped" if stopped else "spaces.round_done", round, by)


def _record_round(what: str, round: UpgradeRound, by: Person | None) -> None:
    history.record(
        what=what,
        about=("service", round.service.slug, round.service.slug),
        actor=by,
        visible="host",
        version=round.to_version,
    )


def _tell_return(space: Space, upgrade: Upgrade) -> None:
    portal = host.current().portal_url
    for person in referents_of(space.organisation):
        mailing.send(
            name="spaces/upgrade_returned",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": space,
                "upgrade": upgrade,
                "page_url": f"{portal}/spaces/{space.public_id}/",
            },
        )
