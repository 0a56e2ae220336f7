# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put a version of a website online: from a zip, from a folder sent in several requests, or an earlier one again.

Intention, commit, store, result: whatever is cut short, the site shows one whole version, and ``reconcile`` finds out which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.spaces import publications
from archipel.spaces.effects import effect_of
from archipel.spaces.models import Publication, Space
from archipel.spaces.operations.reconciling import reconcile_soon
from archipel.spaces.publications import Source
from archipel.spaces.refusals import HeldBack, PublishRefused, StoreSilent, publish_refusal
from archipel.spaces.wiring import publisher_of

NOWHERE = Source()
# A zip is never larger than what it unpacks to, plus its directory: more than this cannot be a site of this quota.
MARGIN = 16 * 1024 * 1024
LONGEST_BODY = 20 * 1024**3


class UploadOver(Refusal):
    """The upload was finished or given up in the meantime."""

    code = "upload_over"
    message = _("This upload is over. Please begin again.")


class NotKept(Refusal):
    """The store keeps a few earlier versions, not this one any more."""

    code = "not_kept"
    message = _("This version is no longer kept.")


@dataclass(frozen=True)
class Sent:
    """What an upload holds so far."""

    files: int
    bytes: int


def longest_body(*, space: Space) -> int:
    """Return how many bytes a request that publishes may send at most."""
    return LONGEST_BODY if space.quota_bytes is None else min(LONGEST_BODY, space.quota_bytes + MARGIN)


def check_size(*, space: Space, length: int | None) -> None:
    """Refuse a body longer than the space may hold, before anything of it is read (``PublishRefused``)."""
    if length and length > longest_body(space=space):
        raise publish_refusal(RefusedOutside("quota", "the body is larger than the quota"))


def publish_zip(
    *, space: Space, archive: IO[bytes], person: Person | None, source: Source = NOWHERE, means: str = "zip"
) -> Publication:
    """Publish what a zip holds, whole or not at all (``PublishRefused``, ``StoreSilent``, ``HeldBack``, ``NotOpen``)."""
    publication = publications.begin(space=space, means=means, person=person, source=source)

    def act() -> None:
        publisher = publisher_of(space)
        publisher.stage_zip(space.public_id, publication.public_id, archive)
        publisher.publish(space.public_id, publication.public_id, publication.public_id)

    return _perform(publication, act)


def start_upload(*, space: Space, person: Person, source: Source = NOWHERE) -> Publication:
    """Begin to receive a folder, file by file; an upload that this person had begun before is given up."""
    for earlier in Publication.objects.filter(space=space, person=person, means="folder", state="receiving"):
        abandon_upload(upload=earlier)
    return publications.begin(space=space, means="folder", person=person, source=source)


def add_files(*, upload: Publication, files: Iterable[tuple[str, IO[bytes]]]) -> Sent:
    """Add files with their relative paths; the same path again replaces it, so a request may be sent twice."""
    _check_receiving(upload)
    space = upload.space
    publisher = publisher_of(space)
    with _in_words():
        for path, content in files:
            publisher.stage_file(space.public_id, upload.public_id, path, content)
        count, size = publisher.staged(space.public_id, upload.public_id)
    return Sent(count, size)


def finish_upload(*, upload: Publication) -> Publication:
    """Put online what was received; finishing again returns the same publication (``UploadOver`` once given up)."""
    upload.refresh_from_db()
    if upload.state in {"online", "replaced"}:
        return upload
    _check_receiving(upload)
    space = upload.space

    def act() -> None:
        publisher_of(space).publish(space.public_id, upload.public_id, upload.public_id)

    return _perform(upload, act)


def abandon_upload(*, upload: Publication) -> None:
    """Forget what was received. Repeatable."""
    upload.refresh_from_db()
    if upload.state != "receiving":
        return
    with _in_words():
        publisher_of(upload.space).discard(upload.space.public_id, upload.public_id)
    publications.abandon(upload)


def restore_version(*, version: Publication, person: Person | None, source: Source = NOWHERE) -> Publication:
    """Put a kept version online again (``NotKept``)."""
    space = version.space
    if not version.kept:
        raise NotKept
    publication = publications.begin(
        space=space, means="restore", person=person, source=source, restores=version.public_id
    )

    def act() -> None:
        publisher_of(space).restore_version(space.public_id, version.public_id)

    return _perform(publication, act)


def _check_receiving(upload: Publication) -> None:
    if upload.state != "receiving":
        raise UploadOver
    if effect_of(upload.space):
        raise HeldBack


def _perform(publication: Publication, act: Callable[[], None]) -> Publication:
    """Call the store, then write what it shows. A silence leaves the row for ``reconcile`` to settle."""
    try:
        act()
    except RefusedOutside as refused:
        publications.refuse(publication, refused)
        _discard_quietly(publication)
        raise publish_refusal(refused) from refused
    except TryLater as late:
        reconcile_soon(space=publication.space)
        raise StoreSilent from late
    with _in_words():
        done, overtaken = publications.finish(publication, publications.look(publication.space))
    if overtaken:
        reconcile_soon(space=done.space)
    return done


def _discard_quietly(publication: Publication) -> None:
    """Forget what was staged; if the store is silent now, it forgets old uploads by itself."""
    space = publication.space
    try:
        publisher_of(space).discard(space.public_id, publication.public_id)
    except (TryLater, RefusedOutside):
        return


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what a store raises into what a person reads."""
    try:
        yield
    except RefusedOutside as refused:
        raise publish_refusal(refused) from refused
    except TryLater as late:
        raise StoreSilent from late


__all__ = [
    "NotKept",
    "PublishRefused",
    "Sent",
    "UploadOver",
    "abandon_upload",
    "add_files",
    "check_size",
    "finish_upload",
    "longest_body",
    "publish_zip",
    "restore_version",
    "start_upload",
]
