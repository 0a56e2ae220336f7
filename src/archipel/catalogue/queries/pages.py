# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from archipel.catalogue import states
from archipel.catalogue.models import Access, Offer, Pricing, Service, Terms, Tier
from archipel.catalogue.ports import Act, SoftwareFacts
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
    """A size on a service's page."""

    tier: Tier
    label: str
    note: WrittenText
    price: Money | None
    pricing: str


@dataclass(frozen=True)
class PriceCell:
    """The price of one size at one level, None where it is not proposed."""

    label: str
    price: Money | None


@dataclass(frozen=True)
class LevelRow:
    """One level of solidarity and what each yearly size costs at it."""

    level: Level
    cells: list[PriceCell]


@dataclass(frozen=True)
class MembershipShown:
    """What the membership costs a year: an organisation (``same`` whatever its kind), a person alone."""

    organisation: Money
    same: bool
    alone: Money | None


@dataclass(frozen=True)
class TermsShown:
    """Dated terms as they are read: the text in the language of the page, how many minutes it takes."""

    terms: Terms
    text: WrittenText
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
    levels: list[LevelRow]
    membership: MembershipShown | None
    terms: TermsShown | None
    maintainers: list[str]
    replaces: list[str]
    facts: SoftwareFacts | None
    act: Act


def service_page(slug: str, language: str | None = None) -> ServicePage:
    """Return what the page of a service shows (``NotFound`` when it is not shown)."""
    service = shown_service(slug)
    texts = service_texts([service], language=language)[service.pk]
    allowed = states.allows(service.state)
    offer = current_offer(service)
    return ServicePage(
        service=service,
        texts=texts,
        allowed=allowed,
        state=states.LABELS[service.state],
        tone=states.TONES[service.state],
        access=service.get_access_display(),
        offer=offer,
        tiers=[_tier_shown(tier, language) for tier in _tiers(offer)],
        levels=_level_rows(offer),
        membership=_membership(offer),
        terms=shown_terms(current_terms(service), language),
        maintainers=[row.person.name for row in service.maintainers.select_related("person").order_by("person__name")],
        replaces=[name.strip() for name in service.replaces.split(",") if name.strip()],
        facts=import_string(settings.SOFTWARE_FACTS)(service.connector) if service.connector else None,
        act=_act(service, texts["name"], allowed),
    )


def _tiers(offer: Offer | None) -> list[Tier]:
    return getattr(offer, "tier_list", []) if offer else []


def _level_rows(offer: Offer | None) -> list[LevelRow]:
    """Return each level that one yearly size at least proposes, without "another amount" (said in words)."""
    yearly = [tier for tier in _tiers(offer) if tier.pricing == Pricing.YEARLY]
    prices = {tier.pk: {level.key: level for level in levels_of(tier)} for tier in yearly}
    rows = []
    for key in ("full", "reduced", "free", "sustaining"):
        proposed = [levels[key] for levels in prices.values() if key in levels]
        if proposed:
            cells = [PriceCell(tier_label(tier), _price(prices[tier.pk].get(key))) for tier in yearly]
            rows.append(LevelRow(proposed[0], cells))
    return rows


def _price(level: Level | None) -> Money | None:
    return level.price if level else None


def _tier_shown(tier: Tier, language: str | None) -> TierShown:
    return TierShown(
        tier=tier,
        label=tier_label(tier),
        note=host.in_language(tier.notes, language),
        price=None if tier.full_cents is None else Money(tier.full_cents),
        pricing=tier.pricing,
    )


def _membership(offer: Offer | None) -> MembershipShown | None:
    """Return what the membership costs, when the offer needs it."""
    included = any(tier.pricing == Pricing.INCLUDED for tier in _tiers(offer))
    if offer is None or not (offer.membership_required or included):
        return None
    cents: dict[str, int] = dict(host.parameter("membership_cents"))
    alone = cents.pop("individual", None)
    prices = sorted(cents.values()) or [0]
    return MembershipShown(
        organisation=Money(prices[0]),
        same=prices[0] == prices[-1],
        alone=None if alone is None or not offer.service.for_individuals else Money(alone),
    )


def shown_terms(terms: Terms | None, language: str | None = None) -> TermsShown | None:
    """Return terms with their reading time, in the language they will be read in."""
    if terms is None:
        return None
    text = host.in_language(terms.bodies, language)
    return TermsShown(terms, text, max(1, ceil(len(text.body.split()) / WORDS_A_MINUTE)))


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
