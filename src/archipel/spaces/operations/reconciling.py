# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compare with the store what was recorded of publications, and settle what a crash left in between."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django_tasks import task

from archipel.kernel import clock
from archipel.outbox import operations as outbox
from archipel.spaces import publications
from archipel.spaces.models import Publication, Space
from archipel.spaces.moves import locked
from archipel.spaces.wiring import publisher_of, publishes

# After so long without a result, whoever was publishing is gone; a folder is sent in many requests.
GONE_AFTER = {"zip": timedelta(hours=1), "api": timedelta(hours=1), "restore": timedelta(minutes=10)}
FOLDER_GONE_AFTER = timedelta(hours=24)
AT_ONCE = 200


@task()
def reconcile_space(*, space_id: str) -> None:
    space = Space.objects.select_related("organisation", "service").get(public_id=space_id)
    if publishes(space) and space.state in {"open", "closing"}:
        reconcile(space=space)


def reconcile_soon(*, space: Space) -> None:
    """Have a space compared with the store, after the caller's transaction."""
    outbox.enqueue_once(
        task=reconcile_space, key=f"spaces.reconcile:{space.public_id}", kwargs={"space_id": space.public_id}
    )


def reconcile(*, space: Space) -> publications.StoreView:
    """Compare with the store what was recorded, and settle what a crash left in between; calls outside first.

    An act whose version the store has is recorded as done; one that is too old to be under way is given up.
    """
    began_before = clock.now()
    view = publications.look(space)
    for publication in Publication.objects.filter(space=space, state="receiving", started_at__lte=began_before):
        if _is_done(publication, view) or _is_gone(publication):
            if not _is_done(publication, view):
                publisher_of(space).discard(space.public_id, publication.public_id)
            publications.finish(publication, view)
    with transaction.atomic():
        space = locked(space)
        if publications.is_overtaken(space, view):
            reconcile_soon(space=space)
        else:
            publications.mirror(space, view)
    return view


def adopt_versions(*, space: Space) -> int:
    """Give rows to versions that the store has and nobody published here (a bundle brought them), and return how many.

    Oldest first, numbered after those that are known. Repeatable; calls outside first.
    """
    versions = sorted(publisher_of(space).versions(space.public_id), key=lambda one: (one.published_at, one.version_id))
    with transaction.atomic():
        space = locked(space)
        known = set(Publication.objects.filter(space=space).values_list("public_id", flat=True))
        last = Publication.objects.filter(space=space).aggregate(last=Max("number"))["last"] or 0
        brought = [version for version in versions if version.version_id not in known]
        Publication.objects.bulk_create(
            Publication(
                public_id=version.version_id, space=space, state="replaced", means="restore", number=number,
                started_at=version.published_at, finished_at=version.published_at, kept=True,
                files=version.files, bytes=version.bytes,
            )
            for number, version in enumerate(brought, start=last + 1)
        )  # fmt: skip
    reconcile(space=space)
    return len(brought)


def _is_done(publication: Publication, view: publications.StoreView) -> bool:
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
        reconcile_soon(space=space)
    return len(ids)
