# SPDX-License-Identifier: AGPL-3.0-or-later
"""An import from files to rows, again, and back."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.db import connection

from archipel.history.models import Entry
from archipel.identity import operations as identity
from archipel.identity import queries as identity_queries
from archipel.identity.models import AccountName, Person
from archipel.identity.models import Entry as Way
from archipel.kernel import clock, keys
from archipel.kernel.states import MoveRefused
from archipel.mailing.models import Email
from archipel.organisations import operations, queries
from archipel.organisations.models import (
    Batch,
    BatchEffect,
    BatchFile,
    BatchPart,
    DomainMailbox,
    FormerReference,
    MailDomain,
    Membership,
    Organisation,
    Redirection,
)
from archipel.outbox.worker import drain
from archipel.procedures.models import Procedure
from tests import factories
from tests.organisations.moving import PEOPLE, WHOLE, imported, planned, problems, read, undone

pytestmark = pytest.mark.django_db


def roles():
    rows = Membership.objects.select_related("organisation", "person").order_by(
        "organisation__name", "person__name", "since"
    )
    return [(row.organisation.name, row.person.name, row.role, row.ended_at is None) for row in rows]


def everything():
    """How many rows of each kind an import may write."""
    models = [
        Organisation,
        Person,
        EmailAddress,
        Membership,
        AccountName,
        MailDomain,
        DomainMailbox,
        Redirection,
        FormerReference,
    ]
    return {model.__name__: model.objects.count() for model in models}


def test_whole_import_brings_everything(host):
    town = factories.town()
    batch = read(WHOLE)
    assert (batch.state, problems(batch), batch.records) == ("ready", [], 20)
    assert (Organisation.objects.count(), Person.objects.count()) == (0, 0)
    operations.apply_batch(batch=batch)
    drain()
    batch.refresh_from_db()
    lavoir, phare = Organisation.objects.order_by("name")
    assert (lavoir.rna, lavoir.town, lavoir.member_since) == ("W294001234", town, date(2019, 1, 15))
    assert (phare.kind, phare.town_text, phare.member_until) == ("collective", "Brest", date(2024, 12, 31))
    assert roles() == [
        ("Le Lavoir", "Nora Émile", "referent", True),
        ("Le Lavoir", "Omar Diallo", "member", True),
        ("Le Lavoir", "Paul Riou", "member", False),
        ("Le Phare", "Nora Émile", "referent", True),
        ("Le Phare", "Paul Riou", "treasurer", True),
    ]
    since = Membership.objects.get(organisation=phare, role="referent").since
    assert since.astimezone(clock.zone()).date() == date(2021, 4, 1)
    nora = Person.objects.get(email="nora@lavoir.example")
    assert identity_queries.account_name(factories.client("Nextcloud"), nora) == "nemile"
    assert [row.address for row in MailDomain.objects.get(name="lavoir.example").mailboxes.all()] == [
        "contact@lavoir.example"
    ]
    box = DomainMailbox.objects.get(address="contact@lavoir.example")
    assert (box.person, box.quota_bytes, box.name) == (nora, 2 * 10**9, "Le Lavoir")
    assert [str(row) for row in Redirection.objects.order_by("source", "destination")] == [
        "*@phare.example → paul@phare.example",
        "bureau@lavoir.example → nora@lavoir.example",
        "bureau@lavoir.example → omar@lavoir.example",
    ]
    assert (batch.state, batch.done, batch.counts["person.created"], batch.counts["role.given"]) == (
        "applied",
        20,
        3,
        4,
    )
    assert Email.objects.count() == 0


def test_second_run_changes_nothing(host):
    imported(WHOLE)
    before = everything()
    again = imported(WHOLE)
    assert everything() == before
    assert planned(again)["organisation.adopted"] == 2
    kinds = {name.split(".")[1] for name in again.counts}
    assert (kinds, again.effects.count()) == ({"adopted", "already"}, 0)


def test_existing_account_and_organisation_are_adopted(alice, trois_ponts):
    Organisation.objects.filter(pk=trois_ponts.pk).update(rna="W294001234")
    before = alice.password
    imported(
        {
            "organisations.csv": "reference;name;rna;siren;founded_year\nX1;Autre nom;W294001234;732829320;1998\n",
            "people.csv": "email;name;organisation;role\nALICE@trois-ponts.example;A. Martin;X1;member\n",
        }
    )
    alice.refresh_from_db()
    trois_ponts.refresh_from_db()
    assert (alice.name, alice.password, Person.objects.count()) == ("Alice Martin", before, 2)
    assert (trois_ponts.name, trois_ponts.siren, trois_ponts.founded_year) == (
        "La ressourcerie des Trois-Ponts",
        "732829320",
        1998,
    )
    # Alice is the referent already: an import never lowers a role.
    assert [role for _, name, role, _ in roles() if name == "Alice Martin"] == ["referent"]


def test_attack_unconfirmed_address_never_gets_an_account(alice, host):
    """Somebody typed Alice's address into the former software: neither of the two gets anything of the other."""
    before = alice.password
    batch = imported(
        {
            "organisations.csv": "reference;name\nX1;Repaire\n",
            "people.csv": "email;name;confirmed;passphrase_hash;organisation;login_git\n"
            f"{alice.email};Mallory;no;{{SSHA}}j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ;X1;mallory\n",
        },
        confirmed=False,
    )
    alice.refresh_from_db()
    assert problems(batch) == [
        ("people.csv", 2, "email", "account_unproved"),
        ("people.csv", 2, "email", "unknown_person"),
        ("people.csv", 2, "email", "unknown_person"),
    ]
    assert (alice.password, AccountName.objects.count(), roles()) == (before, 0, [])


def test_attack_claim_made_before_the_import_inherits_nothing(host):
    mallory = Person(name="Mallory", email="nora@lavoir.example", created_at=clock.now())
    mallory.set_password("mallory knew of the import")
    mallory.save()
    EmailAddress.objects.create(user=mallory, email=mallory.email, verified=False, primary=True)
    imported(WHOLE, confirmed=False)
    mallory.refresh_from_db()
    assert (mallory.has_usable_password(), [row.verified for row in EmailAddress.objects.filter(user=mallory)]) == (
        False,
        [False],
    )


def test_attack_claim_without_proof_gets_no_role_from_a_later_table(host):
    imported({"organisations.csv": "reference;name\nX1;Repaire\n"})
    mallory = Person(name="Mallory", email="nora@lavoir.example", created_at=clock.now())
    mallory.set_password("mallory knew of the import")
    mallory.save()
    batch = read({"roles.csv": "organisation;email;role\nX1;nora@lavoir.example;referent\n"})
    assert (batch.state, problems(batch)) == ("unreadable", [("roles.csv", 2, "email", "unknown_person")])


def test_attack_import_gives_no_right_of_the_desk(staff):
    host_row = queries.host_organisation()
    FormerReference.objects.create(reference="host", organisation=host_row, created_at=clock.now())
    batch = read(
        {
            "organisations.csv": f"reference;name;archipel_id\nhost;L’Escale;{host_row.public_id}\n",
            "people.csv": "email;name\nmallory@people.example;Mallory\n",
            "roles.csv": "organisation;email;role\nhost;mallory@people.example;referent\n",
        }
    )
    assert [code for *_place, code in problems(batch)] == ["host_itself", "host_itself"]


def test_undo_returns_to_before(alice, trois_ponts, host):
    Organisation.objects.filter(pk=trois_ponts.pk).update(rna="W294001234")
    before = everything()
    roles_before = roles()
    files = {**WHOLE, "more.csv": "email;name;organisation;role\nbob@trois-ponts.example;Bob;lavoir;referent\n"}
    batch = undone(imported(files))
    trois_ponts.refresh_from_db()
    assert (batch.state, everything(), roles()) == ("undone", before, roles_before)
    assert (trois_ponts.member_since, trois_ponts.rna) == (None, "W294001234")
    assert batch.effects.filter(undone=False).count() == 0


def test_undo_leaves_what_was_used_since_and_says_it(host):
    batch = imported(WHOLE)
    nora, omar = Person.objects.get(name="Nora Émile"), Person.objects.get(name="Omar Diallo")
    lavoir, phare = Organisation.objects.order_by("name")
    Person.objects.filter(pk=nora.pk).update(last_login=clock.now())
    operations.give_role(organisation=lavoir, person=omar, role="treasurer")
    operations.change_organisation(organisation=phare, changes={"name": "Le Grand Phare"}, by=None)
    undone(batch)
    kept = [(row.kind, row.kept_because) for row in batch.effects.exclude(kept_because="").order_by("pk")]
    # Omar's role as a member was replaced, so his new one, his account and the organisation stay.
    assert kept == [("organisation", "used"), ("person", "signed_in"), ("person", "used"), ("role", "changed")]
    assert [(row.label, row.why != "") for row in queries.kept_of(batch)][1] == ("Nora Émile", True)
    assert not Organisation.objects.filter(name__contains="Phare").exists()


def test_attack_nobody_enters_an_application_by_a_role_that_was_undone(bob, trois_ponts, staff, host):
    """Neither who came with the import, nor who was raised by it: entries follow in the same transaction."""
    before = Membership.objects.get(organisation=trois_ponts, person=bob)
    cloud = factories.client("Nuage")
    access = operations.open_application(
        organisation=trois_ponts, client=cloud, known_roles=["reader", "editor"], by=staff
    )
    operations.change_access(access=access, roles={"referent": "editor", "member": "reader"}, by=staff)
    batch = imported(
        {
            "organisations.csv": f"reference;name;archipel_id\ntp;Trois Ponts;{trois_ponts.public_id}\n",
            "people.csv": f"email;name;organisation;role\n{bob.email};Bob;tp;referent\nzoe@x.example;Zoé;tp;member\n",
        }
    )
    told = Way.objects.filter(client=cloud, person__email__in=[bob.email, "zoe@x.example"]).order_by("person__email")
    assert sorted((way.person.name, way.roles) for way in told) == [(bob.name, ["editor"]), ("Zoé", ["reader"])]
    undone(batch)
    before.refresh_from_db()
    assert before.ended_at is None
    assert [(way.person.name, way.roles) for way in told.all()] == [(bob.name, ["reader"])]
    assert not Person.objects.filter(email="zoe@x.example").exists()
    assert operations.repair_entries() == 0


def test_import_over_is_emptied_after_thirty_days(host):
    batch = imported({**WHOLE, "wrong.csv": "email;name\nno address;X\n"})
    assert operations.purge_batches() == 0
    Batch.objects.update(purge_on=clock.today())
    assert operations.purge_batches() == 1
    batch.refresh_from_db()
    left = [model.objects.count() for model in (BatchEffect, BatchPart, BatchFile)]
    assert (left, batch.problems.count(), batch.state, batch.counts["person.created"]) == ([0, 0, 0], 0, "applied", 3)
    assert operations.purge_batches() == 0


def test_files_are_locked_and_gone_once_read(host):
    contents = [("people.csv", PEOPLE.encode())]
    batch = operations.open_batch(files=contents, confirmed=True)
    locked = BatchFile.objects.get().locked_content
    assert ("nora" in locked, base64.b64decode(keys.unlock(locked)).decode()) == (False, PEOPLE)
    drain()
    parts = "".join(BatchPart.objects.values_list("locked_records", flat=True))
    assert (BatchFile.objects.get().locked_content, "nora" in parts, parts != "") == ("", False, True)
    operations.discard_batch(batch=batch)
    batch.refresh_from_db()
    assert (batch.state, BatchPart.objects.count(), Person.objects.count()) == ("discarded", 0, 0)


def test_attack_no_table_holds_a_weak_hash_at_any_moment(host):
    """Not while the file waits, not while its parts do, not after: the sealed file, then argon2, and nothing else."""
    digest = base64.b64decode("j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ")
    text = "email;name;passphrase_hash\nnora@lavoir.example;Nora;{SSHA}j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ\n"
    contents = [("people.csv", text.encode())]
    batch = operations.open_batch(files=contents, confirmed=True)
    found = [_leaks(digest)]
    drain()
    found.append(_leaks(digest))
    operations.apply_batch(batch=batch)
    drain()
    found.append(_leaks(digest))
    assert (found, Person.objects.get().password[:13]) == ([[], [], []], "wrapped$sha1$")


def _leaks(digest):
    forms = [base64.b64encode(digest).decode(), digest[:20].hex(), base64.b64encode(digest[:20]).decode()[:26]]
    with connection.cursor() as cursor:
        cells = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells += [str(cell) for row in cursor.fetchall() for cell in row]
    return [form for form in forms if any(form in cell for cell in cells)]


def test_links_leave_only_when_asked_and_once(host):
    text = "email;name;passphrase_hash\nnora@lavoir.example;Nora;{CRYPT}nhXtTxcxbiYS.\nomar@lavoir.example;Omar;\n"
    batch = imported({"people.csv": text})
    assert (Email.objects.count(), queries.batch_page(batch).to_write_to) == (0, 2)
    for _ in range(2):
        operations.write_to_arrivals(batch=batch)
        drain()
    batch.refresh_from_db()
    sent = Email.objects.filter(name="identity/choose_passphrase").values_list("to_address", flat=True)
    assert (sorted(sent), queries.batch_page(batch).to_write_to) == (["nora@lavoir.example", "omar@lavoir.example"], 0)


def test_link_leads_to_a_page_that_takes_a_passphrase(client, host):
    imported({"people.csv": "email;name\nnora@lavoir.example;Nora\n"})
    identity.send_passphrase_link(person=Person.objects.get())
    body = keys.unlock(Email.objects.get().locked_body)
    link = next(word for word in body.split() if "/password/reset/key/" in word).removeprefix("http://testserver")
    answer = client.get(link, follow=True)
    done = client.post(answer.redirect_chain[-1][0], {"password1": "cinq bateaux verts au port"})
    assert (done.status_code, Person.objects.get().check_password("cinq bateaux verts au port")) == (302, True)


def test_one_import_is_applied_at_a_time(host):
    first, second = read(WHOLE), read(WHOLE)
    operations.apply_batch(batch=first)
    with pytest.raises(operations.AnotherImportRuns):
        operations.apply_batch(batch=second)
    with pytest.raises(MoveRefused):
        operations.discard_batch(batch=first)
    drain()
    operations.apply_batch(batch=second)
    drain()
    second.refresh_from_db()
    assert second.state == "applied"


def test_import_cut_in_parts_goes_on_by_itself(host):
    people = "email;name\n" + "".join(f"n{place}@people.example;N {place}\n" for place in range(601))
    batch = imported({"people.csv": people})
    assert (Person.objects.count(), batch.parts.count(), batch.done) == (601, 3, 601)
    assert Procedure.objects.filter(kind="organisations.import_part", state="done").count() == 3
    assert undone(batch).state == "undone"
    assert Person.objects.count() == 0


@pytest.mark.parametrize("files", [[], [("a.csv", b"")], [("a.csv", b"  \n")]])
def test_nothing_is_no_import(host, files):
    with pytest.raises(operations.NothingToImport):
        operations.open_batch(files=files, confirmed=True)


def test_too_much_is_refused_before_anything_is_kept(host):
    with pytest.raises(operations.TooMuchToImport):
        operations.open_batch(files=[("a.csv", b"x")] * 21, confirmed=True)
    with pytest.raises(operations.UnknownChoice):
        operations.open_batch(files=[("a.csv", b"x")], confirmed=True, kind="host")
    assert Batch.objects.count() == 0


def test_history_tells_who_had_what_done(staff):
    batch = operations.open_batch(files=[("people.csv", PEOPLE.encode())], confirmed=True, by=staff)
    drain()
    operations.apply_batch(batch=batch, by=staff)
    drain()
    operations.undo_batch(batch=batch, by=staff)
    drain()
    whats = Entry.objects.filter(about_kind="import").order_by("pk").values_list("what", "actor_label")
    assert [what.rpartition("_")[2] for what, who in whats if who == staff.name] == ["opened", "applied", "undone"]
