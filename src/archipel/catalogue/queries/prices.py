# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from archipel.catalogue.models import Offer, Pricing, Tier
from archipel.design.moments import size_in_words
from archipel.kernel.money import Money
from archipel.kernel.refusals import Invalid


class InvalidLevel(Invalid):
    """This level is not proposed for this size."""

    code = "invalid_level"
    message = gettext_lazy("This price is not proposed for this size. Please choose again.")


@dataclass(frozen=True)
class Level:
    """One price that may be chosen; ``price`` a year, None when it is said by the person or agreed with them."""

    key: str
    label: str | Promise
    note: str | Promise
    price: Money | None


# The notes address whoever pays; the level "own" is any amount, said by them.
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "full": (pgettext_lazy("price level", "Full"), gettext_lazy("You cover what your space costs.")),
    "reduced": (pgettext_lazy("price level", "Reduced"), gettext_lazy("A tight budget, or an activity that begins.")),
    "free": (pgettext_lazy("price level", "Free"), gettext_lazy("Without means. Solidarity pays for you.")),
    "sustaining": (
        pgettext_lazy("price level", "Sustaining"),
        gettext_lazy("You also pay a part for another organisation."),
    ),
    "own": (pgettext_lazy("price level", "Another amount"), gettext_lazy("You say what you can pay, and why.")),
    "included": (pgettext_lazy("price level", "Included in the membership"), ""),
    "agreed": (
        pgettext_lazy("price level", "Price to be agreed"),
        gettext_lazy("We talk about it with you before anything is paid."),
    ),
}


def _level(key: str, cents: int | None) -> Level:
    label, note = WORDS[key]
    return Level(key, label, note, None if cents is None else Money(cents))


def levels_of(tier: Tier) -> list[Level]:
    """Return the levels proposed for a tier, in the order they are shown."""
    if tier.pricing == Pricing.FREE:
        return [Level("free", WORDS["free"][0], "", Money(0))]
    if tier.pricing == Pricing.INCLUDED:
        return [_level("included", 0)]
    if tier.pricing == Pricing.TO_BE_AGREED:
        return [_level("agreed", None)]
    levels = [_level("full", tier.full_cents)]
    if tier.reduced_cents is not None:
        levels.append(_level("reduced", tier.reduced_cents))
    if tier.free_level:
        levels.append(_level("free", 0))
    if tier.sustaining_cents is not None:
        levels.append(_level("sustaining", tier.sustaining_cents))
    return [*levels, _level("own", None)]


def price_of(tier: Tier, level: str, own_cents: int | None = None) -> Money | None:
    """Return the price a year of a tier at a level, None when it is to be agreed; ``InvalidLevel`` when not proposed."""
    chosen = next((proposed for proposed in levels_of(tier) if proposed.key == level), None)
    if chosen is None or (level == "own" and (own_cents is None or own_cents < 0)):
        raise InvalidLevel(field="price_level")
    return Money(own_cents) if level == "own" and own_cents is not None else chosen.price


def tier_label(tier: Tier) -> str:
    """Return a size in words: "5 GB", "500 recipients", "10 accounts"; "one size" when nothing is counted."""
    if tier.amount is None:
        return _("One size")
    counted = tier.offer.service.counted
    if counted == "bytes":
        return size_in_words(tier.amount)
    amount = {"amount": number_format(tier.amount, use_l10n=True, force_grouping=True)}
    if counted == "recipients":
        return ngettext("%(amount)s recipient", "%(amount)s recipients", tier.amount) % amount
    if counted == "accounts":
        return ngettext("%(amount)s account", "%(amount)s accounts", tier.amount) % amount
    return amount["amount"]


def price_in_words(offer: Offer | None) -> str:
    """Return the price of an offer for a list: "from €60 a year", "free"… empty without an offer."""
    tiers: list[Tier] = getattr(offer, "tier_list", []) if offer else []
    if not tiers:
        return ""
    if all(tier.pricing == Pricing.FREE for tier in tiers):
        return _("free")
    if any(tier.pricing == Pricing.INCLUDED for tier in tiers):
        return _("included in the membership")
    cents = [tier.full_cents for tier in tiers if tier.full_cents is not None]
    if not cents:
        return _("price to be agreed")
    price = Money(min(cents))
    return (
        _("%(price)s a year") % {"price": price} if len(tiers) == 1 else _("from %(price)s a year") % {"price": price}
    )
