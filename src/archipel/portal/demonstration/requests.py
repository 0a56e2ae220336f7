# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests of the demonstration's neighbours, so that the desk has something to decide on the first day."""

from __future__ import annotations

import re
from typing import Any

from archipel.admissions import operations as admissions
from archipel.admissions.models import Request
from archipel.agreements.access import agreement_by_token
from archipel.agreements.operations import agree
from archipel.catalogue.models import Service
from archipel.identity.models import Person
from archipel.mailing import queries as mailing
from archipel.outbox.worker import drain

GARDENS: dict[str, Any] = {
    "organisation_name": "Les Jardins du Ponant", "organisation_kind": "association", "rna": "W294005678", "founded_year": "2019",
    "fields_of_action": ["environment", "food"], "town": "29039", "person_name": "Aïcha Le Bris", "email": "aicha@jardinsduponant.example",
    "price_level": "reduced", "price_reason": "Nous avons deux jardins et une petite serre, et 42 adhérent·es.",
    "message": "Aujourd’hui, tout est sur l’ordinateur de Jeanne.", "question_people": "12", "redirect_consent": "yes",
}  # fmt: skip
BAND: dict[str, Any] = {
    "organisation_name": "Fanfare du Môle", "organisation_kind": "collective", "founded_year": "2023", "fields_of_action": ["culture"],
    "town": "29039", "person_name": "Maël Tanguy", "email": "mael@fanfaredumole.example", "price_level": "full",
    "wished_address": "fanfare-du-mole", "message": "Pour annoncer nos répétitions et nos concerts.", "redirect_consent": "",
}  # fmt: skip
WASHHOUSE: dict[str, Any] = {
    "organisation_name": "Collectif du Lavoir", "organisation_kind": "collective", "fields_of_action": ["solidarity"], "town": "29232",
    "person_name": "Rozenn Cariou", "email": "rozenn@collectifdulavoir.example", "price_level": "free",
    "price_reason": "Nous n’avons pas encore de compte en banque.", "wished_address": "lavoir", "redirect_consent": "yes",
}  # fmt: skip
CYCLISTS: dict[str, Any] = {
    "organisation_name": "Cyclo-Marée", "organisation_kind": "association", "rna": "W294001234", "founded_year": "2014",
    "fields_of_action": ["environment"], "town": "29039", "person_name": "Jeanne Kerbrat", "email": "jeanne@cyclomaree.example",
    "price_level": "sustaining", "wished_address": "cyclo-maree", "message": "Nos balades et notre atelier.", "redirect_consent": "",
}  # fmt: skip


def load_requests(services: dict[str, Service], people: dict[str, Person]) -> None:
    """Make four requests: two to decide, one with a question asked, one accepted and agreed (the worker opens its site)."""
    maelle = people["maelle"]
    _asked(services["nuage"], GARDENS)
    _asked(services["site"], BAND)
    washhouse = _asked(services["site"], WASHHOUSE)
    words = "Bonjour Rozenn, merci pour votre demande. Qui s’occupera du site avec vous ?"
    admissions.decide(request=washhouse, decision="ask", by=maelle, version=washhouse.version, words=words)
    cyclists = _asked(services["site"], CYCLISTS)
    admissions.decide(
        request=cyclists, decision="accept", by=maelle, version=cyclists.version, words="Bienvenue à bord !"
    )
    token = _link(CYCLISTS["email"], r"/agreements/([\w-]+)/")
    agree(agreement=agreement_by_token(token), person=people["jeanne"])


def _asked(service: Service, given: dict[str, Any]) -> Request:
    offer = service.offers.get()
    typed = {"who": "organisation", "tier": offer.tiers.order_by("position")[0].public_id, **given}
    admissions.ask(service=service, language="fr", typed=typed)
    return admissions.confirm_address(token=_link(given["email"], r"/requests/confirm/([\w-]+)/"))


def _link(email: str, pattern: str) -> str:
    drain()  # mails leave by a task, and no worker runs yet
    for mail in mailing.demonstration_mails(to=email):
        found = re.search(pattern, mailing.readable(mail).text)
        if found:
            return found.group(1)
    raise LookupError(f"no mail to {email} with {pattern}")
