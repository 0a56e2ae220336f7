# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publications: the intention before the store is called, the result after, and what a crash left in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces import states
from archipel.spaces.effects import effect_of
from archipel.spaces.models import Publication, Space
from archipel.spaces.moves import locked, record
from archipel.spaces.ports import PublishedVersion
from archipel.spaces.refusals import HeldBack, NotOpen
from archipel.spaces.wiring import connector_of, publisher_of


@dataclass(frozen=True)
class Source:
    """Where a request came from: kept one year with what it published (address and port, as French law asks)."""

    ip: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class StoreView:
    """What the store says of a space: the version online, those kept (newest first), bytes and files shown."""

    taken_at: datetime
    online: str
    versions: Sequence[PublishedVersion]
    bytes: int | None
    files: int | None


def begin(*, space: Space, means: str, person: Person | None, source: Source, restores: str = "") -> Publication:
    """Write the intention to publish (``NotOpen``, ``HeldBack``)."""
    with transaction.atomic():
        space = locked(space)
        if space.state != "open":
            raise NotOpen
        if effect_of(space):
            raise HeldBack
        return Publication.objects.create(
            space=space,
            state="receiving",
            means=means,
            person=person,
            from_address=source.ip,
            from_port=source.port,
            started_at=clock.now(),
            restores=restores,
        )


def look(space: Space) -> StoreView:
    """Ask the store what a space shows; the measure is left out when it fails."""
    publisher, taken_at = publisher_of(space), clock.now()
    versions = publisher.versions(space.public_id)
    online = publisher.online(space.public_id) or ""
    try:
        usage = connector_of(space).usage(space.public_id)
    except (TryLater, RefusedOutside):
        return StoreView(taken_at, online, versions, None, None)
    return StoreView(taken_at, online, versions, usage.bytes, usage.files)


def finish(publication: Publication, view: StoreView) -> tuple[Publication, bool]:
    """Write what the store shows after an act, and say whether others acted meanwhile (look again then)."""
    with transaction.atomic():
        space = locked(publication.space)
        own = Publication.objects.select_for_update().get(pk=publication.pk)
        if own.state == "receiving":
            _close_own(own, view)
            if own.state in {"online", "replaced"}:
                _tell_history(space, own)
        mirror(space, view)
        overtaken = is_overtaken(space, view, own)
        own.refresh_from_db()
    own.space = space
    return own, overtaken


def is_overtaken(space: Space, view: StoreView, own: Publication | None = None) -> bool:
    """Return whether somebody else wrote a result since the store was looked at: what was seen may be older."""
    others = Publication.objects.filter(space=space, finished_at__gte=view.taken_at)
    return (others.exclude(pk=own.pk) if own else others).exists()


def refuse(publication: Publication, refused: RefusedOutside) -> None:
    """Write that the store said no."""
    _end(publication, "refused", refusal=refused.code[:20], refused_detail=refused.about[:300])


def abandon(publication: Publication) -> None:
    """Write that nothing came of it."""
    _end(publication, "abandoned")


def _end(publication: Publication, state: str, **values: str) -> None:
    states.PUBLICATION.check("receiving", state)
    Publication.objects.filter(pk=publication.pk, state="receiving").update(
        state=state, finished_at=clock.now(), **values
    )


def _close_own(own: Publication, view: StoreView) -> None:
    """Say what became of an act: a version that the store has, or a restore that it shows."""
    version = next((kept for kept in view.versions if kept.version_id == own.public_id), None)
    if own.means == "restore":
        to = "online" if view.online == own.restores else "replaced"
    else:
        to = "replaced" if version else "abandoned"  # ``mirror`` says whether it is the one online
    states.PUBLICATION.check(own.state, to)
    own.state, own.finished_at = to, clock.now()
    if version:
        last = Publication.objects.filter(space=own.space).aggregate(last=Max("number"))["last"] or 0
        own.number, own.kept, own.files, own.bytes = last + 1, True, version.files, version.bytes
    own.save()


def mirror(space: Space, view: StoreView) -> None:
    """Make the rows of a locked space say what the store says: which versions are kept, which one is shown."""
    ids = [version.version_id for version in view.versions]
    rows = Publication.objects.filter(space=space)
    rows.filter(kept=True).exclude(public_id__in=ids).update(kept=False)
    rows.filter(kept=False, public_id__in=ids).update(kept=True)
    states.PUBLICATION.check("online", "replaced")
    shown = Q(public_id=view.online) | Q(means="restore", restores=view.online)
    rows.filter(state="online").exclude(shown).update(state="replaced")
    latest_restore = rows.filter(means="restore", state="online").order_by("-started_at", "-pk").first()
    if latest_restore:
        rows.filter(means="restore", state="online").exclude(pk=latest_restore.pk).update(state="replaced")
    states.PUBLICATION.check("replaced", "online")
    rows.filter(public_id=view.online, state="replaced").update(state="online")
    space.online_version = view.online
    if view.bytes is not None:
        space.usage_bytes, space.usage_files, space.usage_at = view.bytes, view.files, clock.now()
    space.save(update_fields=["online_version", "usage_bytes", "usage_files", "usage_at"])


def _tell_history(space: Space, own: Publication) -> None:
    if own.means == "restore":
        version = Publication.objects.filter(space=space, public_id=own.restores).first()
        number = version.number if version else None
        record("space.version_restored", space, own.person, number=number)
        return
    record("space.published", space, own.person, number=own.number, files=own.files, bytes=own.bytes, means=own.means)
