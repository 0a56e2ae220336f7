# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import io
import shutil
from datetime import timedelta

import pytest

from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.mailing.models import Email
from archipel.organisations import operations as organisations
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import operations, queries
from archipel.spaces.files import brought_path, unpacked_folder
from archipel.spaces.models import AwaitedRole, Export, Publication, Restoration, Space, SpaceRole
from archipel.spaces.operations import bringing_back, linking
from archipel.spaces.operations.bringing_back import AlreadyRestoring, OtherApplication
from archipel.spaces.operations.working import SpaceUnderWay
from archipel.spaces.refusals import BundleRefused, NotOpen
from archipel.spaces.unpacking import PersonBrought
from tests import factories
from tests.spaces import bundles

pytestmark = pytest.mark.django_db


def to_the_end():
    """Let the worker do all, the export of what is there before the rest."""
    drain(raise_errors=False)
    clock.move_forward(timedelta(minutes=1))
    drain()


@pytest.fixture
def lavoir(charlie):
    """Another organisation of the same host, where Charlie decides."""
    return factories.organisation(name="Le Lavoir", referent=charlie)


def test_bundle_of_a_blog_opens_as_a_new_space_with_its_people(blog, blogs, lavoir, alice, bob, charlie, staff):
    blogs.write(blog.public_id, "Voir https://blog-des-ponts.pages.example/un")
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)
    archive = bundles.taken_away(blog)

    row = operations.open_from_bundle(
        organisation=lavoir,
        service=blog.service,
        title="",
        label="lavoir",
        quota_bytes=10**9,
        archive=archive,
        by=staff,
    )
    to_the_end()

    row.refresh_from_db()
    space = row.space
    assert (row.state, row.people) == ("done", {"there": 0, "joined": 2, "invited": 0, "left_out": 0})
    assert (space.title, space.state, space.address.name) == ("Blog des Trois-Ponts", "open", "lavoir.pages.example")
    assert blogs.posts(space.public_id) == ["Voir https://lavoir.pages.example/un"]
    assert blogs.posts(blog.public_id) == ["Voir https://blog-des-ponts.pages.example/un"]
    roles = {row.person: row.role for row in Membership.objects.filter(organisation=lavoir, ended_at=None)}
    assert roles == {charlie: "referent", alice: "referent", bob: "member"}
    entered = {entry.person: entry.roles for entry in Entry.objects.filter(through=f"space:{space.public_id}")}
    assert entered == {charlie: ["administrator"], alice: ["administrator"], bob: ["author"]}
    assert not brought_path(row.public_id).exists()
    assert not unpacked_folder(row.public_id).exists()


def test_referent_brings_a_bundle_back_and_nobody_is_put_in_without_their_word(blog, blogs, lavoir, charlie, bob):
    archive = bundles.taken_away(blog)
    other = factories.open_blog(lavoir, "lavoir")

    row = operations.bring_bundle(space=other, archive=archive, by=charlie)
    to_the_end()

    row.refresh_from_db()
    assert row.people == {"there": 0, "joined": 0, "invited": 2, "left_out": 0}
    assert [role.person for role in Membership.objects.filter(organisation=lavoir, ended_at=None)] == [charlie]
    assert Invitation.objects.filter(organisation=lavoir, accepted_at=None).count() == 2


def test_role_of_ones_own_waits_for_who_is_invited(lavoir, blogs, charlie):
    space = factories.open_blog(lavoir, "lavoir")
    content = {"blog.json": b'{"address": "a.example", "posts": ["un"], "schema": "1.0"}'}
    people = [{"name": "Inès", "email": "Ines@people.example", "role": "member", "own_role": "subscriber"}]
    operations.bring_bundle(space=space, archive=bundles.made(content, people=people), by=charlie)
    to_the_end()
    assert AwaitedRole.objects.get().email == "ines@people.example"

    ines = factories.person("Inès", "ines@people.example")
    organisations.give_role(organisation=lavoir, person=ines, role="member")

    assert SpaceRole.objects.get(person=ines).role == "subscriber"
    assert Entry.objects.get(person=ines).roles == ["subscriber"]
    assert AwaitedRole.objects.count() == 0


def test_role_of_ones_own_goes_with_the_invitation_it_came_with(lavoir, blogs, charlie):
    space = factories.open_blog(lavoir, "lavoir")
    content = {"blog.json": b'{"address": "a.example", "posts": ["un"], "schema": "1.0"}'}
    people = [{"name": "In\u00e8s", "email": "ines@people.example", "role": "member", "own_role": "referent"}]
    operations.bring_bundle(space=space, archive=bundles.made(content, people=people), by=charlie)
    to_the_end()
    organisations.withdraw_invitation(invitation=Invitation.objects.get(), by=charlie)
    clock.move_forward(timedelta(days=30))
    organisations.invite(organisation=lavoir, email="ines@people.example", role="member", by=charlie)

    ines = factories.person("In\u00e8s", "ines@people.example")
    organisations.give_role(organisation=lavoir, person=ines, role="member")

    assert Entry.objects.get(person=ines).roles == ["editor"]
    assert (SpaceRole.objects.count(), AwaitedRole.objects.count()) == (0, 0)


def test_what_was_there_is_exported_before_it_is_replaced(blog, blogs, alice):
    archive = bundles.taken_away(blog)
    blogs.write(blog.public_id, "Écrit après")

    operations.bring_bundle(space=blog, archive=archive, by=alice)
    to_the_end()

    kept = Export.objects.order_by("-pk").first()
    assert (kept.ready_at is not None, blogs.posts(blog.public_id)) == (True, [])


def test_website_comes_back_with_its_versions(site, alice, lavoir, staff, websites):
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"un"}), person=alice)
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"deux"}), person=alice)
    archive = bundles.taken_away(site)

    row = operations.open_from_bundle(
        organisation=lavoir,
        service=site.service,
        title="Site",
        label="lavoir",
        quota_bytes=None,
        archive=archive,
        by=staff,
    )
    to_the_end()

    space = Space.objects.get(pk=row.space.pk)
    versions = queries.site_view(space, staff).versions
    assert [(line.number, line.online) for line in versions] == [(2, True), (1, False)]
    assert dict(websites.paths(space.public_id, space.online_version)) == {"index.html": 4}
    operations.restore_version(
        version=Publication.objects.get(space=space, number=1), person=staff, source=operations.Source()
    )
    assert Publication.objects.filter(space=site).count() == 2


def test_damaged_bundle_is_refused_before_anything_is_touched(blog, blogs, alice):
    blogs.write(blog.public_id, "Ici")
    archive = bundles.changed(bundles.taken_away(blog), contentblogjson=b"x" * 89)
    before = blogs.stack(blog.public_id)

    with pytest.raises(BundleRefused) as refused:
        operations.bring_bundle(space=blog, archive=archive, by=alice)

    assert refused.value.details["reason"] == "damaged"
    assert (Restoration.objects.count(), blogs.stack(blog.public_id)) == (0, before)


def test_byte_that_changed_is_found_by_the_worker_and_told(blog, blogs, alice):
    blogs.write(blog.public_id, "Ici")
    archive = bundles.taken_away(blog)
    body = blogs.posts(blog.public_id)
    wrong = b'{"address": "blog-des-ponts.pages.example", "posts": ["Ixi"], "schema": "2.0"}'
    archive = bundles.changed(archive, contentblogjson=wrong)

    row = operations.bring_bundle(space=blog, archive=archive, by=alice)
    to_the_end()

    row.refresh_from_db()
    assert (row.state, row.problem, blogs.posts(blog.public_id)) == ("refused", "damaged", body)
    assert Email.objects.get(name="spaces/restored").to_address == alice.email
    assert not brought_path(row.public_id).exists()


def test_bundle_that_the_application_does_not_know_is_refused_and_told(blog, blogs, alice):
    row = operations.bring_bundle(space=blog, archive=bundles.made({"other.txt": b"x"}), by=alice)
    to_the_end()

    row.refresh_from_db()
    assert (row.state, row.problem) == ("refused", "bad_input")


def test_bundle_of_another_application_is_refused(site, blog, alice):
    with pytest.raises(OtherApplication):
        operations.bring_bundle(space=site, archive=bundles.made(), by=alice)


def test_one_bundle_at_a_time(blog, alice):
    operations.bring_bundle(space=blog, archive=bundles.made(), by=alice)

    with pytest.raises(AlreadyRestoring):
        operations.bring_bundle(space=blog, archive=bundles.made(), by=alice)


def test_what_is_no_archive_is_refused_in_words(blog, alice):
    with pytest.raises(BundleRefused) as refused:
        operations.bring_bundle(space=blog, archive=io.BytesIO(b"x"), by=alice)

    assert str(refused.value)


def test_restoration_that_is_given_up_leaves_the_space_as_it_was(blog, blogs, alice, staff):
    archive = bundles.taken_away(blog)
    row = operations.bring_bundle(space=blog, archive=archive, by=alice)
    drain(raise_errors=False)
    blogs.fault = ("silent", "restore")
    clock.move_forward(timedelta(minutes=1))
    drain(raise_errors=False)
    blogs.fault = None

    procedure_operations.cancel(procedure=procedures.of("restoration", row.public_id), by=staff)
    to_the_end()

    row.refresh_from_db()
    assert (row.state, row.problem) == ("refused", "given_up")
    assert not brought_path(row.public_id).exists()


def test_bundle_for_a_space_that_takes_none_leaves_nothing_behind(blog, alice):
    archive, before = bundles.taken_away(blog), _brought()
    Space.objects.filter(pk=blog.pk).update(state="closing")
    for _time in range(2):
        with pytest.raises(NotOpen):
            operations.bring_bundle(space=blog, archive=archive, by=alice)
    assert _brought() == before


def test_bundle_that_cannot_be_received_whole_leaves_nothing_behind(blog, alice):
    class Torn(io.BytesIO):
        """The disk is full, or who sends goes away, after the directory was read."""

        def read(self, size=-1, /):
            if size == bringing_back._CHUNK:
                raise OSError(28, "No space left on device")
            return super().read(size)

    before = _brought()
    with pytest.raises(OSError, match="No space"):
        operations.bring_bundle(space=blog, archive=Torn(bundles.taken_away(blog).getvalue()), by=alice)
    assert (Restoration.objects.count(), _brought()) == (0, before)


def test_bundle_brought_into_a_space_of_the_host_gives_no_role_there(blogs, staff, alice):
    """The roles of the host exist there only: nobody becomes somebody of the host by a file."""
    space = factories.open_blog(Organisation.objects.get(kind="host"), "maison")
    content = {"blog.json": b'{"address": "a.example", "posts": ["un"], "schema": "1.0"}'}
    people = [{"name": "Alice", "email": alice.email, "role": "referent"}]
    row = operations.bring_bundle(space=space, archive=bundles.made(content, people=people), by=staff)
    to_the_end()
    row.refresh_from_db()
    assert (row.state, row.people) == ("done", {"there": 0, "joined": 0, "invited": 0, "left_out": 1})
    assert not Membership.objects.filter(organisation=space.organisation, person=alice).exists()


def test_what_an_interrupted_upload_left_goes_after_a_day_and_what_waits_stays(blog, alice):
    bringing_back.purge_brought()
    for path in _brought():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    row = operations.bring_bundle(space=blog, archive=bundles.taken_away(blog), by=alice)
    left = [brought_path("left"), brought_path("left").with_suffix(".part"), unpacked_folder("left") / "x"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert bringing_back.purge_brought() == 0
    clock.move_forward(timedelta(days=2))
    assert bringing_back.purge_brought() == 3
    assert _brought() == [brought_path(row.public_id)]


def test_bundle_of_a_referent_writes_to_no_more_people_than_a_list_of_theirs_may(blogs, lavoir, charlie, monkeypatch):
    monkeypatch.setattr(linking, "MOST_INVITED", 3)
    content = {"blog.json": b'{"address": "a.example", "posts": ["un"], "schema": "1.0"}'}
    people = [{"name": f"P{n}", "email": f"p{n}@stranger.example", "role": "member"} for n in range(5)]
    row = operations.bring_bundle(
        space=factories.open_blog(lavoir, "lavoir"), archive=bundles.made(content, people=people), by=charlie
    )
    to_the_end()
    row.refresh_from_db()
    assert row.people == {"there": 0, "joined": 0, "invited": 3, "left_out": 2}
    assert Email.objects.filter(name="organisations/invitation").count() == 3


def test_who_holds_a_link_that_works_is_not_written_to_again_however_often_the_step_runs(blog, blogs, lavoir, charlie):
    organisations.invite(organisation=lavoir, email="ines@people.example", name="Inès", role="member", by=charlie)
    clock.move_forward(timedelta(hours=1))
    content = {"blog.json": b'{"address": "a.example", "posts": ["un"], "schema": "1.0"}'}
    people = [{"name": "Inès", "email": "ines@people.example", "role": "member"}]
    space = factories.open_blog(lavoir, "lavoir")
    row = operations.bring_bundle(space=space, archive=bundles.made(content, people=people), by=charlie)
    for _time in range(2):
        counts = operations.link_people(
            restoration=row, people=[PersonBrought("Inès", "ines@people.example", "member")]
        )
        assert counts == {"there": 0, "joined": 0, "invited": 1, "left_out": 0}
    assert Email.objects.filter(name="organisations/invitation").count() == 1


def test_bundle_and_move_do_not_write_over_each_other(blog, blogs, alice, staff):
    """A move has what the space held kept aside, and fills the other machine from that."""
    values = {"memory_bytes": 8 * 2**30, "created_at": clock.now()}
    here, there = (Machine.objects.create(name=name, node_id=f"node-{name}", **values) for name in ("ancre", "bouee"))
    Space.objects.filter(pk=blog.pk).update(machine=here)
    blog.refresh_from_db()
    archive = bundles.taken_away(blog)
    operations.bring_bundle(space=blog, archive=archive, by=alice)
    with pytest.raises(SpaceUnderWay):
        operations.ask_move(space=blog, by=staff, to=there)
    to_the_end()
    operations.ask_move(space=blog, by=staff, to=there)
    before = _brought()
    with pytest.raises(SpaceUnderWay):
        operations.bring_bundle(space=blog, archive=archive, by=alice)
    assert _brought() == before


def _brought():
    return sorted(brought_path("x").parent.iterdir())


def test_bundle_whose_space_is_never_opened_is_not_kept(lavoir, blog, blogs, staff):
    archive = bundles.taken_away(blog)
    blogs.fault = ("silent", "open")
    row = operations.open_from_bundle(
        organisation=lavoir, service=blog.service, title="", label="lavoir", quota_bytes=None, archive=archive, by=staff
    )
    drain(raise_errors=False)
    blogs.fault = None
    procedure_operations.cancel(procedure=procedures.of("space", row.space.public_id), by=staff)
    drain()

    row.refresh_from_db()
    assert (row.state, row.problem) == ("refused", "given_up")
    assert not brought_path(row.public_id).exists()
    assert Email.objects.filter(name="spaces/restored", to_address=staff.email).count() == 1


def test_application_is_told_again_who_enters_and_what_applies_once_a_bundle_is_there(blog, blogs, alice, staff):
    """A bundle may bring the people and the hold of another day."""
    row = operations.bring_bundle(space=blog, archive=bundles.taken_away(blog), by=alice, with_people=False)
    blogs.calls.clear()
    to_the_end()

    row.refresh_from_db()
    assert row.state == "done"
    after = blogs.calls[blogs.calls.index("restore") + 1 :]
    assert [call for call in after if call in {"set_people", "hold", "release"}][:3] == [
        "set_people",
        "hold",
        "release",
    ]


def test_nothing_is_written_from_the_export_of_what_is_there_until_the_bundle_is(blog, blogs, alice, staff):
    """What somebody wrote in between would be in neither."""
    row = operations.bring_bundle(space=blog, archive=bundles.taken_away(blog), by=alice)
    blogs.fault = ("silent", "restore")
    to_the_end()
    assert blogs.stack(blog.public_id)["effect"] == "read_only"

    procedure_operations.cancel(procedure=procedures.of("restoration", row.public_id), by=staff)
    blogs.fault = None
    drain()
    row.refresh_from_db()
    assert (row.state, blogs.stack(blog.public_id)["effect"]) == ("refused", "")

    operations.bring_bundle(space=blog, archive=bundles.taken_away(blog), by=alice)
    to_the_end()
    assert (blogs.stack(blog.public_id)["effect"], blog.holds.filter(lifted_at=None).count()) == ("", 0)


def test_refused_bundle_leaves_people_free_to_write(blog, blogs, alice):
    blogs.fault = ("quota", "restore")
    row = operations.bring_bundle(space=blog, archive=bundles.taken_away(blog), by=alice)
    to_the_end()
    row.refresh_from_db()
    assert (row.state, row.problem, blogs.stack(blog.public_id)["effect"]) == ("refused", "quota", "")
