# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from archipel.agreements.queries.membership import is_member
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Pricing, Service, Tier
from archipel.host import queries as host
from archipel.host.queries import in_language
from archipel.kernel.money import Money
from archipel.kernel.refusals import Invalid
from archipel.organisations.models import Organisation


class NeedsAgreedAmount(Invalid):
    """A price to be agreed must be said before anything is proposed."""

    code = "needs_agreed_amount"
    message = gettext_lazy("Say the price that you agreed on.")


@dataclass(frozen=True)
class PreviewLine:
    """One line as it would be agreed: ``labels`` by language, cents a year, the full price beside a solidary one."""

    kind: str
    labels: dict[str, str]
    cents: int
    level: str = ""
    full_cents: int | None = None

    @property
    def label(self) -> str:
        """The label in the language of the page."""
        return in_language(self.labels).body

    @property
    def price(self) -> Money:
        return Money(self.cents)


def preview_lines(
    *,
    organisation: Organisation | None,
    service: Service,
    tier: Tier | None,
    price_level: str,
    own_cents: int | None = None,
    agreed_cents: int | None = None,
    kind: str = "",
) -> list[PreviewLine]:
    """Return every line that would be paid a year; ``kind`` is that of an organisation not created yet.

    An organisation that is not yet a member pays the membership as well when the offer asks for it, or when the size is
    included in it. ``agreed_cents`` is the price of a size "to be agreed" (``NeedsAgreedAmount`` without it).
    """
    lines = []
    if _needs_membership(tier) and not (organisation and is_member(organisation)):
        lines.append(_membership(organisation.kind if organisation else kind))
    return [*lines, _service(service, tier, price_level, own_cents, agreed_cents)]


def _needs_membership(tier: Tier | None) -> bool:
    return tier is not None and (tier.offer.membership_required or tier.pricing == Pricing.INCLUDED)


def _membership(kind: str) -> PreviewLine:
    cents = host.parameter("membership_cents")
    name = host.current().name
    labels = _in_each_language(lambda _code: _("Membership of %(name)s") % {"name": name})
    return PreviewLine("membership", labels, int(cents.get(kind, cents.get("association", 0))), "full")


def _service(
    service: Service, tier: Tier | None, level: str, own_cents: int | None, agreed_cents: int | None
) -> PreviewLine:
    if tier is None:
        cents, full, level = agreed_cents or 0, None, level or "free"
    else:
        price = catalogue.price_of(tier, level, own_cents)
        if price is None and agreed_cents is None:
            raise NeedsAgreedAmount(field="agreed_cents")
        cents = agreed_cents if agreed_cents is not None else price.cents if price else 0
        full = tier.full_cents
    return PreviewLine("service", _service_labels(service, tier, level), cents, level, full)


def _service_labels(service: Service, tier: Tier | None, level: str) -> dict[str, str]:
    def words(language: str) -> str:
        name = catalogue.service_name(service, language)
        if tier is not None and tier.amount is not None:
            name = _("%(service)s, %(size)s") % {"service": name, "size": catalogue.tier_label(tier)}
        if level == "included":
            return _("%(service)s (included in the membership)") % {"service": name}
        return name

    return _in_each_language(words)


def _in_each_language(words: Callable[[str], str]) -> dict[str, str]:
    labels = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            labels[code] = words(code)
    return labels
