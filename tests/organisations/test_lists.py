# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inviting a list: read line by line, shown before anything leaves, sent once."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.organisations import lists, operations
from archipel.organisations.models import Invitation
from archipel.outbox.worker import drain

pytestmark = pytest.mark.usefixtures("host")


def rows_of(text, kind="collective"):
    found = lists.read(text, kind)
    assert found.problems == []
    return [(row.name, row.email, row.role) for row in found.rows]


def problems_of(text, kind="collective"):
    return [(problem.line, problem.text.replace("\u00a0", " ")) for problem in lists.read(text, kind).problems]


def sent_to():
    return sorted(Email.objects.filter(name="organisations/invitation").values_list("to_address", flat=True))


@pytest.mark.parametrize(
    "text",
    [
        "Camille Martin;camille@example.org;membre\nNoor Diallo;noor@example.org;trésorerie",
        "Camille Martin,camille@example.org,member\r\nNoor Diallo,noor@example.org,treasurer\r\n",
        "Camille Martin\tcamille@example.org\t\nNoor Diallo\tNoor@Example.org\ttrésorière",
        "\ufeffNom;Adresse électronique;Rôle\nCamille Martin;camille@example.org;\nNoor Diallo;noor@example.org;Trésorerie",
        "role;name;e-mail\n;Camille Martin;camille@example.org\ntreasurer;Noor Diallo;noor@example.org",
        '\n"Camille Martin";"camille@example.org";"member"\n\n;;\n"Noor Diallo";"noor@example.org";"TREASURER"\n',
    ],
)
def test_list_is_read_as_people_and_spreadsheets_write_it(text):
    assert rows_of(text) == [
        ("Camille Martin", "camille@example.org", "member"),
        ("Noor Diallo", "noor@example.org", "treasurer"),
    ]


def test_list_may_be_addresses_alone_or_as_mail_programs_copy_them():
    assert rows_of("camille@example.org\nNoor Diallo <noor@example.org>") == [
        ("", "camille@example.org", "member"),
        ("Noor Diallo", "noor@example.org", "member"),
    ]


def test_roles_are_those_of_the_organisation():
    assert rows_of("Ada;ada@example.org;editor", "host") == [("Ada", "ada@example.org", "editor")]
    assert problems_of("Ada;ada@example.org;editor") == [
        (1, "Il n’y a pas de rôle « editor » : Référent·e, Trésorerie, Membre.")
    ]


def test_every_problem_is_named_by_its_line():
    text = "\n".join(
        [
            "Nom;Adresse;Rôle",
            "Camille;camille@example.org;membre",
            "",
            "Noor;pas une adresse;membre",
            "Lou;;membre",
            "=Max;pas une adresse;capitaine",
            "Camille encore;CAMILLE@example.org;membre",
            f"{'x' * 121};x@example.org;membre",
            "Zoé;zoe@example.org;membre;de trop",
        ]
    )

    assert problems_of(text) == [
        (4, "Cela ne ressemble pas à une adresse électronique. Exemple : camille@example.org"),
        (5, "Il n’y a pas d’adresse sur cette ligne."),
        (6, "Le nom commence par « = » : un tableur le prendrait pour une formule."),
        (6, "Cela ne ressemble pas à une adresse électronique. Exemple : camille@example.org"),
        (6, "Il n’y a pas de rôle « capitaine » : Référent·e, Trésorerie, Membre."),
        (7, "Cette adresse figure déjà à la ligne 2."),
        (8, "Le nom dépasse 120 signes."),
        (9, "Il y a plus de colonnes que nom, adresse et rôle."),
    ]


def test_list_takes_five_hundred_lines_and_no_more():
    lines = [f"Personne {number};personne{number}@example.org;membre" for number in range(501)]

    assert len(rows_of("\n".join(lines[:500]))) == 500
    assert problems_of("\n".join(lines)) == [(0, "Cette liste compte 501 lignes ; 500 au plus partent à la fois.")]
    assert problems_of("a" * (lists.MOST_BYTES + 1)) == [
        (0, "Cette liste est trop longue pour être lue : 500 lignes au plus.")
    ]
    assert problems_of(" \n ; \n") == [(0, "La liste est vide.")]


@pytest.mark.parametrize(
    "line",
    [
        '=HYPERLINK("https://evil.example");eve@example.org;membre',
        "+33 1 02;eve@example.org;membre",
        "@SUM(A1);eve@example.org;membre",
        "-2+3;eve@example.org;membre",
        "Eve\x07;eve@example.org;membre",
        "Eve\u2028Bcc: all@example.org;eve@example.org;membre",
        "Eve\u202egnp;eve@example.org;membre",
        '"Eve\nBcc: all@example.org";eve@example.org;membre',
        "Eve;eve@example.org\x0bBcc:all@example.org;membre",
        "Eve;eve@example.org,all@example.org;membre",
        "Eve;<eve@example.org>,<all@example.org>;membre",
        'Eve;"eve\\@x"@example.org;membre',
        "Eve;eve@example.org%0ABcc:all@example.org;membre",
        "Eve;eve@example.org\x00;membre",
    ],
)
def test_hostile_lines_are_problems_and_nothing_is_sent(trois_ponts, alice, line):
    with pytest.raises(operations.ListHasProblems):
        operations.invite_list(organisation=trois_ponts, text=f"Ada;ada@example.org;membre\n{line}", by=alice)

    assert (Invitation.objects.count(), Email.objects.count()) == (0, 0)


def test_list_is_sent_whole_and_once(trois_ponts, alice):
    text = "Camille;camille@example.org;membre\nNoor;noor@example.org;trésorerie"

    first = operations.invite_list(organisation=trois_ponts, text=text, by=alice)
    second = operations.invite_list(organisation=trois_ponts, text=text, by=alice)

    assert (first.sent, first.left, second.sent, second.left) == (2, 0, 0, 2)
    assert sent_to() == ["camille@example.org", "noor@example.org"]
    rows = Invitation.objects.order_by("email").values_list("email", "name", "role", "invited_by__name")
    assert list(rows) == [
        ("camille@example.org", "Camille", "member", "Alice Martin"),
        ("noor@example.org", "Noor", "treasurer", "Alice Martin"),
    ]


def test_list_sends_again_what_expired_or_changed_role_and_nothing_to_members(trois_ponts, alice, bob):
    operations.invite(organisation=trois_ponts, email="late@example.org", role="member", by=alice)
    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        operations.invite(organisation=trois_ponts, email="other@example.org", role="member", by=alice)
        operations.invite(organisation=trois_ponts, email="same@example.org", role="member", by=alice)
        Email.objects.all().delete()

        done = operations.invite_list(
            organisation=trois_ponts,
            text=f"late@example.org\nother@example.org;;\nX;same@example.org;member\n{bob.email}\nY;other2@example.org;referent",
            by=alice,
        )

    assert (done.sent, done.left) == (2, 3)
    assert sent_to() == ["late@example.org", "other2@example.org"]


def test_list_changes_the_role_of_who_has_not_answered_yet(trois_ponts, alice):
    operations.invite(organisation=trois_ponts, email="noor@example.org", role="member", by=alice)

    operations.invite_list(organisation=trois_ponts, text="Noor;noor@example.org;treasurer", by=alice)

    assert list(Invitation.objects.values_list("email", "role")) == [("noor@example.org", "treasurer")]


def test_large_list_is_sent_in_parts(trois_ponts, alice):
    text = "\n".join(f"Personne {number};personne{number}@example.org" for number in range(60))

    assert operations.invite_list(organisation=trois_ponts, text=text, by=alice).sent == 60
    assert len(set(sent_to())) == 60


def test_mail_of_a_listed_person_has_one_addressee_and_their_name_in_it_only(trois_ponts, alice):
    operations.invite_list(organisation=trois_ponts, text="Ève « la » Martin;eve@example.org;membre", by=alice)
    drain()

    mail = Email.objects.get()
    assert (mail.to_address, mail.to_name) == ("eve@example.org", "Ève « la » Martin")
    assert [value for value in (mail.subject, mail.to_name, mail.to_address) if re.search(r"[\r\n]", value)] == []


@pytest.fixture
def page(client, trois_ponts, alice):
    client.force_login(alice)
    url = reverse("organisation-invite-many", args=[trois_ponts.public_id])
    return lambda **typed: client.post(url, typed)


def seen_in(answer):
    return re.search(r'name="seen" value="(\w+)"', answer.content.decode())[1]


def test_page_shows_what_would_be_sent_before_anything_is(page, bob):
    answer = page(text=f"Camille;camille@example.org\n{bob.email}", act="check")

    words = answer.content.decode()
    assert "1 invitation part." in words
    assert "1 personne fait déjà partie de l’organisation" in words
    assert (Invitation.objects.count(), Email.objects.count()) == (0, 0)


def test_page_sends_the_list_that_was_shown(page):
    text = "Camille;camille@example.org\r\nNoor;noor@example.org"
    seen = seen_in(page(text=text, act="check"))

    answer = page(text=text, act="send", seen=seen)

    assert (answer.status_code, sent_to()) == (302, ["camille@example.org", "noor@example.org"])


def test_page_sends_nothing_that_was_not_shown(page):
    seen = seen_in(page(text="Camille;camille@example.org", act="check"))

    answer = page(text="Camille;camille@example.org\nNoor;noor@example.org", act="send", seen=seen)
    unseen = page(text="Camille;camille@example.org", act="send")

    assert (answer.status_code, unseen.status_code, sent_to()) == (200, 200, [])
    assert "2 invitations partent." in answer.content.decode()


def test_page_puts_a_file_into_the_list_to_be_corrected(page):
    content = "Nom;Adresse;Rôle\nÉlodie;elodie@example.org;capitaine".encode("cp1252")

    answer = page(text="", act="check", file=SimpleUploadedFile("liste.csv", content))

    words = answer.content.decode()
    assert "Élodie;elodie@example.org;capitaine</textarea>" in words
    assert "Ligne 2" in words and 'name="seen"' not in words


def test_page_reads_a_file_even_when_it_is_told_to_send(page):
    text = "Camille;camille@example.org"
    seen = seen_in(page(text=text, act="check"))

    page(text=text, act="send", seen=seen, file=SimpleUploadedFile("x.csv", b"Noor;noor@example.org"))

    assert sent_to() == []


def test_page_refuses_a_file_no_list_can_be(page):
    answer = page(text="", act="check", file=SimpleUploadedFile("x.csv", b"x" * (lists.MOST_BYTES + 1)))

    assert list(answer.context["form"].errors) == ["file"]


def test_page_shows_hostile_words_as_words(page):
    answer = page(text="<script>alert(1)</script>;x;</textarea><script>", act="check")

    assert "<script>alert" not in answer.content.decode()


def test_page_stops_after_some_lists_an_hour(page):
    answers = []
    for number in range(6):
        text = f"p{number}@example.org"
        answers.append(page(text=text, act="send", seen=seen_in(page(text=text, act="check"))).status_code)

    assert (answers, len(sent_to())) == ([302] * 5 + [200], 5)


def test_page_of_a_list_refuses_a_form_from_elsewhere(trois_ponts, alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    url = reverse("organisation-invite-many", args=[trois_ponts.public_id])

    answer = browser.post(url, {"text": "eve@example.org", "act": "send"})

    assert (answer.status_code, Invitation.objects.count()) == (403, 0)


def test_people_as_a_table_can_be_read_back_and_holds_no_formula(client, trois_ponts, alice, bob):
    bob.name = '=HYPERLINK("https://evil.example";"clic")'
    bob.save()
    client.force_login(alice)

    answer = client.get(reverse("organisation-people-csv", args=[trois_ponts.public_id]))
    text = b"".join(answer).decode("utf-8-sig")

    assert list(csv.reader(io.StringIO(text))) == [
        ["Nom", "Adresse électronique", "Rôle"],
        ["Alice Martin", "alice@trois-ponts.example", "Référent·e"],
        ["'" + bob.name, "bob@trois-ponts.example", "Membre"],
    ]
    assert operations.invite_list(organisation=trois_ponts, text=text, by=alice).left == 2
