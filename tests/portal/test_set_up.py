# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.host import operations as host_operations
from archipel.host import queries as host
from archipel.host.models import Host
from archipel.identity.models import Person
from archipel.mailing.models import Email
from archipel.organisations.access import desk_may
from archipel.organisations.models import Invitation, Organisation, Town
from tests import factories

TYPED = {
    "name": "L’Escale", "postal_address": "12, quai des Sternes", "contact_address": "bonjour@lescale.fr", "telephone": "",
    "publication_director": "Maëlle Riou", "portal_url": "https://portail.lescale.fr", "sites_domain": "lescale-pages.fr",
    "languages": ["fr", "en"], "sender_name": "L’Escale", "sender_address": "bonjour@lescale.fr", "dkim_selector": "",
    "administrator_name": "Yann Le Goff", "administrator_email": "yann@lescale.fr",
}  # fmt: skip
PASSPHRASE = "quatre bateaux bleus au port"


@pytest.fixture
def real(settings, db):
    """A real host, not set up yet; towns are there already so that each test does not read them again."""
    settings.DEMONSTRATION = False
    settings.NAMES_LOOKUP = "archipel.connectors.dns.fake.FakeLookup"
    Town.objects.create(
        code="29039", name="Concarneau", search_name="concarneau", department="29", region="53", postcodes="29900"
    )
    host.forget_remembered()
    return host_operations.new_set_up_code()


def set_up(client, code, **changes):
    return client.post("/set-up/", TYPED | {"code": code} | changes, headers={"Accept-Language": "fr"})


def test_everything_leads_to_the_set_up_page_until_it_is_done(client, real):
    places = [
        client.get(path).headers.get("Location")
        for path in ("/", "/services/", "/desk/", "/account/login/", "/nothing/")
    ]

    assert places == ["/set-up/"] * 5
    assert client.get("/set-up/").status_code == 200


def test_programs_read_why(client, real):
    answer = client.get("/api/services")

    assert (answer.status_code, answer.json()["code"]) == (503, "not_set_up")


def test_the_code_of_the_link_is_already_typed(client, real):
    assert f'value="{real}"' in client.get(f"/set-up/?code={real}").content.decode()


@pytest.mark.slow
def test_towns_are_there_after_the_set_up(client, real):
    Town.objects.all().delete()

    set_up(client, real)

    assert Town.objects.count() > 30_000


def test_the_host_is_set_up_and_its_administrator_invited(client, real, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = set_up(client, real)

    assert response.headers["Location"] == "/set-up/done/"
    assert (Host.objects.get().name, Organisation.objects.get().kind) == ("L’Escale", "host")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("yann@lescale.fr", "administrator")
    assert Email.objects.get().to_address == "yann@lescale.fr"
    with pytest.raises(host_operations.WrongCode):
        host_operations.check_set_up_code(code=real)


@pytest.fixture
def done(client, real, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client, real)


def test_a_passphrase_chosen_at_once_enters_the_desk(client, done):
    response = client.post("/set-up/done/", {"passphrase": PASSPHRASE})

    person = Person.objects.get()
    assert response.headers["Location"] == "/desk/"
    assert person.check_password(PASSPHRASE)
    assert client.get("/desk/").headers["Location"] == "/account/second-factor/needed/?next=%2Fdesk%2F"
    factories.second_factor_for()
    assert desk_may(Person.objects.get(), "settings")
    assert client.session["_auth_user_id"] == str(person.pk)
    assert Invitation.objects.get().withdrawn_at is not None
    assert client.get("/set-up/done/").status_code == 404


def test_a_weak_passphrase_is_refused(client, done):
    assert client.post("/set-up/done/", {"passphrase": "court"}).status_code == 422
    assert not Person.objects.filter(password__startswith="md5").exists()


def test_somebody_else_cannot_choose_the_passphrase(client, done, django_user_model):
    client.cookies.clear()

    assert client.get("/set-up/done/").status_code == 404
    assert client.post("/set-up/done/", {"passphrase": PASSPHRASE}).status_code == 404


def test_the_page_is_gone_once_it_is_done(client, real, done):
    assert client.get("/set-up/").status_code == 404
    assert set_up(client, real).status_code == 404
    assert client.get("/services/").status_code == 200


def test_the_last_page_shows_what_the_names_say_and_sends_a_test(client, done):
    page = client.get("/set-up/done/", headers={"Accept-Language": "fr"}).content.decode()
    client.post("/set-up/done/", {"to": "yann@lescale.fr"})

    assert [title in page for title in ("SPF", "DKIM", "DMARC", "MX", "ARCHIPEL_SMTP")] == [True] * 5
    assert Email.objects.filter(name="mailing/test", to_address="yann@lescale.fr").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "aaaa-bbbb-cccc"}, "code"),
        ({"sites_domain": "sites.lescale.fr"}, "sites_domain"),
        ({"sites_domain": "portail.lescale.fr"}, "sites_domain"),
        ({"sites_domain": "not a domain"}, "sites_domain"),
        ({"languages": []}, "languages"),
        ({"administrator_email": "yann"}, "administrator_email"),
    ],
)
def test_an_error_keeps_everything_typed_and_sets_nothing_up(client, real, changes, field):
    response = set_up(client, changes.pop("code", real), **changes)

    page = response.content.decode()
    assert (response.status_code, Host.objects.count(), Invitation.objects.count()) == (422, 0, 0)
    assert f"id_{field}" in page.split("<form")[0] or f"id_{field}_error" in page
    assert [value in page for value in ("L’Escale", "12, quai des Sternes", "Yann Le Goff")] == [True] * 3


def test_the_code_is_not_guessed(client, real):
    for _ in range(10):
        set_up(client, "aaaa-bbbb-cccc")

    assert "Trop d’essais" in set_up(client, real).content.decode()
    assert not Host.objects.exists()


def test_the_demonstration_has_no_set_up_page(client, host):
    assert client.get("/set-up/").status_code == 404
