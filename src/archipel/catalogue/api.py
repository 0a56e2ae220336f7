# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema

from archipel.catalogue import queries

router = Router(tags=["catalogue"])


class ServiceOut(Schema):
    slug: str
    name: str
    summary: str
    access: str
    state: str
    software: str
    price: str


class LevelOut(Schema):
    """``cents_a_year`` is null when the amount is said by the person or agreed with them."""

    key: str
    label: str
    cents_a_year: int | None


class TierOut(Schema):
    """``amount`` counts what the service counts (``counted``), null when it counts nothing."""

    id: str
    label: str
    amount: int | None
    pricing: str
    levels: list[LevelOut]


class QuestionOut(Schema):
    key: str
    kind: str
    label: str
    required: bool
    choices: list[tuple[str, str]]


class ServiceDetailOut(ServiceOut):
    counted: str
    replaces: list[str]
    for_individuals: bool
    requests_open: bool
    texts: dict[str, str]
    tiers: list[TierOut]
    questions: list[QuestionOut]
    terms_of: date | None


@router.get("/services", operation_id="listServices", response=list[ServiceOut], auth=None)
def list_services(request: HttpRequest) -> list[ServiceOut]:
    """What is offered, in the language of ``Accept-Language``."""
    return [
        ServiceOut(
            slug=line.slug, name=str(line.name), summary=str(line.summary), access=group.access, state=line.state,
            software=line.software, price=line.price,
        )
        for group in queries.public_groups()
        for line in group.services
    ]  # fmt: skip


@router.get("/services/{slug}", operation_id="getService", response=ServiceDetailOut, auth=None)
def get_service(request: HttpRequest, slug: str) -> ServiceDetailOut:
    """One service: texts in markdown, sizes and their prices a year, what its form asks."""
    page = queries.service_page(slug)
    service = page.service
    return ServiceDetailOut(
        slug=service.slug, name=str(page.texts["name"]), summary=str(page.texts["summary"]), access=service.access,
        state=service.state, software=service.software, price=queries.price_in_words(page.offer), counted=service.counted,
        replaces=page.replaces, for_individuals=service.for_individuals, requests_open=page.allowed.requests,
        texts={field: text.body for field, text in page.texts.items()},
        tiers=[_tier(shown) for shown in page.tiers],
        questions=[
            QuestionOut(key=asked.key, kind=asked.kind, label=asked.label, required=asked.required, choices=list(asked.choices))
            for asked in queries.questions_of(service)
        ],
        terms_of=page.terms.terms.since if page.terms else None,
    )  # fmt: skip


def _tier(shown: queries.TierShown) -> TierOut:
    levels = [
        LevelOut(key=level.key, label=str(level.label), cents_a_year=None if level.price is None else level.price.cents)
        for level in queries.levels_of(shown.tier)
    ]
    return TierOut(
        id=shown.tier.public_id, label=shown.label, amount=shown.tier.amount, pricing=shown.pricing, levels=levels
    )
