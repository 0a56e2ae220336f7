# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of imports: given, looked at, applied, undone, with every problem named by its line."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.mailing.models import Email
from archipel.organisations.models import Batch
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedures
from archipel.procedures.models import Procedure
from tests import factories
from tests.organisations.moving import PEOPLE, WHOLE, imported, read

pytestmark = pytest.mark.django_db
FRENCH = {"HTTP_ACCEPT_LANGUAGE": "fr"}


@pytest.fixture
def browser(client, staff):
    client.force_login(staff)
    return client


def give(browser, files, **typed):
    given = [SimpleUploadedFile(name, text.encode()) for name, text in files.items()]
    return browser.post(reverse("desk-imports"), {"files": given, "kind": "association", **typed}, **FRENCH)


def act(browser, batch, what):
    return browser.post(reverse("desk-import-act", args=[batch.public_id, what]), follow=True, **FRENCH)


def page(browser, batch, **typed):
    return browser.get(reverse("desk-import", args=[batch.public_id]), typed, **FRENCH).content.decode()


def test_import_goes_from_files_to_people_and_back(browser, staff):
    answer = give(browser, WHOLE, confirmed="on")
    batch = Batch.objects.get()
    assert (answer.status_code, answer.url, batch.started_by) == (302, f"/desk/imports/{batch.public_id}/", staff)
    assert "en cours de lecture" in page(browser, batch)
    drain()
    seen = page(browser, batch)
    assert ("20 lignes peuvent être importées" in seen, "3 de plus" in seen, Person.objects.count()) == (True, True, 1)
    act(browser, batch, "apply")
    assert "0 lignes sur 20" in page(browser, batch)
    drain()
    assert "20 lignes ont été importées" in page(browser, batch)
    act(browser, batch, "undo")
    drain()
    assert ("tout est comme avant" in page(browser, batch), Person.objects.count()) == (True, 1)


def test_problems_are_told_by_line_in_both_languages_and_as_a_table(browser):
    people = "email;name;confirmed;surprise\nnora@lavoir.example;Nora;peut-être;x\nnot an address;Omar;;\n"
    batch = read({"people.csv": people})
    seen = page(browser, batch)
    for words in (
        "people.csv, 2",
        "Écrivez ici oui ou non.",
        "people.csv, 3",
        "Ceci ne ressemble pas à une adresse",
        "surprise",
    ):
        assert words in seen
    english = browser.get(reverse("desk-import", args=[batch.public_id]), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Write yes or no here." in english
    table = b"".join(browser.get(reverse("desk-import-problems", args=[batch.public_id]), **FRENCH)).decode()
    lines = table.removeprefix("\ufeff").splitlines()
    assert lines[1:] == [
        "people.csv,2,confirmed,oui,Écrivez ici oui ou non.",
        "people.csv,3,email,oui,Ceci ne ressemble pas à une adresse électronique.",
        "people.csv,1,surprise,non,Cette colonne n’est pas connue : elle n’est pas lue.",
    ]


def test_many_problems_come_by_pages(browser):
    people = "email;name\n" + "x;X\n" * 120
    batch = read({"people.csv": people})
    rows = [page(browser, batch, page=number).count("people.csv, ") for number in (1, 2, 3, 4)]
    assert rows == [50, 50, 20, 0]
    assert page(browser, batch, page="first").count("people.csv, ") == 50


def test_nothing_given_is_said_and_nothing_is_kept(browser):
    answer = browser.post(reverse("desk-imports"), {"kind": "association"}, **FRENCH)
    assert (answer.status_code, Batch.objects.count()) == (422, 0)
    empty = give(browser, {"a.csv": "\n"})
    assert (empty.status_code, "Choisissez au moins un fichier" in empty.content.decode()) == (422, True)


def test_unreadable_file_says_why(browser):
    batch = read({"photo.csv": b"\x89PNG\r\n\x1a\n\x00\x00"})
    assert (batch.state, "pas un fichier texte" in page(browser, batch)) == ("unreadable", True)
    act(browser, batch, "discard")
    assert "a été abandonné" in page(browser, batch)


def test_second_act_is_refused_in_words(browser):
    first, second = read(WHOLE), read({"people.csv": PEOPLE.replace("organisation;role", "a;b")})
    act(browser, first, "apply")
    answer = act(browser, second, "apply")
    assert "Un autre import est en cours" in answer.content.decode()
    assert browser.post(reverse("desk-import-act", args=[first.public_id, "burn"])).status_code == 404
    assert browser.get(reverse("desk-import", args=["nothing"])).status_code == 404


def test_links_are_offered_and_sent(browser):
    batch = imported({"people.csv": "email;name\nnora@lavoir.example;Nora\n"})
    assert "1 personne n’a pas encore de phrase de passe" in page(browser, batch)
    act(browser, batch, "mail")
    drain()
    assert ([row.to_address for row in Email.objects.all()], "Leur envoyer un lien" in page(browser, batch)) == (
        ["nora@lavoir.example"], False,
    )  # fmt: skip


def test_import_whose_procedure_was_cancelled_goes_on(browser, staff):
    batch = read(WHOLE)
    act(browser, batch, "apply")
    procedures.cancel(procedure=Procedure.objects.get(kind="organisations.import_part"), by=staff)
    drain()
    assert "s’est arrêté en chemin" in page(browser, batch)
    act(browser, batch, "go-on")
    drain()
    batch.refresh_from_db()
    assert (batch.state, Person.objects.count()) == ("applied", 4)


def test_what_stays_after_an_undo_is_named(browser):
    batch = imported({"people.csv": "email;name\nnora@lavoir.example;Nora Émile\n"})
    Person.objects.filter(name="Nora Émile").update(last_login=batch.created_at)
    act(browser, batch, "undo")
    drain()
    seen = page(browser, batch)
    assert ("Nora Émile" in seen, "la personne s’est connectée depuis" in seen) == (True, True)


@pytest.mark.parametrize("kind", ["organisation", "person", "role", "name", "domain", "mailbox", "redirection"])
def test_template_is_a_table_that_is_read(browser, kind):
    answer = browser.get(reverse("desk-import-template", args=[kind]))
    batch = read({f"{kind}.csv": answer.content})
    assert (batch.files.get().format, {row.code for row in batch.problems.all()} - {"unknown_organisation", "unknown_person", "unknown_domain"}) == (
        f"csv_{kind}", set(),
    )  # fmt: skip
    assert browser.get(reverse("desk-import-template", args=["x"])).status_code == 404


def test_application_is_linked_to_a_client(browser, alice, bob):
    nuage = factories.client("Nuage")
    factories.account_name(alice, "nextcloud", "amartin")
    assert "nextcloud" in browser.get(reverse("desk-account-names")).content.decode()
    browser.post(reverse("desk-account-names"), {"application": "nextcloud", "client": nuage.public_id})
    assert identity.account_name(nuage, alice) == "amartin"
    factories.account_name(bob, "cloud", "amartin")
    answer = browser.post(
        reverse("desk-account-names"), {"application": "cloud", "client": nuage.public_id}, follow=True, **FRENCH
    )
    assert "Une autre personne a déjà ce nom d’utilisateur" in answer.content.decode()
