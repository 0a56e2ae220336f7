# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.kernel.outside import RefusedOutside
from archipel.mailing.models import Email
from archipel.organisations.models import Invitation, Membership
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations, queries
from archipel.spaces.addresses import AddressTaken
from archipel.spaces.models import Address, Space
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(host, trois_ponts, alice):
    """What admissions gives once the referent agreed."""
    service = factories.website_service()
    agreement = factories.agreement(
        trois_ponts, service, state="agreed", agreed_by=alice, about_kind="request", about_id="req1"
    )
    operations.reserve_address(label="trois-ponts", for_request="req1")
    return {
        "organisation": trois_ponts,
        "service": service,
        "agreement": agreement,
        "title": "Site des Trois-Ponts",
        "label": "trois-ponts",
        "quota_bytes": 5 * 10**9,
        "language": "fr",
        "request_id": "req1",
    }


def test_opening_records_the_space_its_address_and_its_procedure(agreed):
    space = operations.open_space(**agreed)

    assert (space.state, space.connector, space.address.name) == ("opening", "websites", "trois-ponts.pages.example")
    assert Address.objects.get().reserved_for == ""
    procedure = procedures.of("space", space.public_id)
    assert (procedure.kind, procedure.organisation_id) == ("spaces.open_website", space.organisation.public_id)


def test_opening_again_for_the_same_agreement_returns_the_same_space(agreed):
    first = operations.open_space(**agreed)

    assert operations.open_space(**agreed) == first
    assert Space.objects.count() == 1


def test_opening_at_an_address_that_is_taken_changes_nothing(agreed):
    other = factories.organisation(name="Autre")
    factories.space(other, label="pris")

    with pytest.raises(AddressTaken):
        operations.open_space(**agreed | {"label": "pris"})

    assert Space.objects.filter(organisation=agreed["organisation"]).count() == 0
    assert Address.objects.get(name="trois-ponts.pages.example").reserved_for == "req1"


def test_procedure_opens_the_site_and_announces_it(agreed, websites, alice):
    space = operations.open_space(**agreed)

    drain()

    space.refresh_from_db()
    assert space.state == "open"
    assert websites.health(space.public_id).ok
    assert websites.online(space.public_id) is None
    steps = [(step.name, step.state) for step in procedures.progress(procedures.of("space", space.public_id)).steps]
    names = ["reserve_place", "hold_address", "create_site", "people_may_enter", "check_answers", "send_keys"]
    assert steps == [(name, "done") for name in names]
    mail = Email.objects.get(name="spaces/site_open")
    assert (mail.to_address, mail.language) == (alice.email, "fr")
    assert Invitation.objects.count() == 0


def test_opening_invites_who_has_no_passphrase_yet_and_makes_them_referent(agreed):
    fatou = factories.person(name="Fatou Diop", email="fatou@trois-ponts.example")
    fatou.set_unusable_password()
    fatou.save()

    operations.open_space(**agreed, person=fatou)
    drain()

    assert Invitation.objects.get().email == fatou.email
    assert Membership.objects.get(person=fatou, ended_at=None).role == "referent"


def test_opening_announces_the_request_it_was_for(agreed):
    space = operations.open_space(**agreed)
    heard = []
    drain(raise_errors=False)
    for job in Job.objects.filter(
        kind="fact", payload__fact="spaces.SpaceOpened", name__startswith="archipel.admissions"
    ):
        heard.append(job.payload["values"])

    assert heard == [
        {
            "space_id": space.public_id,
            "organisation_id": space.organisation.public_id,
            "request_id": "req1",
        }
    ]


def test_every_step_may_run_again(agreed, websites):
    from archipel.procedures.definitions import Run, definition_of

    space = operations.open_space(**agreed)
    drain()
    jobs, mails = Job.objects.filter(kind="fact").count(), Email.objects.count()
    results: dict = {}
    for step in definition_of("spaces.open_website").steps:
        run = Run(
            procedure_id="p",
            kind="spaces.open_website",
            about_kind="space",
            about_id=space.public_id,
            organisation_id=space.organisation.public_id,
            started_by="",
            context={"request_id": "req1", "person_id": agreed["agreement"].agreed_by.public_id},
            results=results,
            step=step.name,
            attempt=2,
        )
        results[step.name] = step.run(run) or {}

    assert (Job.objects.filter(kind="fact").count(), Email.objects.count()) == (jobs, mails)
    assert Space.objects.get().state == "open"


def test_silent_store_leaves_the_procedure_waiting_and_it_resumes(agreed, websites):
    space = operations.open_space(**agreed)
    websites.faults.fail("silent")
    drain(raise_errors=False)
    assert procedures.of("space", space.public_id).state == "waiting"
    assert Space.objects.get().state == "opening"

    websites.faults.heal()
    procedure_operations.resume(procedure=procedures.of("space", space.public_id), by=None)
    drain()

    assert Space.objects.get().state == "open"


def test_refusing_store_stops_the_procedure_for_a_human(agreed, websites):
    space = operations.open_space(**agreed)
    websites.faults.fail("refusing")
    drain(raise_errors=False)

    assert procedures.of("space", space.public_id).state == "stopped"
    assert [line.kind for line in procedures.today_lines()] == ["procedure"]


def test_cancelled_opening_is_taken_back_and_its_address_is_free(agreed, websites, staff):
    space = operations.open_space(**agreed)
    websites.faults.fail("refusing")
    drain(raise_errors=False)
    websites.faults.heal()

    procedure_operations.cancel(procedure=procedures.of("space", space.public_id), by=staff)
    drain()

    space.refresh_from_db()
    assert space.state == "deleted"
    assert Address.objects.count() == 0
    with pytest.raises(RefusedOutside):
        websites.versions(space.public_id)


def test_no_place_left_stops_the_opening(agreed):
    agreed["service"].places = 0
    agreed["service"].save()
    space = operations.open_space(**agreed)
    drain(raise_errors=False)

    assert queries.capacity_left(space.service) == -1
    progress = procedures.progress(procedures.of("space", space.public_id))
    assert (progress.state, progress.now) == ("stopped", str(progress.steps[0].label))


def test_service_without_connector_waits_for_a_human(agreed, staff):
    service = factories.service("mail", name="Courriel", state="open", connector="")
    agreement = factories.agreement(
        agreed["organisation"], service, state="agreed", agreed_by=agreed["agreement"].agreed_by, about_id="req2"
    )
    space = operations.open_space(
        **agreed | {"service": service, "agreement": agreement, "label": "", "request_id": "req2"}
    )
    drain()
    assert [(line.kind, line.public_id) for line in queries.today_lines()] == [("opening", space.public_id)]

    operations.open_by_hand(space=space, by=staff)
    operations.open_by_hand(space=space, by=staff)

    assert Space.objects.get(pk=space.pk).state == "open"
    assert queries.today_lines() == []
    assert Email.objects.filter(name="spaces/site_open").count() == 1


def test_opening_by_hand_is_refused_where_a_procedure_opens(agreed, staff):
    space = operations.open_space(**agreed)

    with pytest.raises(operations.opening.OpensByItself):
        operations.open_by_hand(space=space, by=staff)


def test_one_opening_costs_a_bounded_number_of_queries(agreed):
    operations.open_space(**agreed)

    with CaptureQueriesContext(connection) as seen:
        drain()

    writes = [query["sql"] for query in seen if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert len(writes) <= 45


@pytest.mark.parametrize(
    ("title", "called"),
    [
        ("Site des Trois-Ponts", "Site des Trois-Ponts · La ressourcerie des Trois-Ponts"),
        ("La ressourcerie des Trois-Ponts", "La ressourcerie des Trois-Ponts"),
    ],
)
def test_procedure_says_once_whose_space_it_is_about(site, alice, title, called):
    Space.objects.update(title=title)
    operations.ask_export(space=site, by=alice)

    assert procedures.of("export", site.exports.get().public_id).title == called
