# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the house can check by itself about a request; a human judges."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from archipel.admissions.models import Request, Wave
from archipel.admissions.queries.waves import name_of, places_left, places_taken
from archipel.host.queries import in_language
from archipel.kernel.refusals import Refusal
from archipel.organisations.models import Organisation
from archipel.spaces import queries as spaces
from archipel.spaces.addresses import check_label, full_name


@dataclass(frozen=True)
class Check:
    """One line of the table: what, a buoy, a detail."""

    what: str | Promise
    tone: str
    badge: str
    detail: str


def checks_of(request: Request) -> list[Check]:
    """Return the checks that make sense for this request."""
    made = [_numbers(request), _address(request), _room(request), _wave_place(request), _criteria(request)]
    return [check for check in made if check is not None]


def _good() -> str:
    return pgettext("check", "Yes")


def _look() -> str:
    return pgettext("check", "Look at it")


def _numbers(request: Request) -> Check | None:
    said = " · ".join(filter(None, [request.rna, request.siren]))
    if request.organisation_kind in ("individual", "collective") and not said:
        return None
    what = _("RNA or SIREN")
    if request.same_as is not None:
        detail = _("%(numbers)s, also declared by %(name)s") % {"numbers": said, "name": request.same_as.name}
        return Check(what, "care", _look(), detail)
    if not said:
        return Check(what, "care", _look(), _("No number was declared."))
    return Check(what, "ok", pgettext("check", "Well formed"), said)


def _address(request: Request) -> Check | None:
    if not request.wished_address:
        return None
    what, whole = _("Address free"), full_name(request.wished_address)
    if request.space_id:
        return Check(what, "ok", _good(), whole)
    try:
        check_label(request.wished_address, for_request=request.public_id)
    except Refusal as refusal:
        return Check(what, "stop", pgettext("check", "No"), f"{whole} : {refusal}")
    return Check(what, "ok", _good(), whole)


def _room(request: Request) -> Check | None:
    """Return what the service can still carry, what was promised to others taken off."""
    if request.space_id:
        return None
    what, left = _("Room for one more"), spaces.capacity_left(request.service)
    if left is None:
        if request.wave is not None:
            return None
        return Check(
            what, "", pgettext("check", "No limit set"), _("The page of the service in the catalogue sets one.")
        )
    promised = Request.objects.filter(service=request.service, state__in=["accepted", "agreed"], space=None)
    left = max(0, left - promised.exclude(pk=request.pk).count())
    words = ngettext("%(count)d place left", "%(count)d places left", left) % {"count": left}
    return Check(what, "ok" if left else "care", _good() if left else _look(), words)


def _wave_place(request: Request) -> Check | None:
    if request.wave is None:
        return None
    left = places_left(request.wave)
    words = ngettext("%(count)d place left in %(wave)s", "%(count)d places left in %(wave)s", left)
    rank = _("; drawn at rank %(rank)d") % {"rank": request.draw_rank} if request.draw_rank else ""
    detail = words % {"count": left, "wave": name_of(request.wave)} + rank
    return Check(_("Place in the wave"), "ok" if left else "care", _good() if left else _look(), detail)


def _criteria(request: Request) -> Check | None:
    if request.wave is None:
        return None
    criteria = in_language(request.wave.criteria).body
    return Check(_("Within our criteria"), "", pgettext("check", "You judge"), criteria) if criteria else None


def known_by_number(rna: str, siren: str) -> Organisation | None:
    """Return the organisation already known by one of these numbers."""
    living = Organisation.objects.filter(merged_into=None)
    found = living.filter(rna=rna).first() if rna else None
    return found or (living.filter(siren=siren).first() if siren else None)


def waves_with_places(request: Request) -> list[tuple[Wave, str]]:
    """Return the waves an acceptance may take a place of, with their names: its own first, then those still open."""
    rows = Wave.objects.filter(service=request.service, state__in=["open", "closed"]).order_by("-opens_at")[:6]
    waves = sorted(rows, key=lambda wave: wave.pk != request.wave_id)
    taken = places_taken(waves)
    left = {wave.pk: max(0, wave.capacity - taken.get(wave.pk, 0)) for wave in waves}
    words = {
        wave.pk: ngettext("%(wave)s (%(count)d place)", "%(wave)s (%(count)d places)", left[wave.pk])
        % {"wave": name_of(wave), "count": left[wave.pk]}
        for wave in waves
    }
    return [(wave, words[wave.pk]) for wave in waves if left[wave.pk]]
