# SPDX-License-Identifier: AGPL-3.0-or-later
"""Places for back-ups: declared, changed, checked, closed; their passphrase made here, to be kept outside as well."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.history import operations as history
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines.models import BackupPlace
from archipel.machines.ports import BackupPlaceSpec
from archipel.machines.wiring import store_from, store_of
from archipel.outbox import operations as outbox

# Below people's work: nobody waits for it.
PRIORITY = -10
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 8, 4
_CHANGED = ("name", "location", "site", "run_by", "keep_daily", "keep_weekly", "keep_monthly")


class BadPlace(Refusal):
    """The location cannot be one of its kind."""

    code = "bad_place"
    message = _("This is no place of this kind: look at how it is written below the field.")
    status = 422


class PlaceNameTaken(Refusal):
    """Two places of one name would be mistaken for each other."""

    code = "place_name_taken"
    message = _("There is already a place of this name.")


class LocationTaken(Refusal):
    """Two places in one folder would each be closed to the other's passphrase."""

    code = "location_taken"
    message = _("There is already a place there: each needs a folder of its own.")


class KeepsNothing(Refusal):
    """A retention that keeps nothing."""

    code = "keeps_nothing"
    message = _("At least one back-up must stay: give one of the three numbers.")
    status = 422


class PlaceClosed(Refusal):
    """Nothing changes in a place that was closed."""

    code = "place_closed"
    message = _("This place is closed: nothing is kept there any more.")


def new_passphrase() -> str:
    """Return 32 signs (158 bits) that can be copied by hand: no sign looks like another."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def declare_place(
    *, name: str, kind: str, location: str, credentials: Mapping[str, str], by: Any, **values: Any
) -> tuple[BackupPlace, str]:
    """Declare a place and return it with its passphrase, which the host must keep outside of Archipel too.

    ``values``: ``site``, ``run_by``, ``keep_daily``, ``keep_weekly``, ``keep_monthly``. The worker prepares it afterwards.
    ``BadPlace``, ``PlaceNameTaken``, ``LocationTaken``, ``KeepsNothing``.
    """
    passphrase = new_passphrase()
    place = BackupPlace(name=name, kind=kind, location=location, created_at=clock.now(), **values)
    _check(place, passphrase, credentials)
    place.locked_passphrase = keys.lock(passphrase)
    place.locked_credentials = _lock(credentials)
    with transaction.atomic():
        _save(place)
        _record("place.declared", place, by)
        check_place_soon(place=place)
    return place, passphrase


def change_place(
    *, place: BackupPlace, changes: Mapping[str, Any], credentials: Mapping[str, str], by: Any
) -> BackupPlace:
    """Change what is known of a place; empty ``credentials`` leave them as they are. It is looked at again afterwards."""
    known = json.loads(keys.unlock(place.locked_credentials)) if place.locked_credentials else {}
    with transaction.atomic():
        place = BackupPlace.objects.select_for_update().get(pk=place.pk)
        if place.closed_at:
            raise PlaceClosed
        for name in _CHANGED:
            setattr(place, name, changes.get(name, getattr(place, name)))
        given = {name: value for name, value in credentials.items() if value}
        _check(place, "", {**known, **given})
        if given:
            place.locked_credentials = _lock({**known, **given})
        _save(place)
        _record("place.changed", place, by, credentials=sorted(given))
        check_place_soon(place=place)
    return place


def close_place(*, place: BackupPlace, by: Any) -> BackupPlace:
    """Keep nothing more there. What is there stays, encrypted; its passphrase stays known here."""
    with transaction.atomic():
        place = BackupPlace.objects.select_for_update().get(pk=place.pk)
        if place.closed_at is None:
            place.closed_at = clock.now()
            place.problem, place.problem_code, place.problem_since = "", "", None
            place.save(update_fields=["closed_at", "problem", "problem_code", "problem_since"])
            _record("place.closed", place, by)
    return place


def show_key(*, place: BackupPlace, by: Any) -> str:
    """Return the passphrase of a place, and write down that it was shown; ``by`` None: at the command line."""
    with transaction.atomic():
        _record("place.key_shown", place, by)
        return keys.unlock(place.locked_passphrase)


def confirm_key_kept(*, place: BackupPlace, by: Any) -> BackupPlace:
    """Write down that the passphrase is kept outside of Archipel: without it, a lost Archipel loses the copies too."""
    with transaction.atomic():
        place = BackupPlace.objects.select_for_update().get(pk=place.pk)
        place.key_kept_at = clock.now()
        place.save(update_fields=["key_kept_at"])
        _record("place.key_kept", place, by)
    return place


def check_place_soon(*, place: BackupPlace) -> None:
    """Have the worker look at a place."""
    outbox.enqueue_once(
        task=check_place_task,
        key=f"machines.place:{place.public_id}",
        kwargs={"place_id": place.public_id},
        priority=PRIORITY,
    )


def check_all_places() -> int:
    """Have every open place looked at, and return how many."""
    places = list(BackupPlace.objects.filter(closed_at=None).order_by("pk"))
    for place in places:
        check_place_soon(place=place)
    return len(places)


@task()
def check_place_task(*, place_id: str) -> None:
    check_place(place=BackupPlace.objects.get(public_id=place_id))


def check_place(*, place: BackupPlace) -> BackupPlace:
    """Read a share of what a place holds and measure it; prepare one that never worked. Calls outside, repeatable.

    A place that worked once is not prepared again: what is missing then is a disk that is not mounted, or worse.
    """
    if place.closed_at:
        return place
    try:
        store = store_of(place)
        if place.used_at is None and place.checked_at is None:
            store.ensure()
        store.check()
        size = store.size()
    except (TryLater, RefusedOutside) as error:
        note_trouble(place=place, error=error)
        return BackupPlace.objects.get(pk=place.pk)
    BackupPlace.objects.filter(pk=place.pk).update(checked_at=clock.now(), bytes=size)
    note_works(place=place)
    return BackupPlace.objects.get(pk=place.pk)


def note_trouble(*, place: BackupPlace, error: TryLater | RefusedOutside) -> None:
    """Write down that a place does not work, since when it does not, and what it said."""
    now, code = clock.now(), getattr(error, "code", "later")
    with transaction.atomic():
        row = BackupPlace.objects.select_for_update().get(pk=place.pk)
        row.problem, row.problem_code, row.problem_seen_at = error.reason[:200], code[:40], now
        row.problem_since = row.problem_since or now
        row.save(update_fields=["problem", "problem_code", "problem_seen_at", "problem_since"])


def note_works(*, place: BackupPlace, kept: bool = False) -> None:
    """Write down that a place works; ``kept``: something was just kept there."""
    nothing = {"problem": "", "problem_code": "", "problem_since": None, "problem_seen_at": None}
    rows = BackupPlace.objects.filter(pk=place.pk)
    rows.update(**nothing, **({"used_at": clock.now()} if kept else {}))


def _check(place: BackupPlace, passphrase: str, credentials: Mapping[str, str]) -> None:
    if not (place.keep_daily or place.keep_weekly or place.keep_monthly):
        raise KeepsNothing(field="keep_daily")
    try:
        store_from(BackupPlaceSpec(place.kind, place.location, passphrase, credentials))
    except RefusedOutside as refused:
        raise BadPlace(field="location") from refused
    others = BackupPlace.objects.filter(closed_at=None).exclude(pk=place.pk)
    if others.filter(kind=place.kind, location=place.location).exists():
        raise LocationTaken(field="location")


def _save(place: BackupPlace) -> None:
    try:
        with transaction.atomic():
            place.save()
    except IntegrityError as error:
        raise PlaceNameTaken(field="name") from error


def _lock(credentials: Mapping[str, str]) -> str:
    given = {name: value for name, value in credentials.items() if value}
    return keys.lock(json.dumps(given)) if given else ""


def _record(what: str, place: BackupPlace, by: Any, **details: Any) -> None:
    history.record(what=what, about=("backup_place", place.public_id, place.name), actor=by, visible="host", **details)
