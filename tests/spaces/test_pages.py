# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.history import queries as history
from archipel.kernel import clock
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries
from archipel.spaces.models import Closing, Export, Hold, Publication, Report, Space
from archipel.spaces.operations import Notice
from archipel.spaces.operations.reporting import GoodFaithMissing
from tests import factories
from tests.spaces.test_publishing import HOSTILE
from tests.spaces.test_reports import NOTICE

pytestmark = pytest.mark.django_db


def _zip(files=None, name="site.zip"):
    return SimpleUploadedFile(name, factories.zip_of(files).getvalue(), content_type="application/zip")


def _page(site) -> str:
    return reverse("space", args=[site.public_id])


@pytest.fixture
def enter(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def test_site_page_shows_address_usage_and_people(site, enter, alice):
    page = enter(alice).get(_page(site))

    text = page.content.decode()
    assert page.status_code == 200
    assert 'href="http://trois-ponts.pages.example/"' in text
    assert "Bob Leroy" in text
    assert page.context["view"].publishable is True
    assert text.count("<h1") == 1


@pytest.mark.parametrize("who", ["charlie", "anonymous"])
def test_stranger_learns_nothing(site, enter, charlie, client, who):
    answer = (enter(charlie) if who == "charlie" else client).get(_page(site))
    assert answer.status_code == (404 if who == "charlie" else 302)


def test_member_may_publish_but_neither_export_nor_close(site, enter, bob):
    client = enter(bob)
    page = client.get(_page(site))
    assert page.context["view"].may == frozenset({"publish"})
    assert client.post(reverse("space-exports", args=[site.public_id])).status_code == 403
    assert client.get(reverse("space-close", args=[site.public_id])).status_code == 403
    assert client.post(reverse("space-hold", args=[site.public_id]), {"effect": "suspended"}).status_code == 403
    assert Export.objects.count() == 0


def test_zip_published_by_the_page_is_online(site, enter, alice, websites):
    answer = enter(alice).post(
        reverse("space-publish", args=[site.public_id]),
        {"archive": _zip()},
        REMOTE_ADDR="203.0.113.9",
        REMOTE_PORT="4711",
    )

    assert (answer.status_code, answer["Location"]) == (302, _page(site))
    made = Publication.objects.get()
    assert (made.state, made.from_address, made.from_port) == ("online", "203.0.113.9", 4711)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_zip_through_the_page_is_refused_in_words(site, enter, alice, websites, case, language, settings):
    made, _, file = HOSTILE[case]
    client = enter(alice)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    archive = SimpleUploadedFile("site.zip", made().getvalue(), content_type="application/zip")

    answer = client.post(reverse("space-publish", args=[site.public_id]), {"archive": archive})

    error = answer.context["zip_form"].errors["archive"][0]
    assert answer.status_code == 422
    assert file in error
    assert ("Your site is unchanged." in error) == (language == "en")
    assert ("Votre site est inchangé" in error) == (language == "fr")
    assert websites.online(site.public_id) is None


def test_body_too_long_for_the_quota_is_refused_before_it_is_parsed(site, enter, alice):
    Space.objects.update(quota_bytes=1000)

    answer = enter(alice).post(
        reverse("space-publish", args=[site.public_id]),
        data=b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10**9),
    )

    assert answer.status_code == 422
    assert Publication.objects.count() == 0


def test_form_without_a_file_says_so(site, enter, alice):
    answer = enter(alice).post(reverse("space-publish", args=[site.public_id]), {})
    assert (answer.status_code, list(answer.context["zip_form"].errors)) == (422, ["archive"])


@pytest.mark.parametrize("name", ["space-publish", "space-uploads", "space-hold", "space-exports"])
def test_acts_ask_for_the_token_of_the_page(site, alice, name):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse(name, args=[site.public_id]), {}).status_code == 403


def test_upload_asks_for_the_token_of_the_page(site, alice):
    from django.test import Client

    upload = operations.start_upload(space=site, person=alice)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(reverse("space-upload", args=[site.public_id, upload.public_id]), {}).status_code == 403


def test_folder_is_sent_in_batches_and_finished(site, enter, alice, websites):
    client = enter(alice)
    begun = client.post(reverse("space-uploads", args=[site.public_id])).json()
    for batch in range(3):
        paths = [f"pages/{batch}/{number}.html" for number in range(100)]
        files = [SimpleUploadedFile("x.html", b"page") for _ in paths]
        answer = client.post(begun["add"], {"files": files, "paths": json.dumps(paths)})
        assert answer.json() == {"files": 100 * (batch + 1), "bytes": 400 * (batch + 1)}

    done = client.post(begun["finish"]).json()

    assert (done["number"], done["page"]) == (1, _page(site))
    assert dict(websites.paths(site.public_id, done["version"]))["pages/2/99.html"] == 4


@pytest.mark.parametrize("paths", ["", "{}", '["a", "b"]', "[1]"])
def test_batch_that_does_not_fit_its_paths_is_refused(site, enter, alice, paths):
    client = enter(alice)
    begun = client.post(reverse("space-uploads", args=[site.public_id])).json()

    answer = client.post(begun["add"], {"files": [SimpleUploadedFile("a", b"1")], "paths": paths})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_batch")


def test_upload_belongs_to_who_began_it(site, enter, alice, bob):
    begun = enter(alice).post(reverse("space-uploads", args=[site.public_id])).json()
    answer = enter(bob).post(begun["finish"])
    assert (answer.status_code, Publication.objects.get().state) == (404, "receiving")


def test_given_up_upload_leaves_the_site(site, enter, alice, websites):
    client = enter(alice)
    begun = client.post(reverse("space-uploads", args=[site.public_id])).json()
    client.post(begun["abandon"])
    assert Publication.objects.get().state == "abandoned"
    assert client.post(begun["finish"]).json()["code"] == "upload_over"


def test_version_comes_back_in_one_click(site, enter, alice, websites):
    first = operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"2"}), person=alice)
    page = enter(alice).get(_page(site))
    assert [(line.number, line.online) for line in page.context["view"].versions] == [(2, True), (1, False)]

    enter(alice).post(reverse("space-restore", args=[site.public_id, first.public_id]))

    assert websites.online(site.public_id) == first.public_id


def test_version_of_another_site_is_not_found(site, enter, alice):
    other = factories.open_site(factories.organisation(name="Autre"), label="autre")
    version = operations.publish_zip(space=other, archive=factories.zip_of(), person=None)

    answer = enter(alice).post(reverse("space-restore", args=[site.public_id, version.public_id]))

    assert answer.status_code == 404


def test_silent_store_is_said_and_what_was_asked_is_kept(site, enter, alice, websites):
    websites.faults.fail("silent")
    answer = enter(alice).post(reverse("space-publish", args=[site.public_id]), {"archive": _zip()})
    assert answer.status_code == 503
    assert len(answer.context["zip_form"].non_field_errors()) == 1


def test_referent_pauses_and_resumes_the_site(site, enter, alice):
    client = enter(alice)
    client.post(reverse("space-hold", args=[site.public_id]), {"effect": "suspended", "reason": "Congés"})
    hold = Hold.objects.get()
    page = client.get(_page(site))
    assert [(line.reason, line.own) for line in page.context["view"].holds] == [("Congés", True)]

    client.post(reverse("space-lift-hold", args=[site.public_id, hold.public_id]))

    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_organisation_reads_why_it_is_held_and_cannot_lift_it(site, enter, alice, staff):
    hold = operations.place_hold(space=site, kind="abuse", effect="suspended", reason="Hameçonnage", by=staff)
    client = enter(alice)
    text = client.get(_page(site)).content.decode()
    assert "Hameçonnage" in text
    assert "bonjour@lescale.example" in text
    assert client.post(reverse("space-lift-hold", args=[site.public_id, hold.public_id])).status_code == 403


def test_opening_page_follows_the_procedure(host, trois_ponts, alice, enter):
    factories.website_service()
    agreement = factories.agreement(trois_ponts, factories.website_service(), state="agreed", agreed_by=alice)
    space = operations.open_space(
        organisation=trois_ponts,
        service=factories.website_service(),
        agreement=agreement,
        title="Site",
        label="trois-ponts",
        quota_bytes=5 * 10**9,
        language="fr",
    )
    client = enter(alice)
    assert client.get(_page(space))["Location"] == reverse("space-opening", args=[space.public_id])
    before = client.get(reverse("space-opening", args=[space.public_id]))
    assert 'data-refresh="4"' in before.content.decode()
    assert (before.context["progress"].done, before.context["progress"].total) == (0, 6)

    drain(raise_errors=False)

    after = client.get(reverse("space-opening", args=[space.public_id]))
    assert "data-refresh=" not in after.content.decode()
    assert after.context["progress"].state == "done"


def test_export_is_asked_and_fetched(site, enter, alice, bob):
    enter(alice).post(reverse("space-exports", args=[site.public_id]))
    drain()
    export = Export.objects.get()
    url = reverse("space-export", args=[site.public_id, export.public_id])
    answer = enter(alice).get(url)
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    assert answer["Content-Disposition"].startswith("attachment")
    assert enter(bob).get(url).status_code == 403

    Export.objects.update(expires_on=clock.today() - timedelta(days=1))
    assert enter(alice).get(url).status_code == 404


def test_export_of_another_site_is_not_found(site, enter, alice):
    other = factories.open_site(factories.organisation(name="Autre"), label="autre")
    export = operations.ask_export(space=other)
    drain()
    answer = enter(alice).get(reverse("space-export", args=[site.public_id, export.public_id]))
    assert answer.status_code == 404


def test_closing_by_the_page_cancelled_then_confirmed_with_the_host(site, enter, alice, staff):
    where = [site.public_id]
    client = enter(alice)
    assert client.post(reverse("space-close", args=where), {"reason": "Fin"}).status_code == 422
    client.post(reverse("space-close", args=where), {"reason": "Fin", "understood": "on"})
    client.post(reverse("space-cancel-closing", args=where))
    client.post(reverse("space-close", args=where), {"reason": "Fin", "understood": "on"})
    drain()
    Closing.objects.update(delete_after=clock.today())
    assert client.get(_page(site)).context["view"].closing.may_confirm is True

    client.post(reverse("space-confirm-deletion", args=where))
    assert client.get(_page(site)).context["view"].closing.may_confirm is False
    enter(staff).post(reverse("desk-space-confirm-deletion", args=where))
    drain()

    client = enter(alice)
    assert client.get(_page(site)).context["view"].closing.proof["objects_deleted"] > 0
    proof = client.get(reverse("space-proof", args=where))
    assert json.loads(proof.content)["space"]["id"] == site.public_id


def test_there_is_no_proof_before_a_deletion(site, enter, alice):
    assert enter(alice).get(reverse("space-proof", args=[site.public_id])).status_code == 404


def test_notice_is_sent_without_an_account(site, client):
    url = reverse("space-report", args=["trois-ponts.pages.example"])
    assert client.get(url).status_code == 200

    answer = client.post(url, {**NOTICE, "good_faith": "on"})

    report = Report.objects.get()
    assert answer["Location"] == reverse("space-report-received", args=["trois-ponts.pages.example", report.public_id])
    assert report.public_id in client.get(answer["Location"]).content.decode()


def test_notice_with_an_error_keeps_what_was_typed(site, client):
    url = reverse("space-report", args=["trois-ponts.pages.example"])
    answer = client.post(url, {**NOTICE, "address": "https://other.example/", "good_faith": "on"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["address"]
    assert NOTICE["explanation"] in answer.content.decode()
    assert Report.objects.count() == 0


def test_empty_notice_is_told_all_that_is_missing_at_once(site, client):
    answer = client.post(reverse("space-report", args=["trois-ponts.pages.example"]), {})

    errors = {name: [str(text) for text in texts] for name, texts in answer.context["form"].errors.items()}
    assert list(errors) == ["address", "category", "explanation", "name", "email", "good_faith"]
    assert errors["good_faith"] == [str(GoodFaithMissing.message)]


def test_program_that_fills_every_field_leaves_no_notice(site, client):
    url = reverse("space-report", args=["trois-ponts.pages.example"])
    answer = client.post(url, {**NOTICE, "good_faith": "on", "website": "https://spam.example"})
    assert (answer.status_code, Report.objects.count()) == (302, 0)


def test_notices_are_limited_by_address(site, client):
    url = reverse("space-report", args=["trois-ponts.pages.example"])
    for _ in range(10):
        client.post(url, {**NOTICE, "good_faith": "on"})
    answer = client.post(url, {**NOTICE, "good_faith": "on"})
    assert (answer.status_code, Report.objects.count()) == (422, 10)


@pytest.mark.parametrize("address", ["nobody.pages.example", "..", "x"])
def test_notice_about_no_site_of_ours_is_not_found(site, client, address):
    assert client.get(f"/report/{address}/").status_code == 404


def test_decision_at_the_desk_shows_its_statement_to_the_organisation(site, enter, staff, alice):
    report = operations.report_site(space=site, notice=Notice(**NOTICE))
    desk = enter(staff)
    url = reverse("desk-report", args=[report.public_id])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"decision": "suspended", "facts": "x"}).status_code == 409
    ground = {"facts": "Faits", "ground_kind": "terms", "ground": "Article 4"}
    desk.post(url, {"decision": "suspended", **ground})

    text = enter(alice).get(reverse("space-statement", args=[site.public_id, report.public_id])).content.decode()

    assert ("Faits" in text, "Article 4" in text, NOTICE["name"] in text) == (True, True, False)


@pytest.mark.parametrize("roles", [["reviewer"], ["editor"], ["host_treasurer"]])
def test_notices_are_for_who_decides_on_them(site, enter, roles):
    report = operations.report_site(space=site, notice=Notice(**NOTICE))
    person = factories.host_person(roles=roles)
    assert enter(person).get(reverse("desk-report", args=[report.public_id])).status_code == 404


def test_undecided_notice_is_no_statement(site, enter, alice):
    report = operations.report_site(space=site, notice=Notice(**NOTICE))
    url = reverse("space-statement", args=[site.public_id, report.public_id])
    assert enter(alice).get(url).status_code == 404


def test_desk_finds_spaces_by_title_organisation_address_and_state(site, enter, staff):
    other = factories.space(factories.organisation(name="Le Lavoir"), label="lavoir", title="Autre chose")
    client = enter(staff)

    def found(**asked):
        page = client.get(reverse("desk-spaces"), asked).context["page"]
        return [line.space_id for line in page.lines]

    assert found() == [other.public_id, site.public_id]
    assert found(search="lavoir") == [other.public_id]
    assert found(search="Trois-Ponts") == [site.public_id]
    assert found(search="trois-ponts.pages") == [site.public_id]
    assert found(state="closing") == []
    operations.place_hold(space=site, kind="abuse", effect="suspended", reason="x", by=staff)
    assert found(state="held") == [site.public_id]


def test_desk_pages_by_twenty_without_counting(host, enter, staff, trois_ponts):
    for number in range(21):
        factories.space(trois_ponts, label=f"site-{number}", title=f"Site {number}")
    client = enter(staff)
    with CaptureQueriesContext(connection) as seen:
        first = client.get(reverse("desk-spaces"))
    assert [query["sql"] for query in seen if "COUNT(" in query["sql"] and "spaces_space" in query["sql"]] == []
    page = first.context["page"]
    assert (len(page.lines), page.older != "") == (20, True)
    second = client.get(reverse("desk-spaces"), {"before": page.older}).context["page"]
    assert ([line.title for line in second.lines], second.older) == (["Site 0"], "")


@pytest.mark.parametrize("acts", ["portal", "desk"])
def test_desk_and_portal_page_cost_the_same_whatever_the_number_of_rows(site, enter, staff, alice, acts):
    url = _page(site) if acts == "portal" else reverse("desk-space", args=[site.public_id])
    client = enter(alice if acts == "portal" else staff)

    def counted() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    def add(number: int) -> None:
        body = f"{number}".encode()
        operations.publish_zip(space=site, archive=factories.zip_of({"index.html": body}), person=alice)
        operations.place_hold(space=site, kind="maintenance", effect="read_only", reason="x", by=staff)
        operations.ask_export(space=site, by=alice)
        operations.report_site(space=site, notice=Notice(**NOTICE))
        drain()
        for hold in Hold.objects.filter(lifted_at=None):
            operations.lift_hold(hold=hold, by=staff)
        drain()

    add(1)
    one = counted()
    add(2)
    add(3)
    assert counted() == one


def test_tiles_cost_the_same_whatever_their_number(site, alice, trois_ponts, django_assert_num_queries):
    with django_assert_num_queries(3):
        groups = queries.tiles_of(alice)
    assert [[tile.title for tile in group.tiles] for group in groups] == [["Site des Trois-Ponts"]]
    other = factories.organisation(name="A", referent=alice)
    factories.space(other, label="autre", title="Autre")
    factories.space(trois_ponts, label="encore", title="Encore", state="opening", opened_at=None)
    with django_assert_num_queries(3):
        groups = queries.tiles_of(alice)
    assert [(group.name, [tile.waiting for tile in group.tiles]) for group in groups] == [
        ("A", [False]),
        ("La ressourcerie des Trois-Ponts", [True, False]),
    ]


def test_tile_is_named_after_its_service_and_told_apart_from_its_neighbours(site, alice, trois_ponts):
    factories.space(trois_ponts, label="ponts-bis", title=trois_ponts.name)

    [group] = queries.tiles_of(alice)

    assert [(tile.service, tile.apart) for tile in group.tiles] == [
        ("Site web", "ponts-bis"),
        ("Site web", "Site des Trois-Ponts"),
    ]


def test_tiles_are_only_of_organisations_one_belongs_to(site, charlie):
    assert queries.tiles_of(charlie) == []


def test_desk_acts_hold_lift_quota_compare_export_and_close(site, enter, staff, websites, alice):
    client, where = enter(staff), [site.public_id]
    assert client.get(reverse("desk-space", args=where)).status_code == 200
    client.post(reverse("desk-space-hold", args=where), {"kind": "unpaid", "effect": "read_only", "reason": "Facture"})
    assert client.post(reverse("desk-space-hold", args=where), {"kind": "unpaid"}).status_code == 422
    hold = Hold.objects.get()
    client.post(reverse("desk-space-lift-hold", args=[site.public_id, hold.public_id]))
    client.post(reverse("desk-space-quota", args=where), {"gigabytes": "7.5"})
    drain()
    assert websites._read(site.public_id).quota == 7_500_000_000
    client.post(reverse("desk-space-quota", args=where), {"gigabytes": ""})
    client.post(reverse("desk-space-look-again", args=where))
    client.post(reverse("desk-space-export", args=where))
    client.post(reverse("desk-space-close", args=where), {"close-reason": "Fin", "close-understood": "on"})
    drain()
    site.refresh_from_db()
    assert (site.quota_bytes, site.state, site.healthy) == (None, "closing", True)
    assert Export.objects.filter(ready_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    ("name", "roles", "status"),
    [
        ("desk-space-hold", ["support"], 422),
        ("desk-space-hold", ["reviewer"], 404),
        ("desk-space-quota", ["support"], 404),
        ("desk-space-close", ["support"], 404),
        ("desk-space-confirm-deletion", ["support"], 404),
        ("desk-space-look-again", ["reviewer"], 404),
    ],
)
def test_desk_acts_follow_the_table_of_rights(site, enter, name, roles, status):
    person = factories.host_person(roles=roles)
    assert enter(person).post(reverse(name, args=[site.public_id]), {}).status_code == status
    assert Hold.objects.count() == 0


def test_abuse_of_children_is_reported_by_the_page_without_a_name(site, client):
    url = reverse("space-report", args=["trois-ponts.pages.example"])
    nameless = {**NOTICE, "name": "", "email": "", "good_faith": "on"}

    assert list(client.post(url, nameless).context["form"].errors) == ["name", "email"]
    assert client.post(url, {**nameless, "category": "child_abuse", "email": "x"}).status_code == 422
    assert client.post(url, {**nameless, "category": "child_abuse"}).status_code == 302
    assert Report.objects.values_list("category", "reporter_name", "reporter_email").get() == ("child_abuse", "", "")


def test_spaces_are_taken_away_as_a_table_without_formulas(site, enter, staff, reviewer, charlie):
    Space.objects.update(title="=cmd()")
    answer = enter(staff).get(reverse("desk-spaces-csv"))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].split(",")[0] == "'=cmd()"
    assert enter(charlie).get(reverse("desk-spaces-csv")).status_code == 404


def test_suspended_site_is_not_said_to_be_online_nor_paused_twice(site, enter, alice, websites):
    """The page says one thing: the version that is kept, and one way to put it back."""
    client, where = enter(alice), [site.public_id]
    operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    online = _versions(client, where)
    client.post(reverse("space-hold", args=where), {"effect": "suspended", "reason": ""})
    drain()

    assert (online, _versions(client, where)) == ((True, False, True), (False, True, False))
    assert next(line.sentence for line in history.of_object("space", site.public_id).lines) == (
        "Alice Martin a mis Site des Trois-Ponts en pause"
    )


def _versions(client, where) -> tuple[bool, bool, bool]:
    """Return whether the page says that a version is online, that it is only the current one, and offers a pause."""
    page = client.get(reverse("space", args=where)).content.decode()
    return ("En ligne</span>" in page, "Actuelle</span>" in page, "Mettre le site hors ligne pour un temps" in page)
