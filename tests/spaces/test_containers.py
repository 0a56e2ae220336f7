# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.identity.models import Client, Entry
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside
from archipel.machines.models import Machine
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.procedures.definitions import Run, definition_of
from archipel.spaces import operations
from archipel.spaces.models import Address, Space, SpaceSecret
from archipel.spaces.specs import secrets_of, spec_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed(host, trois_ponts, alice):
    """What admissions gives once the referent agreed."""
    service = factories.blog_service()
    agreement = factories.agreement(
        trois_ponts, service, state="agreed", agreed_by=alice, about_kind="request", about_id="req1"
    )
    operations.reserve_address(label="trois-ponts", for_request="req1")
    return {
        "organisation": trois_ponts,
        "service": service,
        "agreement": agreement,
        "title": "Blog des Trois-Ponts",
        "label": "trois-ponts",
        "quota_bytes": 5 * 10**9,
        "language": "fr",
        "request_id": "req1",
    }


def machine(name="ancre", **changes):
    values = {"node_id": f"node-{name}", "memory_bytes": 8 * 2**30, "created_at": clock.now()} | changes
    values |= {"silent_since": values["lost_at"]} if values.get("lost_at") else {}
    return Machine.objects.create(name=name, **values)


def test_procedure_opens_the_containers_and_lets_people_in(agreed, blogs, alice, bob):
    place = machine()
    space = operations.open_space(**agreed)

    drain()

    space.refresh_from_db()
    assert (space.state, space.version, space.machine) == ("open", "2.0", place)
    stack = blogs.stack(space.public_id)
    assert (stack["machine"], stack["client"]) == ("node-ancre", space.client.public_id)
    assert stack["people"] == {alice.public_id: "referent", bob.public_id: "member"}
    assert space.client.redirect_uris == ["https://trois-ponts.pages.example/signed-in"]
    assert space.client.home_url == "https://trois-ponts.pages.example/"
    entries = Entry.objects.filter(through=f"space:{space.public_id}").order_by("person__name")
    assert [(entry.person, entry.roles) for entry in entries] == [(alice, ["administrator"]), (bob, ["editor"])]
    assert Email.objects.filter(name="spaces/site_open").count() == 1


def test_secrets_are_made_once_and_kept_locked(agreed, blogs):
    space = operations.open_space(**agreed)
    drain()
    opened = secrets_of(space)

    operations.make_secrets(space=space)

    assert sorted(opened) == ["client_secret", "database_passphrase", "salt"]
    assert [len(opened[name]) for name in ("database_passphrase", "salt")] == [32, 32]
    assert secrets_of(space) == opened
    stored = " ".join(SpaceSecret.objects.values_list("locked", flat=True))
    assert [word for word in opened.values() if word in stored] == []
    assert "salt" not in repr(spec_of(Space.objects.get()))


def test_every_step_of_an_opening_may_run_again(agreed, blogs):
    space = operations.open_space(**agreed)
    drain()
    before = (Client.objects.count(), SpaceSecret.objects.count(), Email.objects.count(), blogs.stack(space.public_id))
    results: dict = {}
    for step in definition_of("spaces.open_container").steps:
        run = Run(
            procedure_id="p", kind="spaces.open_container", about_kind="space", about_id=space.public_id,
            organisation_id=space.organisation.public_id, started_by="",
            context={"request_id": "req1", "person_id": agreed["agreement"].agreed_by.public_id},
            results=results, step=step.name, attempt=2,
        )  # fmt: skip
        results[step.name] = step.run(run) or {}

    after = (Client.objects.count(), SpaceSecret.objects.count(), Email.objects.count(), blogs.stack(space.public_id))
    assert after == before


def test_secret_that_no_key_opens_any_more_is_renewed_and_the_client_stays(blog):
    SpaceSecret.objects.filter(space=blog, name="client_secret").update(locked="lost")
    before = blog.client.secret_digest

    operations.register_client_of(space=blog)

    blog.client.refresh_from_db()
    assert Client.objects.count() == 1
    assert blog.client.secret_digest not in ("", before)
    assert keys.unlock(SpaceSecret.objects.get(space=blog, name="client_secret").locked)


def test_application_without_accounts_has_no_client(agreed, blogs):
    blogs.shape = None
    space = operations.open_space(**agreed)

    drain()

    space.refresh_from_db()
    assert (space.state, space.client, Entry.objects.count()) == ("open", None, 0)


def test_image_that_is_missing_stops_the_opening_in_plain_words(agreed, blogs):
    blogs.fault = ("no_image", "open")
    space = operations.open_space(**agreed)

    drain(raise_errors=False)

    progress = procedures.progress(procedures.of("space", space.public_id))
    assert (progress.state, progress.now) == (
        "stopped",
        str(definition_of("spaces.open_container").step("create").label),
    )
    assert progress.problem
    assert Entry.objects.count() == 0


def test_container_that_never_answers_is_waited_for_and_lets_nobody_in(agreed, blogs):
    blogs.broken = {"2.0"}
    space = operations.open_space(**agreed)

    drain(raise_errors=False)

    space.refresh_from_db()
    assert (space.state, procedures.of("space", space.public_id).state) == ("opening", "waiting")
    assert Entry.objects.count() == 0


def test_engine_that_comes_back_finds_the_half_created_space_and_adopts_it(agreed, blogs):
    blogs.fault = ("silent", "set_people")
    space = operations.open_space(**agreed)
    drain(raise_errors=False)
    put = blogs.stack(space.public_id)["put"]
    blogs.fault = None

    clock.move_forward(timedelta(minutes=1))
    drain()

    space.refresh_from_db()
    assert (space.state, blogs.stack(space.public_id)["put"], Client.objects.count()) == ("open", put, 1)


def test_cancelled_opening_takes_everything_back(agreed, blogs, staff):
    blogs.broken = {"2.0"}
    space = operations.open_space(**agreed)
    drain(raise_errors=False)

    procedure_operations.cancel(procedure=procedures.of("space", space.public_id), by=staff)
    drain()

    space.refresh_from_db()
    assert (space.state, blogs.stack(space.public_id)) == ("deleted", None)
    assert (SpaceSecret.objects.count(), Address.objects.count(), Entry.objects.count()) == (0, 0, 0)
    assert space.client.closed_at is not None


def test_machine_with_fewest_spaces_for_its_memory_is_chosen(agreed, blogs, trois_ponts):
    small, large = machine("petite", memory_bytes=2**30), machine("grande", memory_bytes=16 * 2**30)
    factories.space(trois_ponts, "un", machine=large)
    factories.space(trois_ponts, "deux", machine=small)
    machine("pleine", memory_bytes=2**20)
    machine("en-travaux", memory_bytes=64 * 2**30, draining=True)
    machine("perdue", memory_bytes=64 * 2**30, lost_at=clock.now())
    space = operations.open_space(**agreed)

    assert operations.place_space(space=space) == large
    assert operations.place_space(space=Space.objects.get(pk=space.pk)) == large


def test_no_machine_that_takes_it_is_said(agreed, blogs):
    machine(draining=True)
    space = operations.open_space(**agreed)

    with pytest.raises(RefusedOutside) as refused:
        operations.place_space(space=space)

    assert refused.value.code == "no_room"


def test_deletion_closes_the_client_and_drops_the_secrets(blog, blogs, alice, staff):
    operations.close_space(space=blog, by=alice)
    assert Entry.objects.count() == 0
    drain()
    clock.move_forward(timedelta(days=61))
    operations.confirm_deletion(space=blog, by=alice)
    operations.confirm_deletion(space=blog, by=staff)

    drain()

    blog.refresh_from_db()
    assert (blog.state, blogs.stack(blog.public_id), SpaceSecret.objects.count()) == ("deleted", None, 0)
    assert blog.client.closed_at is not None


def test_space_that_no_longer_runs_is_deleted_without_a_count(blog, blogs, alice, staff):
    operations.close_space(space=blog, by=alice)
    drain()
    clock.move_forward(timedelta(days=61))
    blogs.spoil(blog.public_id, runs=False)
    operations.confirm_deletion(space=blog, by=alice)
    operations.confirm_deletion(space=blog, by=staff)

    for _try in range(5):
        drain(raise_errors=False)
        clock.move_forward(timedelta(hours=1))

    blog.refresh_from_db()
    assert (blog.state, blogs.stack(blog.public_id)) == ("deleted", None)
