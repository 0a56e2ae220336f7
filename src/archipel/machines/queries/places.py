# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of places for back-ups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.kernel import clock
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import TodayLine
from archipel.machines.models import BackupPlace, Machine, OwnCopy

OWN_STALE = timedelta(days=2)
# A silence that passes by itself is no work for anybody.
SILENCE = timedelta(hours=1)
# A place is checked every week; a month without one means that nobody would know.
UNCHECKED = timedelta(days=30)

PROBLEM_WORDS: Mapping[str, str | Promise] = {
    "later": gettext_lazy("It does not answer, or it is full."),
    "bad_key": gettext_lazy("Its passphrase does not open what is there."),
    "damaged": gettext_lazy("Something that was kept there cannot be read any more."),
    "forbidden": gettext_lazy("It refuses: look at its credentials and rights."),
    "unknown": gettext_lazy("Nothing of ours is there: is the disk mounted, is it the right folder?"),
    "no_program": gettext_lazy("The program restic is not installed where the worker runs."),
    "not_ours": gettext_lazy("Something else than Archipel writes there."),
    "bad_input": gettext_lazy("Its location is written in a way that cannot be understood."),
}


def problem_words(place: BackupPlace) -> str:
    """Return what is wrong with a place in words, or nothing."""
    return str(PROBLEM_WORDS.get(place.problem_code, place.problem)) if place.problem_since else ""


def places_by_name() -> QuerySet[BackupPlace]:
    """Return every place, open ones first."""
    return BackupPlace.objects.select_related("site").order_by(F("closed_at").asc(nulls_first=True), "name")


def open_places() -> list[BackupPlace]:
    """Return the places where something is kept, the oldest first."""
    return list(BackupPlace.objects.filter(closed_at=None).select_related("site").order_by("pk"))


def place_by_public_id(public_id: str) -> BackupPlace:
    """Return a place to the people of the host, whose door the page has passed already (``NotFound``)."""
    found = BackupPlace.objects.select_related("site").filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def stands_with_machines(place: BackupPlace) -> bool:
    """Return whether machines stand on the site of a place: one fire would then take the copies too."""
    return bool(place.site_id) and Machine.objects.filter(site=place.site_id, retired_at=None).exists()


def own_copy_of(place: BackupPlace) -> OwnCopy | None:
    """Return the last good copy of Archipel itself in a place."""
    return OwnCopy.objects.filter(place=place, dropped_at=None).exclude(copy_id="").order_by("-taken_at").first()


def _own_lines(place: BackupPlace) -> list[tuple[datetime, str, str, str]]:
    """Return (since, title, detail, tone) of what is wrong with the copies of Archipel itself in a place that works."""
    last, limit = own_copy_of(place), clock.now() - OWN_STALE
    taken_at = last.taken_at if last else place.created_at
    if taken_at < limit:
        tried = OwnCopy.objects.filter(place=place).exclude(problem="").order_by("-taken_at").first()
        title = _("Archipel itself has no back-up of less than two days in “%(name)s”") % {"name": place.name}
        return [(taken_at + OWN_STALE, title, tried.problem if tried else "", "stop")]
    if last and last.read_ok is False and last.read_at:
        title = _("The back-up of Archipel itself in “%(name)s” cannot be read back") % {"name": place.name}
        return [(last.read_at, title, last.problem, "stop")]
    return []


def place_lines(limit: int = 100) -> list[TodayLine]:
    """Return a line for each place that fails, each key that is kept nowhere else, each place nobody could check."""
    rows = BackupPlace.objects.filter(closed_at=None).order_by("pk")[:limit]
    return [line for place in rows for line in _lines(place)]


def _lines(place: BackupPlace) -> list[TodayLine]:
    lines = []
    if place.problem_since and (place.problem_code != "later" or clock.now() - place.problem_since > SILENCE):
        title = _("The place for back-ups “%(name)s” does not work") % {"name": place.name}
        lines.append((place.problem_since, _("Back-ups"), title, problem_words(place), _("Look at it"), "stop"))
    elif clock.now() - (place.checked_at or place.created_at) > UNCHECKED:
        title = _("The place for back-ups “%(name)s” was not checked for a month") % {"name": place.name}
        since = (place.checked_at or place.created_at) + UNCHECKED
        lines.append((since, _("Back-ups"), title, _("Is the worker running?"), _("Look at it"), "care"))
    else:
        lines += [
            (since, _("Back-ups"), title, detail, _("Look at it"), tone)
            for since, title, detail, tone in _own_lines(place)
        ]
    if place.key_kept_at is None:
        title = _("The key of the place for back-ups “%(name)s” must be kept outside") % {"name": place.name}
        detail = _("Without it, nobody can read the back-ups once Archipel is lost.")
        lines.append((place.created_at, _("Key"), title, detail, _("Say that it is kept"), "care"))
    return [
        TodayLine(
            since=since, kind="backup_place", badge=badge, title=title, detail=detail, act=act,
            url=f"/desk/backup-places/{place.public_id}/", verb="operate", tone="stop" if tone == "stop" else "care",
            public_id=place.public_id,
        )
        for since, badge, title, detail, act, tone in lines
    ]  # fmt: skip
