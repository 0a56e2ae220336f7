# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.catalogue import states
from archipel.catalogue.models import Access, Offer, Pricing, Service, Terms, Tier
from archipel.catalogue.ports import Act
from archipel.catalogue.queries.dated import current_offer, current_offers, current_terms
from archipel.catalogue.queries.prices import Level, levels_of, price_in_words, tier_label
from archipel.catalogue.queries.words import service_texts
from archipel.host import queries as host
from archipel.host.queries import WrittenText
from archipel.kernel.money import Money
from archipel.kernel.refusals import NotFound

# A calm reader of legal prose; rounded up, so that nobody feels slow.
WORDS_A_MINUTE = 200


@dataclass(frozen=True)
class ServiceLine:
    """A service in a list. ``badge`` is empty when it is simply open."""

    slug: str
    name: WrittenText
    summary: WrittenText
    state: str
    badge: str | Promise
    tone: str
    price: str
    icon: str
    software: str


@dataclass(frozen=True)
class Group:
    """The services one enters in the same way."""

    access: str
    label: str | Promise
    services: list[ServiceLine]


def public_groups(language: str | None = None) -> list[Group]:
    """Return what is offered by way of access; a way without a service is left out."""
    services = [row for row in Service.objects.order_by("position", "slug") if states.allows(row.state).shown]
    texts = service_texts(services, ("name", "summary"), language)
    offers = current_offers(services)
    lines: dict[str, list[ServiceLine]] = {}
    for service in services:
        lines.setdefault(service.access, []).append(_line(service, texts[service.pk], offers.get(service.pk)))
    return [Group(access.value, access.label, lines[access]) for access in Access if access in lines]


def _line(service: Service, texts: dict[str, WrittenText], offer: Offer | None) -> ServiceLine:
    return ServiceLine(
        slug=service.slug,
        name=texts["name"],
        summary=texts["summary"],
        state=service.state,
        badge="" if service.state == "open" else states.LABELS[service.state],
        tone=states.TONES[service.state],
        price=price_in_words(offer),
        icon=service.icon,
        software=service.software,
    )


def csv_rows(language: str | None = None) -> Iterable[tuple[str, ...]]:
    """Return the list of services as rows of a table, headings first."""
    yield (_("Address"), _("Name"), _("Summary"), _("Access"), _("State"), _("Software"), _("Price"))
    for group in public_groups(language):
        for line in group.services:
            state = str(states.LABELS[line.state])
            yield (line.slug, str(line.name), str(line.summary), str(group.label), state, line.software, line.price)


def service_by_slug(slug: str) -> Service:
    """Return a service whatever its state (``NotFound``): for the desk and for what already exists."""
    service = Service.objects.filter(slug=slug).first()
    if service is None:
        raise NotFound
    return service


def shown_service(slug: str) -> Service:
    """Return a service of the public catalogue (``NotFound`` when it is not shown)."""
    service = service_by_slug(slug)
    if not states.allows(service.state).shown:
        raise NotFound
    return service


def requestable(service: Service) -> states.Allowed:
    """Return what the present state of a service allows."""
    return states.allows(service.state)


@dataclass(frozen=True)
class TierShown:
    """A size on a service's page; ``level_prices`` holds one price a level of the page's table, None where not proposed."""

    tier: Tier
    label: str
    note: WrittenText
    price: Money | None
    pricing: str
    level_prices: tuple[Money | None, ...]


@dataclass(frozen=True)
class TermsShown:
    """Dated terms and how long they take to read, in minutes."""

    terms: Terms
    minutes: int


@dataclass(frozen=True)
class ServicePage:
    """All that a service's page shows."""

    service: Service
    texts: dict[str, WrittenText]
    allowed: states.Allowed
    state: str | Promise
    tone: str
    access: str
    offer: Offer | None
    tiers: list[TierShown]
    levels: list[Level]
    membership: list[tuple[str, Money]]
    terms: TermsShown | None
    maintainers: list[str]
    replaces: list[str]
    act: Act


def service_page(slug: str, language: str | None = None) -> ServicePage:
    """Return what the page of a service shows (``NotFound`` when it is not shown)."""
    service = shown_service(slug)
    texts = service_texts([service], language=language)[service.pk]
    allowed = states.allows(service.state)
    offer = current_offer(service)
    levels = _levels_of_page(offer)
    return ServicePage(
        service=service,
        texts=texts,
        allowed=allowed,
        state=states.LABELS[service.state],
        tone=states.TONES[service.state],
        access=service.get_access_display(),
        offer=offer,
        tiers=[_tier_shown(tier, levels, language) for tier in _tiers(offer)],
        levels=levels,
        membership=_membership(offer),
        terms=shown_terms(current_terms(service), language),
        maintainers=[row.person.name for row in service.maintainers.select_related("person").order_by("person__name")],
        replaces=[name.strip() for name in service.replaces.split(",") if name.strip()],
        act=_act(service, texts["name"], allowed),
    )


def _tiers(offer: Offer | None) -> list[Tier]:
    return getattr(offer, "tier_list", []) if offer else []


def _levels_of_page(offer: Offer | None) -> list[Level]:
    """Return each level that one yearly size at least proposes, without "another amount" (said in words)."""
    found: dict[str, Level] = {}
    for tier in _tiers(offer):
        if tier.pricing == Pricing.YEARLY:
            found |= {
                level.key: level for level in levels_of(tier) if level.key not in found and level.price is not None
            }
    order = ("full", "reduced", "free", "sustaining")
    return [found[key] for key in order if key in found]


def _tier_shown(tier: Tier, levels: list[Level], language: str | None) -> TierShown:
    own = {level.key: level.price for level in levels_of(tier)}
    return TierShown(
        tier=tier,
        label=tier_label(tier),
        note=host.in_language(tier.notes, language),
        price=None if tier.full_cents is None else Money(tier.full_cents),
        pricing=tier.pricing,
        level_prices=tuple(own.get(level.key) for level in levels),
    )


def _membership(offer: Offer | None) -> list[tuple[str, Money]]:
    """Return what the membership costs by kind of organisation, when the offer needs it."""
    included = any(tier.pricing == Pricing.INCLUDED for tier in _tiers(offer))
    if offer is None or not (offer.membership_required or included):
        return []
    cents: dict[str, Any] = host.parameter("membership_cents")
    return [(kind, Money(int(value))) for kind, value in cents.items()]


def shown_terms(terms: Terms | None, language: str | None = None) -> TermsShown | None:
    """Return terms with their reading time, in the language they will be read in."""
    if terms is None:
        return None
    words = len(host.in_language(terms.bodies, language).body.split())
    return TermsShown(terms, max(1, ceil(words / WORDS_A_MINUTE)))


def reading_time(minutes: int) -> str:
    """Return "6 minutes to read"."""
    return ngettext("%(minutes)d minute to read", "%(minutes)d minutes to read", minutes) % {"minutes": minutes}


def _act(service: Service, name: WrittenText, allowed: states.Allowed) -> Act:
    """Return the one main act of the page: use it, what the app above answers, or write to a person."""
    if service.access != Access.REQUEST and allowed.opens:
        if service.link:
            note = "" if service.access == Access.OPEN else str(Access(service.access).label)
            return Act(_("Use %(name)s") % {"name": name}, service.link, note)
        if service.access == Access.ACCOUNT:
            return Act(_("Create a free account"), reverse("account_signup"))
    answer = import_string(settings.SERVICE_ACT)(service, allowed) if settings.SERVICE_ACT else None
    address = service.support_address or host.current().contact_address
    return answer or Act(_("Write to us"), f"mailto:{address}", str(allowed.requests_note))
