# SPDX-License-Identifier: AGPL-3.0-or-later
"""A request in words: to read again before sending, to decide on, to pass on. Follows the language of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from archipel.admissions.choices import FIELDS_OF_ACTION, KINDS
from archipel.admissions.declaration import STAGES, check
from archipel.admissions.models import Request
from archipel.admissions.queries import size_of
from archipel.agreements import queries as agreements
from archipel.agreements.queries import PreviewLine
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service
from archipel.catalogue.queries import InvalidLevel
from archipel.kernel.money import Money
from archipel.kernel.refusals import Refusal
from archipel.spaces.addresses import full_name


@dataclass(frozen=True)
class Declared:
    """One thing that was declared; ``stage`` is where it can be changed, ``long`` text is shown with its lines.

    ``what`` names the few that a page makes a link of: organisation, email.
    """

    stage: str
    label: str | Promise
    value: str
    long: bool = False
    what: str = ""


def as_typed(service: Service, typed: dict[str, Any], for_request: str = "") -> Request:
    """Return an unsaved request with what was typed so far, right or wrong."""
    values = check(STAGES, service, typed, for_request).values
    return Request(service=service, public_id=for_request, **values)


def recap_of(request: Request) -> list[Declared]:
    """Return what was declared, in the order it was asked; what was left empty is left out."""
    lines = [*_organisation(request), *_place(request), *_needs(request)]
    return [line for line in lines if line.value]


def pairs_of(request: Request) -> list[tuple[str, str]]:
    """Return the same as label and value, for an e-mail."""
    return [(str(line.label), line.value) for line in recap_of(request)]


def _organisation(request: Request) -> list[Declared]:
    stage, alone = "organisation", request.organisation_kind == "individual"
    kind = KINDS.get(request.organisation_kind, "")
    fields = ", ".join(str(FIELDS_OF_ACTION[code]) for code in request.fields_of_action if code in FIELDS_OF_ACTION)
    year = str(request.founded_year) if request.founded_year else ""
    return [
        Declared(stage, _("Organisation"), "" if alone else request.organisation_name, what="organisation"),
        Declared(stage, _("For"), _("Myself") if alone else ""),
        Declared(stage, pgettext("organisation", "Kind"), str(kind)),
        Declared(stage, _("RNA number"), request.rna),
        Declared(stage, _("SIREN number"), request.siren),
        Declared(stage, _("Year of creation"), year),
        Declared(stage, _("Fields of action"), fields),
        Declared(stage, _("Town"), str(request.town) if request.town else request.town_text),
        Declared(stage, _("Who asks"), request.person_name),
        Declared(stage, _("E-mail address"), request.email, what="email"),
    ]


def _place(request: Request) -> list[Declared]:
    address = full_name(request.wished_address) if request.wished_address else ""
    return [
        Declared("place", _("Room"), size_of(request)),
        Declared("place", _("Price"), price_in_words(request)),
        Declared("place", _("Why this price"), request.price_reason, long=True),
        Declared("place", _("Wished address"), address),
    ]


def price_in_words(request: Request) -> str:
    """Return the level and the price a year that was declared, with the full price when it is another one."""
    tier = request.tier
    if tier is None or not request.price_level:
        return ""
    levels = {level.key: level for level in catalogue.levels_of(tier)}
    level = levels.get(request.price_level)
    price = _price(request)
    if level is None or price is None:
        return str(level.label) if level else ""
    full = levels["full"].price if "full" in levels else None
    said = {"level": level.label, "price": price, "full": full}
    if full is not None and full != price:
        return _("%(level)s: %(price)s a year instead of %(full)s") % said
    return _("%(level)s: %(price)s a year") % said if price.cents else str(level.label)


def _price(request: Request) -> Money | None:
    if request.tier is None:
        return None
    try:
        return catalogue.price_of(request.tier, request.price_level, request.own_cents)
    except InvalidLevel:
        return None


def _needs(request: Request) -> list[Declared]:
    answers = [Declared("needs", said["question"], said["answer"], long=True) for said in request.answers.values()]
    consent = _("yes, if it helps us") if request.redirect_consent else _("no")
    return [
        *answers,
        Declared("needs", _("A word for the team"), request.message, long=True),
        Declared("needs", _("May be passed on to another host"), consent),
    ]


def lines_to_pay(request: Request) -> list[PreviewLine]:
    """Return what would be paid a year, as the agreement will say it; empty while the price is not known."""
    if request.tier is None or not request.price_level:
        return []
    try:
        return _preview(request)
    except Refusal:  # an amount of their own not typed yet, or a price to be agreed
        return []


def _preview(request: Request) -> list[PreviewLine]:
    return agreements.preview_lines(
        organisation=request.organisation,
        kind=request.organisation_kind or "association",
        service=request.service,
        tier=request.tier,
        price_level=request.price_level,
        own_cents=request.own_cents,
        agreed_cents=request.agreed_cents,
    )
