# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages about applications: at the desk, and those of the people who enter them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.identity import operations, personal
from archipel.identity.models import Client, Consent, SignIn
from archipel.kernel.references import digest
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")
TYPED = {
    "name": "Nuage", "kind": "confidential", "subject": "public", "redirect_uris": f"{asking.BACK}\r\n\r\nhttps://b.example/",
    "scopes": ["openid", "email"], "claims": ["roles"], "refreshes": "on",
}  # fmt: skip


def _secret_in(answer):
    found = re.search(r'class="secret"><code>([\w-]{43})</code>', answer.content.decode())
    return found[1] if found else ""


def test_the_desk_registers_an_application_and_sees_its_secret_once(client, staff):
    client.force_login(staff)

    answer = client.post("/desk/applications/new/", TYPED)
    page = client.get(f"/desk/applications/{Client.objects.get().public_id}/")

    made = Client.objects.get()
    assert (made.redirect_uris, made.scopes, made.claims) == (
        [asking.BACK, "https://b.example/"],
        ["openid", "email"],
        ["roles"],
    )
    assert (digest(_secret_in(answer)), _secret_in(page)) == (made.secret_digest, "")
    assert [
        "http://testserver/.well-known/openid-configuration" in page.content.decode(),
        made.public_id in page.content.decode(),
    ] == [True] * 2


def test_what_cannot_be_taken_is_said_beside_its_field_and_what_was_typed_stays(client, staff):
    client.force_login(staff)

    answer = client.post("/desk/applications/new/", TYPED | {"redirect_uris": "http://nuage.example/"})

    assert (answer.status_code, Client.objects.count()) == (422, 0)
    assert "http://nuage.example/" in answer.context["form"].errors["redirect_uris"][0]
    assert 'value="Nuage"' in answer.content.decode()


def test_the_desk_changes_renews_and_closes(client, staff, cloud):
    application, old = cloud
    client.force_login(staff)
    page = f"/desk/applications/{application.public_id}/"

    changed = client.post(page, TYPED | {"name": "Nuage commun", "pkce_exemption": "Trop vieille"})
    renewed = client.post(f"{page}secret/")
    shown = client.get(page).content.decode()
    closed = client.post(f"{page}close/", follow=True)

    application.refresh_from_db()
    assert (changed.status_code, application.name, application.pkce_exemption) == (302, "Nuage commun", "Trop vieille")
    assert (len(_secret_in(renewed)), _secret_in(renewed) != old, "Trop vieille" in shown) == (43, True, True)
    assert (closed.status_code, application.closed_at is not None) == (200, True)


def test_a_list_of_applications_asks_as_often_for_three_as_for_one(client, staff, bob):
    client.force_login(staff)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/desk/applications/").status_code == 200
        return len(seen)

    asking.let_in(asking.registered("A")[0], bob)
    client.get("/desk/applications/")
    one = queries()
    for name in "BC":
        asking.let_in(asking.registered(name)[0], bob)

    assert queries() == one


def test_a_person_sees_what_knows_them_and_takes_it_back(inside, cloud, bob):
    forum, _secret = asking.registered("Forum", asks_consent=True, claims=["roles"])
    asking.let_in(forum, bob)
    operations.give_consent(client=forum, person=bob, scopes=["openid", "email"])
    given = asking.tokens(inside, *cloud)
    asking.registered("Jamais vue")

    page = inside.get("/account/applications/").content.decode()
    answer = inside.post(f"/account/applications/{forum.public_id}/withdraw/")
    out = inside.post(f"/account/applications/{cloud[0].public_id}/withdraw/")

    assert [name in page for name in ("Nuage", "Forum", "Jamais vue")] == [True, True, False]
    assert (answer.status_code, out.status_code, Consent.objects.count()) == (302, 302, 0)
    assert asking.userinfo(inside, given["access_token"]).status_code == 401
    assert SignIn.objects.filter(ended_at=None).count() == 0


def test_what_one_never_entered_does_not_exist(inside):
    other, _secret = asking.registered("Forum")

    assert inside.post(f"/account/applications/{other.public_id}/withdraw/").status_code == 404


def test_ones_own_list_asks_as_often_for_three_as_for_one(inside, cloud, bob):
    def enter(pair):
        asking.let_in(pair[0], bob)
        asking.tokens(inside, *pair)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            inside.get("/account/applications/")
        return len(seen)

    enter(cloud)
    inside.get("/account/applications/")
    one = queries()
    for name in "BC":
        enter(asking.registered(name))

    assert queries() == one


def test_all_my_data_says_who_knows_me(inside, cloud, bob):
    asking.tokens(inside, *cloud)

    told = personal.export(bob)["applications"]

    assert [(row["name"], row["consent"], len(row["told"])) for row in told] == [("Nuage", False, 4)]


def test_nothing_is_left_of_who_is_forgotten(inside, cloud, bob):
    asking.tokens(inside, *cloud)
    operations.give_consent(client=cloud[0], person=bob, scopes=["openid"])

    operations.forget_person(person=bob, pseudonym="Sterne")

    assert (SignIn.objects.count(), Consent.objects.count()) == (0, 0)


def test_a_reviewer_does_not_see_the_applications(client, reviewer, cloud):
    client.force_login(reviewer)

    pages = ["/desk/applications/", "/desk/applications/new/", f"/desk/applications/{cloud[0].public_id}/"]
    assert [client.get(page).status_code for page in pages] == [404] * 3


def test_the_setting_page_leads_to_them(client, staff):
    client.force_login(staff)

    assert 'href="/desk/applications/"' in client.get("/desk/settings/").content.decode()
