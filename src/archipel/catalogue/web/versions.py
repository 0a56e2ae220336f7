# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is dated and never edited: prices and terms. A new version has a later day; a planned one may be taken back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from archipel.catalogue import operations, queries
from archipel.catalogue.models import Offer, Service, Terms
from archipel.catalogue.web.desk import PAGE_METHODS, person_of
from archipel.catalogue.web.fields import refuse
from archipel.catalogue.web.forms import OfferForm, TermsForm, Tiers, typed_tiers, unit_of
from archipel.host.gate import desk
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, Refusal


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def prices(request: HttpRequest, slug: str) -> HttpResponse:
    """Read the offers, publish a new one, take back a planned one."""
    found = queries.service_by_slug(slug)
    offers = queries.offers_of(found)
    if request.method == "POST" and "take_back" in request.POST:
        return _take_back_offer(request, found, offers)
    present = queries.current_offer(found)
    form, tiers = _offer_forms(request, found, present)
    if request.method == "POST" and form.is_valid() and tiers.is_valid():
        given = [size for size in (row.given(unit_of(found)) for row in tiers.forms) if size]
        try:
            operations.publish_offer(service=found, tiers=given, by=person_of(request), **form.cleaned_data)
        except Refusal as refusal:
            _refuse_offer(form, tiers, refusal)
        else:
            messages.success(request, _("The new prices are published."))
            return redirect("desk-service-prices", slug=slug)
    context = {
        "service": found,
        "name": queries.service_name(found),
        "offers": [_offer_shown(offer, present) for offer in offers],
        "form": form,
        "tiers": tiers,
    }
    return render(request, "catalogue/desk_prices.html", context, status=_status(form, tiers))


def _offer_forms(request: HttpRequest, found: Service, present: Offer | None) -> tuple[OfferForm, BaseFormSet[Any]]:
    if request.method == "POST":
        return OfferForm(request.POST), Tiers(request.POST, prefix="tiers")
    required = present.membership_required if present else False
    day = clock.today()
    return (
        OfferForm(initial={"since": day, "membership_required": required}),
        Tiers(initial=typed_tiers(present, found), prefix="tiers"),
    )


def _refuse_offer(form: OfferForm, tiers: BaseFormSet[Any], refusal: Refusal) -> None:
    """Show a refusal of a size beside it; its place counts the sizes that were filled in."""
    parts = refusal.field.split(".")
    filled = [row for row in tiers.forms if row.cleaned_data.get("pricing")]
    if len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) < len(filled):
        row = filled[int(parts[1])]
        row.add_error(parts[2] if parts[2] in row.fields else None, str(refusal))
    else:
        refuse(form, refusal)


def _take_back_offer(request: HttpRequest, found: Service, offers: list[Offer]) -> HttpResponse:
    offer = next((row for row in offers if row.since.isoformat() == request.POST["take_back"]), None)
    if offer is None:
        raise NotFound
    try:
        operations.remove_planned_offer(offer=offer, by=person_of(request))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk-service-prices", slug=found.slug)


def _offer_shown(offer: Offer, present: Offer | None) -> dict[str, Any]:
    tiers: list[Any] = getattr(offer, "tier_list", [])
    return {
        "offer": offer,
        "planned": offer.since > clock.today(),
        "present": present is not None and offer.pk == present.pk,
        "tiers": [(queries.tier_label(tier), tier.get_pricing_display(), queries.levels_of(tier)) for tier in tiers],
    }


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def terms(request: HttpRequest, slug: str) -> HttpResponse:
    """Read the terms of a service, publish a new version, take back a planned one."""
    return _terms(request, queries.service_by_slug(slug))


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def host_terms(request: HttpRequest) -> HttpResponse:
    """The same for the terms of the host itself, which count for services without their own."""
    return _terms(request, None)


def _terms(request: HttpRequest, found: Service | None) -> HttpResponse:
    versions = queries.terms_of(found)
    if request.method == "POST" and "take_back" in request.POST:
        return _take_back_terms(request, versions)
    form = TermsForm(request.POST or None, initial=_present_terms(versions))
    preview = []
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            preview = [(language, form.bodies()[code]) for code, language in settings.LANGUAGES if form.bodies()[code]]
        elif _publish_terms(request, found, form):
            return redirect(request.path)
    context = {
        "service": found,
        "name": queries.service_name(found) if found else "",
        "versions": [(row, row.since > clock.today()) for row in versions],
        "form": form,
        "preview": preview,
    }
    return render(request, "catalogue/desk_terms.html", context, status=_status(form))


def _publish_terms(request: HttpRequest, found: Service | None, form: TermsForm) -> bool:
    typed = form.cleaned_data
    try:
        operations.publish_terms(
            service=found, since=typed["since"], binding_language=typed["binding_language"], bodies=form.bodies(),
            by=person_of(request),
        )  # fmt: skip
    except Refusal as refusal:
        refuse(form, refusal)
        return False
    messages.success(request, _("The new terms are published."))
    return True


def _present_terms(versions: list[Terms]) -> dict[str, Any]:
    initial: dict[str, Any] = {"since": clock.today()}
    if versions:
        initial["binding_language"] = versions[0].binding_language
        initial |= {f"body_{code}": body for code, body in versions[0].bodies.items()}
    return initial


def _take_back_terms(request: HttpRequest, versions: list[Terms]) -> HttpResponse:
    row = next((row for row in versions if row.since.isoformat() == request.POST["take_back"]), None)
    if row is None:
        raise NotFound
    try:
        operations.remove_planned_terms(terms=row, by=person_of(request))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect(request.path)


def _status(*forms: Any) -> int:
    return 422 if any(form.is_bound and not form.is_valid() for form in forms) else 200
