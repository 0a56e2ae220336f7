# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loads the demonstration with the same operations as everyone: nothing in it could not have happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings

from archipel.admissions import operations as admissions
from archipel.catalogue import operations as catalogue
from archipel.catalogue.models import Service
from archipel.host import operations as host
from archipel.host.models import Host
from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations import operations as organisations
from archipel.organisations.towns import load_towns
from archipel.portal.demonstration.applications import load_applications
from archipel.portal.demonstration.machines import load_machines
from archipel.portal.demonstration.requests import load_requests
from archipel.portal.demonstration.services import SERVICES, TERMS
from archipel.portal.demonstration.sign_ins import PASSPHRASE

PEOPLE = [
    ("maelle", "maelle@lescale.example", "Maëlle Riou", ["reviewer", "support", "editor"]),
    ("yann", "yann@lescale.example", "Yann Le Goff", ["administrator"]),
    ("jeanne", "jeanne@cyclomaree.example", "Jeanne Kerbrat", []),
    ("loic", "loic@cyclomaree.example", "Loïc Guéguen", []),
]
TEXTS = {
    "home/title": ("Vos outils numériques, à bon port", "Your digital tools, in safe harbour"),
    "home/lead": (
        "L’Escale héberge les sites, les fichiers et les courriels d’associations, sur des machines réparées à Concarneau. Vous écrivez, une personne vous répond.",
        "L’Escale hosts the sites, files and mails of associations, on repaired machines in Concarneau. You write, a person answers.",
    ),
    "home/promise": (
        "Ni publicité, ni pistage. Vous repartez quand vous voulez, avec toutes vos données.",
        "No advertising, no tracking. You leave when you want, with all your data.",
    ),
    "about/body": (
        "L’Escale est une association de douze bénévoles et une salariée. Nous hébergeons des services libres parce qu’une association devrait pouvoir s’organiser sans donner ses membres en pâture à la publicité.",
        "L’Escale is an association of twelve volunteers and one employee. We host libre services because an association should be able to organise without feeding its members to advertising.",
    ),
}


class NotEmpty(Exception):
    """The demonstration only goes into an empty database."""


def load() -> None:
    """Create the demonstration host; ``NotEmpty`` when there is a host already, ``RuntimeError`` outside the demonstration."""
    if not settings.DEMONSTRATION:
        raise RuntimeError("the demonstration is never loaded into a real host")
    if Host.objects.exists():
        raise NotEmpty("There is a host here already; the demonstration only goes into an empty database.")
    load_towns()
    people = _people_and_host()
    services = {given["slug"]: _service(given | {"position": place}, people) for place, given in enumerate(SERVICES)}
    _wave(services["nuage"], people["maelle"])
    load_requests(services, people)
    admissions.add_peer(
        name="Le Goulet",
        url="https://legoulet.example/",
        address="bonjour@legoulet.example",
        offers="nuage, courriel",
        by=people["yann"],
    )


def _people_and_host() -> dict[str, Person]:
    portal = f"http://{settings.BIND}:{settings.PORT}"
    host.set_up(
        name="L’Escale", contact_address="bonjour@lescale.example", portal_url=portal, sites_domain="pages.localhost",
        languages=["fr", "en"], sender_name="L’Escale", sender_address="bonjour@lescale.example",
        postal_address="12, quai des Sternes\n29900 Concarneau", telephone="02 00 00 00 00", publication_director="Maëlle Riou",
    )  # fmt: skip
    # Whoever looks at the demonstration gets in at once; a real host begins with a second factor for its whole desk.
    host.set_parameter(key="second_factor_roles", value=[])
    for key, bodies in TEXTS.items():
        for language, body in zip(("fr", "en"), bodies, strict=True):
            host.write_text(key=key, language=language, body=body)
    home = organisations.create_organisation(name="L’Escale", kind="host")
    people = {}
    for key, email, name, roles in PEOPLE:
        person = identity.person_for_confirmed_email(email=email, name=name, language="fr")
        identity.set_passphrase(person=person, passphrase=PASSPHRASE)
        for role in roles:
            organisations.give_role(organisation=home, person=person, role=role)
        people[key] = person
    cyclo = organisations.create_organisation(
        name="Cyclo-Marée", kind="association", rna="W294001234", founded_year=2014, fields_of_action=["environment"]
    )
    organisations.give_role(organisation=cyclo, person=people["jeanne"], role="referent")
    organisations.give_role(organisation=cyclo, person=people["loic"], role="member")
    load_applications(cyclo, people)
    load_machines(cyclo, people)
    return people


def _service(given: dict[str, Any], people: dict[str, Person]) -> Service:
    apart = ("state", "membership", "tiers", "questions")
    by = people["yann"]
    service = catalogue.create_service(by=by, **{key: value for key, value in given.items() if key not in apart})
    since = date(clock.today().year, 1, 1)
    catalogue.set_maintainers(service=service, persons=[people["maelle"], people["yann"]], by=by)
    catalogue.change_service(service=service, changes={"support_address": "aide@lescale.example"}, by=by)
    catalogue.publish_offer(
        service=service, since=since, membership_required=given["membership"], tiers=given["tiers"], by=by
    )
    catalogue.publish_terms(service=service, since=since, binding_language="fr", bodies=TERMS, by=by)
    catalogue.define_questions(service=service, questions=given["questions"], by=by)
    for state in _way_to(given["state"]):
        catalogue.change_service_state(service=service, to=state, by=by)
    service.refresh_from_db()
    return service


def _way_to(state: str) -> list[str]:
    return {"considered": [], "trial": ["trial"], "open": ["trial", "open"], "full": ["trial", "open", "full"]}[state]


def _wave(service: Service, by: Person) -> None:
    day = timedelta(days=1)
    wave = admissions.plan_wave(
        service=service, names={"fr": "Vague d’automne", "en": "Autumn wave"},
        criteria={"fr": "Associations et collectifs de Bretagne, par tirage au sort.", "en": "Associations and collectives of Brittany, by lot."},
        opens_at=clock.now() + timedelta(minutes=1), closes_at=clock.now() + 30 * day, capacity=40, order="lot", by=by,
    )  # fmt: skip
    admissions.open_wave(wave=wave, by=by)
