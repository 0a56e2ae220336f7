# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be declared in a request, stage by stage: the same rules for the pages and for the API.

``typed`` is what somebody typed, text by name of field; the answer to question ``key`` is ``question_<key>``.
Nothing is written here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from archipel.admissions.choices import FIELDS_OF_ACTION, KINDS
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service, Tier
from archipel.catalogue.queries import AskedQuestion
from archipel.identity.addresses import InvalidAddress, clean_address
from archipel.kernel import clock
from archipel.kernel.money import Money
from archipel.kernel.refusals import Refusal
from archipel.organisations.identifiers import clean_rna, clean_siren
from archipel.organisations.models import Town
from archipel.organisations.towns.fields import OTHER
from archipel.spaces.addresses import check_label, suggest_label

STAGES = ("organisation", "place", "needs")
LONGEST_TYPED, LONGEST_LINE = 5000, 300
# A draft keeps more than may be sent: what is too long is said so, never cut out of sight.
LONGEST_KEPT = 50_000
MOST_FIELDS = 80
OLDEST_YEAR = 1600
HIGHEST_PRICE = 10_000_00
Typed = Mapping[str, Any]


@dataclass
class Checked:
    """``values`` by field of ``models.Request``, ``errors`` by field of the form."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str | Promise] = field(default_factory=dict)


def kept(typed: Typed) -> dict[str, Any]:
    """Return what a draft keeps of what was typed: texts and lists of texts, cut where only programs write that long."""
    found: dict[str, Any] = {}
    for name, value in list(typed.items())[:MOST_FIELDS]:
        if isinstance(value, list | tuple):
            found[str(name)[:80]] = [_clean(str(item), 80) for item in value[:30]]
        elif value is not None:
            found[str(name)[:80]] = _clean(str(value), LONGEST_KEPT)
    return found


def check(stages: tuple[str, ...], service: Service, typed: Typed, for_request: str = "") -> Checked:
    """Check some stages of the form; ``for_request`` is the public id that may have reserved the address."""
    checked = Checked()
    for stage in stages:
        CHECKS[stage](checked, service, typed, for_request)
    return checked


def is_individual(service: Service, typed: Typed) -> bool:
    """Return whether a person asks for themselves; never for a service that takes organisations only."""
    return service.for_individuals and typed.get("who") == "individual"


def wants_address(service: Service) -> bool:
    """Return whether the form asks which address the space will have: all that open by themselves have one."""
    return bool(service.connector)


def tier_of(service: Service, typed: Typed) -> Tier | None:
    """Return the size that was chosen, or the only one there is."""
    offer = catalogue.current_offer(service)
    tiers: list[Tier] = offer.tier_list if offer else []  # type: ignore[attr-defined]  # prefetched by current_offer
    if len(tiers) == 1:
        return tiers[0]
    return next((tier for tier in tiers if tier.public_id == typed.get("tier")), None)


def _clean(text: str, longest: int) -> str:
    # PostgreSQL stores no NUL, and nobody types the other control signs; lone surrogates cannot be written as UTF-8.
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()[
        :longest
    ]


def _text(checked: Checked, typed: Typed, name: str, longest: int) -> str:
    """Return what was typed, at most ``longest`` signs of it; said as an error when there was more."""
    text = _clean(str(typed.get(name) or ""), LONGEST_KEPT)
    if len(text) > longest:
        words = _("This is too long: %(count)d signs were typed, and %(longest)d at most can be sent.")
        checked.errors[name] = words % {"count": len(text), "longest": longest}
    return text[:longest]


def _check_organisation(checked: Checked, service: Service, typed: Typed, _for_request: str) -> None:
    _check_person(checked, typed)
    if is_individual(service, typed):
        name = checked.values["person_name"]
        checked.values |= {"organisation_kind": "individual", "organisation_name": name, "rna": "", "siren": ""}
        checked.values |= {"founded_year": None, "fields_of_action": []}
    else:
        _check_names(checked, typed)
        _check_numbers(checked, typed)
        _check_year(checked, typed)
        chosen = typed.get("fields_of_action") or []
        checked.values["fields_of_action"] = [code for code in FIELDS_OF_ACTION if code in chosen]
    _check_town(checked, typed)


def _check_person(checked: Checked, typed: Typed) -> None:
    name, email = _text(checked, typed, "person_name", 120), _text(checked, typed, "email", 254)
    if not name:
        checked.errors["person_name"] = _("Tell us your name, so that we know whom we answer.")
    try:
        email = clean_address(email)
    except InvalidAddress:
        checked.errors["email"] = _("Write an e-mail address that you read, such as name@example.org.")
    checked.values |= {"person_name": name, "email": email}


def _check_names(checked: Checked, typed: Typed) -> None:
    name, kind = _text(checked, typed, "organisation_name", 160), str(typed.get("organisation_kind") or "")
    if not name:
        checked.errors["organisation_name"] = _("Write the name of your organisation.")
    if kind not in KINDS:
        checked.errors["organisation_kind"] = _("Choose what kind of organisation you are.")
    checked.values |= {"organisation_name": name, "organisation_kind": kind}


def _check_numbers(checked: Checked, typed: Typed) -> None:
    for name, clean in (("rna", clean_rna), ("siren", clean_siren)):
        text = _text(checked, typed, name, 30)
        checked.values[name] = ""
        if not text:
            continue
        try:
            checked.values[name] = clean(text)
        except Refusal as refusal:
            checked.errors[name] = str(refusal)


def _check_year(checked: Checked, typed: Typed) -> None:
    text = _text(checked, typed, "founded_year", 10)
    checked.values["founded_year"] = None
    if not text:
        return
    if text.isascii() and text.isdecimal() and OLDEST_YEAR <= int(text) <= clock.today().year:
        checked.values["founded_year"] = int(text)
    else:
        checked.errors["founded_year"] = _("Write a year in four figures, this year at the latest, or leave it empty.")


def _check_town(checked: Checked, typed: Typed) -> None:
    code, text = _text(checked, typed, "town", 5), _text(checked, typed, "town_text", 120)
    code = "" if code == OTHER else code
    town = Town.objects.filter(code=code).first() if code else None
    if code and town is None:
        checked.errors["town"] = _("Choose a town of the list, or write its name.")
    checked.values |= {"town": town, "town_text": "" if town else text}


def _check_place(checked: Checked, service: Service, typed: Typed, for_request: str) -> None:
    tier = tier_of(service, typed)
    checked.values |= {"tier": tier, "price_level": "", "own_cents": None}
    checked.values["price_reason"] = _text(checked, typed, "price_reason", 2000)
    if tier is not None:
        _check_price(checked, tier, typed)
    elif _has_tiers(service):
        checked.errors["tier"] = _("Choose how much room you need. You can change later.")
    checked.values["wished_address"] = ""
    if wants_address(service):
        _check_address(checked, typed, for_request)


def _has_tiers(service: Service) -> bool:
    offer = catalogue.current_offer(service)
    return bool(offer and offer.tier_list)  # type: ignore[attr-defined]  # prefetched by current_offer


def _check_price(checked: Checked, tier: Tier, typed: Typed) -> None:
    levels = [level.key for level in catalogue.levels_of(tier)]
    chosen = levels[0] if len(levels) == 1 else str(typed.get("price_level") or "")
    if chosen not in levels:
        checked.errors["price_level"] = (
            _("This level is not proposed for this size: choose another one.")
            if chosen
            else _("Choose a level. Free is a real choice.")
            if "free" in levels
            else _("Choose a level.")
        )
    checked.values["price_level"] = chosen
    if chosen == "own":
        _check_own_price(checked, typed)


def _check_own_price(checked: Checked, typed: Typed) -> None:
    try:
        amount = Money.parse(_text(checked, typed, "own_price", 20)).cents
    except ValueError:
        amount = -1
    if 0 <= amount <= HIGHEST_PRICE:
        checked.values["own_cents"] = amount
    else:
        checked.errors["own_price"] = _("Write the amount you can pay a year, in euros, such as 40.")
    if not checked.values["price_reason"]:
        checked.errors["price_reason"] = _("Tell us in a few words why, so that we can answer. No proof is asked.")


def _check_address(checked: Checked, typed: Typed, for_request: str) -> None:
    wished = _text(checked, typed, "wished_address", 63).lower()
    checked.values["wished_address"] = wished
    if not wished:
        checked.errors["wished_address"] = _("Choose the address of your site.")
        return
    try:
        checked.values["wished_address"] = check_label(wished, for_request=for_request, field="wished_address")
    except Refusal as refusal:
        free = suggest_label(wished)
        advice = _("“%(label)s” is free.") % {"label": free} if free else ""
        checked.errors["wished_address"] = f"{refusal} {advice}".strip()


def _check_needs(checked: Checked, service: Service, typed: Typed, _for_request: str) -> None:
    answers: dict[str, dict[str, str]] = {}
    for question in catalogue.questions_of(service):
        longest = LONGEST_LINE if question.kind == "line" else LONGEST_TYPED
        _check_answer(checked, question, _text(checked, typed, f"question_{question.key}", longest), answers)
    checked.values |= {
        "answers": answers,
        "message": _text(checked, typed, "message", LONGEST_TYPED),
        "redirect_consent": str(typed.get("redirect_consent") or "").lower() in {"1", "on", "true", "yes"},
    }


def _check_answer(checked: Checked, question: AskedQuestion, text: str, answers: dict[str, dict[str, str]]) -> None:
    name = f"question_{question.key}"
    if not text:
        if question.required:
            checked.errors[name] = _("Please answer this question.")
        return
    choices = _choices_of(question)
    if question.kind == "number" and not (text.isascii() and text.isdecimal() and len(text) <= 12):
        checked.errors[name] = _("Write a whole number, in figures.")
    elif choices and text not in choices:
        checked.errors[name] = _("Choose one of the answers.")
    else:
        answers[question.key] = {"question": question.label, "answer": choices.get(text, text)}


def _choices_of(question: AskedQuestion) -> dict[str, str]:
    if question.kind == "yes_no":
        return {"yes": _("Yes"), "no": _("No")}
    return dict(question.choices)


CHECKS: dict[str, Callable[[Checked, Service, Typed, str], None]] = {
    "organisation": _check_organisation,
    "place": _check_place,
    "needs": _check_needs,
}
