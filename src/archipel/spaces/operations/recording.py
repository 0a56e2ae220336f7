# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publications: the intention before the store is called, the result after, and what a crash left in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django_tasks import task

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox import operations as outbox
from archipel.spaces import states
from archipel.spaces.models import Publication, Space
from archipel.spaces.operations.holding import effect_of
from archipel.spaces.operations.moving import locked, record
from archipel.spaces.ports import PublishedVersion
from archipel.spaces.refusals import HeldBack, NotOpen
from archipel.spaces.wiring import connector_of, publisher_of, publishes

# After so long without a result, whoever was publishing is gone; a folder is sent in many requests.
GONE_AFTER = {"zip": timedelta(hours=1), "api": timedelta(hours=1), "restore": timedelta(minutes=10)}
FOLDER_GONE_AFTER = timedelta(hours=24)
AT_ONCE = 200


@dataclass(frozen=True)
class Source:
    """Where a request came from: kept one year with what it published (address and port, as French law asks)."""

    ip: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class StoreView:
    """What the store says of a space: the version online, those kept (newest first), bytes and files shown."""

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
    publisher = publisher_of(space)
    versions = publisher.versions(space.public_id)
    online = publisher.online(space.public_id) or ""
    try:
        usage = connector_of(space).usage(space.public_id)
    except (TryLater, RefusedOutside):
        return StoreView(online, versions, None, None)
    return StoreView(online, versions, usage.bytes, usage.files)


def finish(publication: Publication, view: StoreView) -> Publication:
    """Write what the store shows after an act; what others did meanwhile is written as well."""
    with transaction.atomic():
        space = locked(publication.space)
        own = Publication.objects.select_for_update().get(pk=publication.pk)
        if own.state == "receiving":
            _close_own(own, view)
            if own.state in {"online", "replaced"}:
                _tell_history(space, own)
        _mirror(space, view)
        # Somebody else changed the site meanwhile: what we saw may be older than what they wrote.
        others = Publication.objects.filter(space=space, finished_at__gte=own.started_at).exclude(pk=own.pk)
        if others.exists():
            reconcile_soon(space)
        own.refresh_from_db()
    own.space = space
    return own


@task()
def reconcile_space(space_id: str) -> None:
    space = Space.objects.select_related("organisation", "service").get(public_id=space_id)
    if publishes(space) and space.state in {"open", "closing"}:
        reconcile(space=space)


def reconcile_soon(space: Space) -> None:
    """Have a space compared with the store, after the caller's transaction."""
    outbox.enqueue_once(task=reconcile_space, key=f"spaces.reconcile:{space.public_id}", args=[space.public_id])


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
    kept = {version.version_id: version for version in view.versions}
    now = clock.now()
    if own.means == "restore":
        own.state = "online" if view.online == own.restores else "replaced"
        own.finished_at = now
        own.save(update_fields=["state", "finished_at"])
        return
    version = kept.get(own.public_id)
    if version is None:
        own.state, own.finished_at = "abandoned", now
        own.save(update_fields=["state", "finished_at"])
        return
    last = Publication.objects.filter(space=own.space).aggregate(last=Max("number"))["last"] or 0
    own.state, own.number, own.kept = "replaced", last + 1, True
    own.files, own.bytes, own.finished_at = version.files, version.bytes, now
    own.save(update_fields=["state", "number", "kept", "files", "bytes", "finished_at"])


def _mirror(space: Space, view: StoreView) -> None:
    """Make the rows of a locked space say what the store says: which versions are kept, which one is shown."""
    ids = [version.version_id for version in view.versions]
    rows = Publication.objects.filter(space=space)
    rows.filter(kept=True).exclude(public_id__in=ids).update(kept=False)
    rows.filter(kept=False, public_id__in=ids).update(kept=True)
    shown = Q(public_id=view.online) | Q(means="restore", restores=view.online)
    rows.filter(state="online").exclude(shown).update(state="replaced")
    latest_restore = rows.filter(means="restore", state="online").order_by("-started_at", "-pk").first()
    if latest_restore:
        rows.filter(means="restore", state="online").exclude(pk=latest_restore.pk).update(state="replaced")
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


def reconcile(*, space: Space) -> StoreView:
    """Compare with the store what was recorded, and settle what a crash left in between; calls outside first.

    An act whose version the store has is recorded as done; one that is too old to be under way is given up.
    """
    began_before = clock.now()
    view = look(space)
    for publication in Publication.objects.filter(space=space, state="receiving", started_at__lte=began_before):
        if _is_done(publication, view) or _is_gone(publication):
            if not _is_done(publication, view):
                publisher_of(space).discard(space.public_id, publication.public_id)
            finish(publication, view)
    with transaction.atomic():
        _mirror(locked(space), view)
    return view


def _is_done(publication: Publication, view: StoreView) -> bool:
    if publication.means == "restore":
        return view.online == publication.restores
    return any(version.version_id == publication.public_id for version in view.versions)


def _is_gone(publication: Publication) -> bool:
    return clock.now() - publication.started_at > GONE_AFTER.get(publication.means, FOLDER_GONE_AFTER)


def settle_publications() -> int:
    """Have the spaces compared with the store where an act began a while ago and has no result; return how many."""
    waiting = Publication.objects.filter(state="receiving", started_at__lte=clock.now() - timedelta(minutes=5))
    ids = set(waiting.order_by("started_at").values_list("space_id", flat=True)[:AT_ONCE])
    for space in Space.objects.filter(pk__in=ids):
        reconcile_soon(space)
    return len(ids)
