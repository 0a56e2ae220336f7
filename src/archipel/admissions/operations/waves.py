# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of a wave: planned, opened, closed on time by the worker, or by a human."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from archipel.admissions import draw
from archipel.admissions.events import WaveClosed, WaveOpened
from archipel.admissions.models import Request, Wave
from archipel.admissions.operations.moving import locked_wave, move_wave
from archipel.admissions.queries import name_of
from archipel.catalogue.models import Intake, Service
from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock, keys
from archipel.kernel.refusals import Invalid, Refusal
from archipel.outbox import operations as outbox

MOST_PLACES = 100_000
RANKED_AT_ONCE = 500


class NotByWaves(Refusal):
    """The service takes requests at any time."""

    code = "not_by_waves"
    message = _("This service takes requests at any time. Change that in the catalogue first.")


class WrongDates(Invalid):
    """A wave closes after it opens, in the future."""

    code = "wrong_dates"
    message = _("A wave closes after it opens, and later than now.")


class WrongCapacity(Invalid):
    """A wave has places."""

    code = "wrong_capacity"
    message = _("Write how many places there are, one at least.")


class WaveNameMissing(Invalid):
    code = "wave_name_missing"
    message = _("Name the wave in one language at least.")


class AnotherWaveOpen(Refusal):
    """A service has one open wave at a time."""

    code = "another_wave_open"
    message = _("Another wave of this service is open: close it first.")


class WaveUnderWay(Refusal):
    """What was announced at the opening holds."""

    code = "wave_under_way"
    message = _("Once a wave has opened, only its number of places can change.")


def plan_wave(
    *,
    service: Service,
    names: Mapping[str, str],
    criteria: Mapping[str, str],
    opens_at: datetime,
    closes_at: datetime,
    capacity: int,
    order: str,
    by: Person | None = None,
) -> Wave:
    """Announce a wave; the worker opens and closes it on time. Dates are aware instants; ``order``: date or lot."""
    if service.intake != Intake.WAVES:
        raise NotByWaves
    wave = Wave(service=service, state="planned", order=order if order in ("date", "lot") else "date")
    _fill(wave, names, criteria, opens_at, closes_at, capacity)
    with transaction.atomic():
        wave.save()
        _record("wave.planned", wave, by)
    return wave


def change_wave(
    *,
    wave: Wave,
    names: Mapping[str, str],
    criteria: Mapping[str, str],
    opens_at: datetime,
    closes_at: datetime,
    capacity: int,
    order: str,
    by: Person,
) -> Wave:
    """Change a planned wave; once opened only its capacity changes (``WaveUnderWay``), which the public page shows."""
    with transaction.atomic():
        wave = locked_wave(wave=wave)
        if wave.state != "planned":
            said = (_written(names), _written(criteria), opens_at, closes_at, order)
            if said != (wave.names, wave.criteria, wave.opens_at, wave.closes_at, wave.order):
                raise WaveUnderWay
            wave.capacity = _checked_capacity(capacity)
        else:
            wave.order = order if order in ("date", "lot") else wave.order
            _fill(wave, names, criteria, opens_at, closes_at, capacity)
        wave.save()
        _record("wave.changed", wave, by, capacity=wave.capacity)
    return wave


def open_wave(*, wave: Wave, by: Person | None = None) -> Wave:
    """Open a planned wave, now; by lot, the hash of its seed is public from here (``AnotherWaveOpen``, ``WrongDates``)."""
    with transaction.atomic():
        wave = locked_wave(wave=wave)
        now = clock.now()
        if wave.state == "planned" and wave.closes_at <= now:
            raise WrongDates(field="closes_at")
        if Wave.objects.filter(service=wave.service, state="open").exclude(pk=wave.pk).exists():
            raise AnotherWaveOpen
        changes: dict[str, Any] = {"opens_at": min(wave.opens_at, now)}
        if wave.order == "lot":
            seed = draw.new_seed()
            changes |= {"seed_hash": draw.hash_of(seed), "locked_seed": keys.lock(seed)}
        try:
            with transaction.atomic():
                move_wave(wave=wave, to="open", **changes)
        except IntegrityError as error:  # two openings at the same moment
            raise AnotherWaveOpen from error
        _record("wave.opened", wave, by, capacity=wave.capacity)
        outbox.announce(WaveOpened(wave_id=wave.public_id))
    return wave


def close_wave(*, wave: Wave, by: Person | None = None) -> Wave:
    """Close an open wave and rank what it received; by lot, the seed is public from here."""
    with transaction.atomic():
        wave = locked_wave(wave=wave)
        now = clock.now()
        closes_at = max(min(wave.closes_at, now), wave.opens_at + timedelta(microseconds=1))
        seed = keys.unlock(wave.locked_seed) if wave.locked_seed else ""
        move_wave(wave=wave, to="closed", closes_at=closes_at, seed=seed, locked_seed="")
        _rank(wave)
        _record("wave.closed", wave, by, received=Request.objects.filter(wave=wave).count())
        outbox.announce(WaveClosed(wave_id=wave.public_id))
    return wave


def cancel_wave(*, wave: Wave, by: Person | None = None) -> Wave:
    """Cancel a wave that is planned or open; what it received stays, to be decided."""
    with transaction.atomic():
        wave = move_wave(wave=locked_wave(wave=wave), to="cancelled", locked_seed="")
        _record("wave.cancelled", wave, by)
    return wave


def tick() -> int:
    """Open and close the waves whose moment has come, and return how many; what cannot be opened waits on Today."""
    now, moved = clock.now(), 0
    for wave in Wave.objects.filter(state="open", closes_at__lte=now).select_related("service"):
        close_wave(wave=wave)
        moved += 1
    for wave in Wave.objects.filter(state="planned", opens_at__lte=now, closes_at__gt=now).select_related("service"):
        try:
            open_wave(wave=wave)
            moved += 1
        except AnotherWaveOpen:
            continue
    return moved


def _fill(
    wave: Wave,
    names: Mapping[str, str],
    criteria: Mapping[str, str],
    opens_at: datetime,
    closes_at: datetime,
    capacity: int,
) -> None:
    wave.names, wave.criteria = _written(names), _written(criteria)
    if not wave.names:
        raise WaveNameMissing(field="name")
    if closes_at <= opens_at or closes_at <= clock.now():
        raise WrongDates(field="closes_at")
    wave.opens_at, wave.closes_at = opens_at, closes_at
    wave.capacity = _checked_capacity(capacity)


def _written(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: words.strip() for language, words in texts.items() if words.strip()}


def _checked_capacity(capacity: int) -> int:
    if not 1 <= capacity <= MOST_PLACES:
        raise WrongCapacity(field="capacity")
    return capacity


def _rank(wave: Wave) -> None:
    """Write the rank of each request the wave received, once and for all."""
    rows = {row.public_id: row for row in Request.objects.filter(wave=wave).order_by("submitted_at", "public_id")}
    order = draw.drawn(wave.seed, rows) if wave.order == "lot" else list(rows)
    ranked = []
    for rank, public_id in enumerate(order, start=1):
        rows[public_id].draw_rank = rank
        ranked.append(rows[public_id])
    Request.objects.bulk_update(ranked, ["draw_rank"], batch_size=RANKED_AT_ONCE)


def _record(what: str, wave: Wave, by: Person | None, **details: Any) -> None:
    history.record(what=what, about=("wave", wave.public_id, name_of(wave)), actor=by, visible="host", **details)
