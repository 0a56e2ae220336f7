# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m tests.journeys.house_acts ACT JSON``: what other journeys walk by pages, done by the operations on a real host's data."""

from __future__ import annotations

import json
import sys
import time
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

django.setup()

# Late: Django's tables are known only now.
from django.contrib.auth import login  # noqa: E402

from archipel.admissions import operations as admissions  # noqa: E402
from archipel.admissions.models import Request  # noqa: E402
from archipel.admissions.operations.confirmations import receive  # noqa: E402
from archipel.agreements.access import agreement_by_token  # noqa: E402
from archipel.agreements.models import Agreement  # noqa: E402
from archipel.agreements.operations import agree  # noqa: E402
from archipel.catalogue import operations as catalogue  # noqa: E402
from archipel.catalogue.models import Service  # noqa: E402
from archipel.catalogue.operations import TierGiven  # noqa: E402
from archipel.host import operations as host  # noqa: E402
from archipel.identity import operations as identity  # noqa: E402
from archipel.identity.models import Person  # noqa: E402
from archipel.kernel import clock  # noqa: E402
from archipel.organisations import operations as organisations  # noqa: E402
from archipel.organisations.models import Organisation  # noqa: E402
from archipel.organisations.towns import load_towns  # noqa: E402
from archipel.procedures.models import Procedure  # noqa: E402
from archipel.spaces import queries as spaces  # noqa: E402
from archipel.spaces.models import Closing, Restoration, Space  # noqa: E402
from tests.journeys.house import PORTAL, SITES  # noqa: E402
from tests.journeys.house_people import ALICE, BOB, CHARLIE, HOSTS, ORGANISATION, PASSPHRASE, STAFF  # noqa: E402

GIGABYTE = 10**9


def set_up() -> dict[str, Any]:
    """A host with its names, the cast, and WordPress in its catalogue."""
    host.set_up(
        name="L’Escale", contact_address="bonjour@lescale.example", portal_url=f"https://{PORTAL}", sites_domain=SITES,
        languages=["fr", "en"], sender_name="L’Escale", sender_address="bonjour@lescale.example",
        postal_address="12, quai des Sternes\n29900 Concarneau", telephone="02 00 00 00 00", publication_director="Maëlle Riou",
    )  # fmt: skip
    load_towns()
    # What this journey is not about: another one walks the second factor.
    host.set_parameter(key="second_factor_roles", value=[])
    home = organisations.create_organisation(name="L’Escale", kind="host")
    for who in (ALICE, BOB, CHARLIE, *HOSTS):
        person = identity.person_for_confirmed_email(email=who.email, name=who.name, language="fr")
        identity.set_passphrase(person=person, passphrase=PASSPHRASE)
        if who in HOSTS:
            for role in ("administrator", "reviewer", "support"):
                organisations.give_role(organisation=home, person=person, role=role)
    _catalogue(_person(STAFF.email))
    return {}


def _person(email: str) -> Person:
    return Person.objects.get(email=email)


def _catalogue(by: Person) -> None:
    since = date(clock.today().year, 1, 1)
    texts = {
        "fr": {"name": "Blog", "summary": "un WordPress pour vous", "purpose": "Écrire à plusieurs."},
        "en": {"name": "Blog", "summary": "a WordPress of your own", "purpose": "Write together."},
    }
    service = catalogue.create_service(
        slug="wordpress", access="request", software="WordPress", connector="wordpress", counted="bytes", icon="site", texts=texts, by=by
    )  # fmt: skip
    catalogue.set_maintainers(service=service, persons=[_person(one.email) for one in HOSTS], by=by)
    catalogue.change_service(service=service, changes={"support_address": "aide@lescale.example"}, by=by)
    tier = TierGiven(
        amount=5 * GIGABYTE, pricing="yearly", full_cents=6000, reduced_cents=3000, sustaining_cents=9000, free_level=True
    )  # fmt: skip
    catalogue.publish_offer(service=service, since=since, membership_required=True, tiers=[tier], by=by)
    catalogue.publish_terms(service=service, since=since, binding_language="fr", bodies={"fr": "## Ensemble"}, by=by)
    for state in ("trial", "open"):
        catalogue.change_service_state(service=service, to=state, by=by)


def ask(address: str = "trois-ponts", organisation: str = ORGANISATION) -> dict[str, Any]:
    """Alice asks for a WordPress; the mail with her link leaves by the worker."""
    service = Service.objects.get(slug="wordpress")
    admissions.ask(service=service, language="fr", typed=_typed(service, address, organisation))
    return {}


def _typed(service: Service, address: str, organisation: str, email: str = ALICE.email) -> dict[str, Any]:
    return {
        "who": "organisation", "tier": service.offers.get().tiers.get().public_id, "organisation_name": organisation,
        "organisation_kind": "collective", "fields_of_action": ["culture"], "town": "29039", "person_name": ALICE.name,
        "email": email, "price_level": "full", "wished_address": address, "message": "Pour nos nouvelles.", "redirect_consent": "",
    }  # fmt: skip


def confirm(token: str) -> dict[str, Any]:
    return {"request": admissions.confirm_address(token=token).public_id}


def accept(request: str) -> dict[str, Any]:
    row = Request.objects.get(public_id=request)
    admissions.decide(request=row, decision="accept", by=_person(STAFF.email), version=row.version, words="Bienvenue !")
    return {}


def agree_to(token: str) -> dict[str, Any]:
    agree(agreement=agreement_by_token(token), person=_person(ALICE.email))
    return {}


def look(address: str) -> dict[str, Any]:
    """Say where a space at an address stands."""
    space = Space.objects.filter(address__name=f"{address}.{SITES}").select_related("client", "organisation").first()
    if space is None:
        return {"space": "", "state": "", "steps": []}
    procedure = spaces.opening_of(space)
    steps = [
        [step.name, step.state, step.problem, step.attempts] for step in procedure.steps.order_by("position")
    ] if procedure else []  # fmt: skip
    return {
        "space": space.public_id,
        "organisation": space.organisation.public_id,
        "state": space.state,
        "steps": steps,
    }


def give_role(organisation: str, email: str, role: str) -> dict[str, Any]:
    row = Organisation.objects.get(public_id=organisation)
    organisations.give_role(organisation=row, person=_person(email), role=role)
    return {}


def let_delay_pass(space: str) -> dict[str, Any]:
    """Say that the delay before deletion is over: the clock of a real host does not move."""
    Closing.objects.filter(space__public_id=space).update(delete_after=clock.today() - timedelta(days=1))
    return {}


def state_of(space: str) -> dict[str, Any]:
    row = Space.objects.get(public_id=space)
    unfinished = Procedure.objects.exclude(state="done").values_list("kind", "state")
    restorations = Restoration.objects.filter(space=row).values_list("state", "problem", "about")
    return {
        "state": row.state,
        "unfinished": [list(one) for one in unfinished],
        "restorations": [list(one) for one in restorations],
    }


def propose(addresses: list[str]) -> dict[str, Any]:
    """Bring one request for each address to the host's yes; each has a mail address of its own, as one is written to five times an hour."""
    service, by, made = Service.objects.get(slug="wordpress"), _person(STAFF.email), []
    for address in addresses:
        with transaction.atomic():
            row = receive(
                request=admissions.ask(
                    service=service,
                    language="fr",
                    typed=_typed(service, address, f"Les amis de {address}", f"{address}@amis.example"),
                )
            )
        admissions.decide(request=row, decision="accept", by=by, version=row.version)
        row.refresh_from_db()
        made.append(row.agreement.public_id)
    return {"agreements": made}


def agree_to_all(agreements: list[str]) -> dict[str, Any]:
    """Have Alice agree; ``at`` is when the last word was kept, by the clock that all processes share."""
    for row in Agreement.objects.filter(public_id__in=agreements).order_by("pk"):
        agree(agreement=row, person=_person(ALICE.email))
    return {"at": time.monotonic()}


def sign_in_alice() -> dict[str, Any]:
    """Give Alice a session of the portal, as a browser gets it."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, _person(ALICE.email), backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session.save()
    return {"session": request.session.session_key}


_ACTS = (
    set_up,
    ask,
    confirm,
    accept,
    agree_to,
    look,
    give_role,
    let_delay_pass,
    state_of,
    propose,
    agree_to_all,
    sign_in_alice,
)
ACTS = {one.__name__: one for one in _ACTS}

if __name__ == "__main__":
    print(json.dumps(ACTS[sys.argv[1]](**json.loads(sys.argv[2]))))
