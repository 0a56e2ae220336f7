# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Offer, Pricing, Service, Tier
from archipel.catalogue.texts import in_history
from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal


class NotAfterFormer(Invalid):
    """Prices and terms never change for the past."""

    code = "not_after_former"
    message = _("This date must come after that of the version before, and not lie in the past.")


class AlreadyInForce(Refusal):
    """What is in force, or was, is never edited or removed."""

    code = "already_in_force"
    message = _("This version is in force, or was: it stays as it is. Publish a new one with a later date.")


class TierRefused(Invalid):
    """A tier that cannot be sold as it is described."""

    code = "tier_refused"
    message = _("A size with a yearly price needs its full price.")


@dataclass(frozen=True)
class TierGiven:
    """A size and its price: ``amount`` in what the service counts (bytes, recipients, accounts), None = nothing counted;
    cents a year; ``notes``: language → what this size is good for."""

    amount: int | None
    pricing: str
    full_cents: int | None = None
    reduced_cents: int | None = None
    sustaining_cents: int | None = None
    free_level: bool = False
    notes: dict[str, str] = field(default_factory=dict)


def publish_offer(
    *, service: Service, since: date, membership_required: bool, tiers: Sequence[TierGiven], by: Person | None = None
) -> Offer:
    """Give a service its prices from a day on. The first offer may begin in the past; later ones only after the former."""
    for position, tier in enumerate(tiers):
        _check(tier, position)
    if not tiers:
        raise TierRefused(_("An offer needs one size at least."))
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        check_date(since=since, latest=service.offers.aggregate(latest=Max("since"))["latest"])
        offer = Offer.objects.create(service=service, since=since, membership_required=membership_required)
        Tier.objects.bulk_create([_row(offer, position, tier) for position, tier in enumerate(tiers)])
        history.record(
            what="offer.published", about=in_history(service), actor=by, visible="host",
            since=since.isoformat(), sizes=len(tiers),
        )  # fmt: skip
    return offer


def remove_planned_offer(*, offer: Offer, by: Person | None = None) -> None:
    """Take back prices whose day has not come."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=offer.service_id)
        if offer.since <= clock.today():
            raise AlreadyInForce
        Tier.objects.filter(offer=offer).delete()
        Offer.objects.filter(pk=offer.pk).delete()
        history.record(
            what="offer.taken_back", about=in_history(service), actor=by, visible="host",
            since=offer.since.isoformat(),
        )  # fmt: skip


def check_date(*, since: date, latest: date | None) -> None:
    """Refuse a version that would change what already counted (``NotAfterFormer``)."""
    if latest is not None and (since <= latest or since < clock.today()):
        raise NotAfterFormer(field="since")


def _row(offer: Offer, position: int, given: TierGiven) -> Tier:
    yearly = given.pricing == Pricing.YEARLY
    return Tier(
        offer=offer,
        position=position,
        amount=given.amount,
        pricing=given.pricing,
        full_cents=given.full_cents if yearly else None,
        reduced_cents=given.reduced_cents if yearly else None,
        sustaining_cents=given.sustaining_cents if yearly else None,
        free_level=given.free_level and yearly,
        notes={language: words for language, words in given.notes.items() if words},
    )


def _check(given: TierGiven, position: int) -> None:
    if given.pricing not in Pricing.values:
        raise TierRefused(_("Choose how this size is paid for."), field=f"tiers.{position}.pricing")
    if given.amount is not None and given.amount <= 0:
        raise TierRefused(_("A size counts at least one."), field=f"tiers.{position}.amount")
    if given.pricing == Pricing.YEARLY:
        _check_prices(given, position)


def _check_prices(given: TierGiven, position: int) -> None:
    if given.full_cents is None:
        raise TierRefused(field=f"tiers.{position}.full_cents")
    prices = (given.reduced_cents, given.full_cents, given.sustaining_cents)
    if any(price is not None and price < 0 for price in prices):
        raise TierRefused(_("A price is zero or more."), field=f"tiers.{position}.full_cents")
    known = [price for price in prices if price is not None]
    if known != sorted(known):
        raise TierRefused(
            _("The reduced price is not above the full price, nor the full price above the sustaining price."),
            field=f"tiers.{position}.full_cents",
        )
