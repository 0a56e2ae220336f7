# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import translation

from archipel.history import queries as history
from archipel.kernel import clock, keys
from archipel.kernel.refusals import Refusal
from archipel.kernel.states import MoveRefused
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.spaces import domains, operations, personal, queries, states
from archipel.spaces.front import certificate_token
from archipel.spaces.models import Domain, Space
from tests import factories
from tests.spaces import proxies

pytestmark = pytest.mark.django_db
WWW, BARE, HERE = "www.troisponts.org", "troisponts.org", "203.0.113.5"


@pytest.fixture(autouse=True)
def names(settings, host):
    settings.NAMES_LOOKUP = "tests.spaces.proxies.lookup"
    settings.PROXY, settings.BEHIND_PROXY_OF_OURS = "tests.spaces.proxies.proxy", True
    settings.CERTIFICATE_AUTHORITY = "letsencrypt.org"
    proxies.renew()
    return proxies.renew_lookup().names


def _add(space, by, name=WWW) -> Domain:
    return operations.add_domain(space=space, name=name, by=by)


def _checked(domain) -> Domain:
    operations.check_domain(domain_id=domain.public_id)
    domain.refresh_from_db()
    return domain


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("www.troisponts.org", WWW),
        (" WWW.TroisPonts.ORG. ", WWW),
        ("https://www.troisponts.org/", WWW),
        ("élan.org", "xn--lan-9la.org"),
        ("a.b.asso.fr", "a.b.asso.fr"),
    ],
)
def test_a_name_is_kept_as_the_dns_writes_it(site, alice, typed, name):
    assert _add(site, alice, typed).name == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "not_a_domain"),
        ("troisponts", "not_a_domain"),
        ("*.troisponts.org", "not_a_domain"),
        ("trois ponts.org", "not_a_domain"),
        ("192.0.2.1", "not_a_domain"),
        ("troisponts.org/page", "not_a_domain"),
        ("troisponts.org:8080", "not_a_domain"),
        ("-a.org", "not_a_domain"),
        (f"{'a' * 64}.org", "not_a_domain"),
        ("org", "not_a_domain"),
        ("co.uk", "public_suffix"),
        ("asso.fr", "public_suffix"),
        ("pages.example", "domain_of_the_host"),
        ("autre.pages.example", "domain_of_the_host"),
        ("a.testserver", "domain_of_the_host"),
        ("mail.lescale.example", "domain_of_the_host"),
    ],
)
def test_what_is_not_a_name_of_ones_own_is_refused(site, alice, typed, code):
    with pytest.raises(Refusal) as refused:
        _add(site, alice, typed)
    assert (refused.value.code, refused.value.field) == (code, "name")
    assert Domain.objects.count() == 0


@pytest.mark.parametrize("typed", ["id.entrer.example", "entrer.example", "autre.entrer.example"])
def test_where_people_sign_in_is_nobodys_name_whatever_its_domain(site, alice, settings, typed):
    """It points here too: pointing would be proof enough, and the page of the organisation would ask for passphrases."""
    settings.SIGN_ON_KIND = "keycloak"
    settings.KEYCLOAK = {"url": "https://id.entrer.example", "realm": "host"}
    with pytest.raises(domains.OfTheHost):
        _add(site, alice, typed)


def test_the_first_name_of_a_website_is_to_be_its_main_one(site, alice):
    assert [_add(site, alice).main, _add(site, alice, BARE).main] == [True, False]


def test_a_name_that_points_here_is_enabled_and_its_referent_told(site, alice, names):
    domain = _add(site, alice)
    names[WWW, "A"] = [HERE]
    drain()
    domain.refresh_from_db()
    assert (domain.state, domain.problem, domain.failures) == ("enabled", "", 0)
    assert domain.enabled_at is not None
    email = Email.objects.get(name="spaces/domain_enabled")
    assert email.to_address == alice.email
    assert f"https://{WWW}/" in keys.unlock(email.locked_body)
    with translation.override("fr"):
        said = [line.sentence for line in history.of_object("space", site.public_id).lines]
    assert said[:2] == [
        f"Le nom {WWW} mène à Site des Trois-Ponts",
        f"Alice Martin a ajouté le nom {WWW} à Site des Trois-Ponts",
    ]


def test_an_enabled_name_is_routed(site, alice, names):
    operations.compare_routes()
    names[WWW, "A"] = [HERE]
    domain = _add(site, alice)
    drain()
    route = proxies.proxy().routes[f"d-{domain.public_id}"]
    assert (route.names, route.asked_as) == ((WWW,), site.address.name)
    assert proxies.proxy().routes[f"s-{site.public_id}"].moved_to == WWW


@pytest.mark.parametrize(
    ("records", "problem", "about"),
    [
        ({}, "absent", ""),
        ({(WWW, "A"): ["198.51.100.1"]}, "elsewhere", "198.51.100.1"),
        ({(WWW, "A"): [HERE, "198.51.100.1"]}, "elsewhere", "198.51.100.1"),
        ({(WWW, "A"): [HERE], (WWW, "AAAA"): ["2001:db8::1"]}, "elsewhere_ipv6", "2001:db8::1"),
        ({(WWW, "A"): [HERE], (WWW, "CAA"): ['0 issue "other.example"']}, "certificate", '0 issue "other.example"'),
        ({(WWW, "A"): [HERE], (BARE, "CAA"): ['0 issue ";"']}, "certificate", '0 issue ";"'),
        ({(WWW, "A"): [HERE], (BARE, "CAA"): ['0 issue "letsencrypt.org; validationmethods=http-01"']}, "", ""),
        ({(WWW, "A"): [HERE], (BARE, "CAA"): ['0 iodef "mailto:a@b.example"', '0 issuewild ";"']}, "", ""),
        ({(WWW, "A"): [HERE], (WWW, "CAA"): ['0 issue "letsencrypt.org"'], (BARE, "CAA"): ['0 issue ";"']}, "", ""),
        ({("trois-ponts.pages.example", "A"): []}, "host", ""),
    ],
)
def test_what_is_wrong_with_the_records_is_said(site, alice, names, records, problem, about):
    names.update(records)
    domain = _checked(_add(site, alice))
    assert (domain.problem, domain.problem_about) == (problem, about)
    assert domain.state == ("pending" if problem else "enabled")
    assert bool(domains.problem_words(domain)) == bool(problem)


def test_addresses_of_both_kinds_are_compared(site, alice, names):
    names["trois-ponts.pages.example", "AAAA"] = ["2001:db8::5"]
    names[WWW, "A"], names[WWW, "AAAA"] = [HERE], ["2001:0db8:0::5"]
    assert _checked(_add(site, alice)).state == "enabled"


def test_a_certificate_of_our_own_authority_needs_no_record(site, alice, names, settings):
    settings.CERTIFICATE_AUTHORITY = ""
    names[WWW, "A"], names[WWW, "CAA"] = [HERE], ['0 issue "other.example"']
    assert _checked(_add(site, alice)).state == "enabled"


def test_silent_name_servers_change_nothing_and_are_asked_again(site, alice, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    proxies.lookup().silent = True
    for _ in range(5):
        _checked(domain)
    assert (domain.state, domain.problem, domain.observed["A"]) == ("enabled", "silent", [HERE])
    assert domain.next_check_at > clock.now()


def test_silence_before_one_wrong_answer_takes_nothing_away(site, alice, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    proxies.lookup().silent = True
    for _ in range(3):
        _checked(domain)
    proxies.lookup().silent = False
    names[WWW, "A"] = ["198.51.100.1"]
    assert (_checked(domain).state, domain.problem, domain.failures) == ("enabled", "elsewhere", 1)


def test_the_next_look_comes_later_each_time_and_never_after_six_hours(site, alice):
    domain, waits = _add(site, alice), []
    for _ in range(12):
        _checked(domain)
        waits.append(round((domain.next_check_at - domain.checked_at).total_seconds() / 60))
    assert waits == [1, 2, 5, 10, 20, 30, 60, 120, 240, 360, 360, 360]


def test_only_names_whose_time_has_come_are_looked_at(site, alice, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    drain()
    assert operations.check_due() == 0
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        assert operations.check_due() == 1
    operations.remove_domain(domain=domain, by=alice)
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        assert operations.check_due() == 0


def test_one_wrong_answer_takes_nothing_away_three_in_a_row_do(site, alice, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    del names[WWW, "A"]
    seen = [_checked(domain).state for _ in range(4)]
    assert seen == ["enabled", "enabled", "action_required", "action_required"]
    assert Email.objects.filter(name="spaces/domain_action").count() == 1
    body = keys.unlock(Email.objects.get(name="spaces/domain_action").locked_body)
    assert f"/spaces/{site.public_id}/domains/" in body
    assert queries.is_known(WWW)
    names[WWW, "A"] = [HERE]
    assert _checked(domain).state == "enabled"


def test_a_name_that_never_works_is_recalled_after_three_days_and_given_up_after_thirty(site, alice):
    domain, begun = _add(site, alice), clock.now()
    found = []
    for days in (2, 3.1, 20, 34, 60):
        with time_machine.travel(begun + timedelta(days=days), tick=False):
            found.append(_checked(domain).state)
    assert found == ["pending", "action_required", "action_required", "failed", "failed"]
    assert domain.next_check_at is None
    assert Email.objects.filter(name="spaces/domain_action").count() == 2
    operations.ask_check(domain=domain)
    domain.refresh_from_db()
    assert (domain.state, domain.next_check_at is None) == ("pending", False)


def test_a_name_that_works_elsewhere_here_is_never_given_twice(site, alice, charlie, names):
    names[WWW, "A"] = [HERE]
    _checked(_add(site, alice))
    other = factories.space(factories.organisation(name="Autre", referent=charlie), "autre")
    with pytest.raises(Refusal) as refused:
        _add(other, charlie)
    assert refused.value.code == "domain_taken"


def test_what_another_organisation_had_must_be_proved(site, alice, charlie, names):
    """A name may still point here after its organisation left: pointing proves nothing any more."""
    names[WWW, "A"] = names["autre.troisponts.org", "A"] = [HERE]
    names["autre.pages.example", "A"] = [HERE]
    operations.remove_domain(domain=_checked(_add(site, alice)), by=alice)
    other = factories.space(factories.organisation(name="Autre", referent=charlie), "autre")
    for name in (WWW, "autre.troisponts.org"):
        domain = _checked(_add(other, charlie, name))
        assert (domain.proof_needed, domain.state, domain.problem) == (True, "pending", "proof")
        names[f"_archipel.{name}", "TXT"] = ["archipel-space=wrong"]
        assert _checked(domain).state == "pending"
        names[f"_archipel.{name}", "TXT"] = ["v=spf1", domains.proof_of(domain)]
        assert _checked(domain).state == "enabled"


def test_who_wrote_a_name_down_first_does_not_get_it_when_its_owner_points_it_here(site, alice, charlie, names):
    other = factories.space(factories.organisation(name="Autre", referent=charlie), "autre")
    names["autre.pages.example", "A"] = [HERE]
    lurking = _checked(_add(other, charlie))
    assert (lurking.state, lurking.problem) == ("pending", "absent")
    mine = _add(site, alice)
    names[WWW, "A"] = [HERE]
    assert [(one.state, one.problem) for one in (_checked(lurking), _checked(mine))] == [("pending", "proof")] * 2
    assert lurking.proof_needed
    names[f"_archipel.{WWW}", "TXT"] = [domains.proof_of(mine)]
    assert [_checked(lurking).state, _checked(mine).state] == ["pending", "enabled"]
    assert _checked(lurking).problem == "proof"


def test_two_who_wait_for_one_name_do_not_both_get_it(site, alice, charlie, names):
    other = factories.space(factories.organisation(name="Autre", referent=charlie), "autre")
    mine, theirs = _add(site, alice), _add(other, charlie)
    names[WWW, "A"] = names["autre.pages.example", "A"] = [HERE]
    names[f"_archipel.{WWW}", "TXT"] = [domains.proof_of(one) for one in (mine, theirs)]
    assert _checked(mine).state == "enabled"
    assert (_checked(theirs).state, theirs.problem) == ("pending", "taken")
    with pytest.raises(IntegrityError, match=r"name|a_domain_leads_to_one_space"), transaction.atomic():
        Domain.objects.filter(pk=theirs.pk).update(state="enabled", enabled_at=clock.now())


def test_another_space_of_the_same_organisation_needs_no_proof(site, alice, trois_ponts, names):
    names[WWW, "A"] = [HERE]
    operations.remove_domain(domain=_checked(_add(site, alice)), by=alice)
    other = factories.space(trois_ponts, "second")
    names["second.pages.example", "A"] = [HERE]
    assert _checked(_add(other, alice)).state == "enabled"


@pytest.mark.parametrize(("state", "code"), [("opening", "not_open"), ("closing", "not_open"), ("closed", "not_open")])
def test_only_an_open_space_takes_names(site, alice, state, code):
    Space.objects.filter(pk=site.pk).update(state=state)
    with pytest.raises(Refusal) as refused:
        _add(site, alice)
    assert refused.value.code == code


def test_a_host_without_a_proxy_and_a_space_without_an_address_take_no_names(site, alice, trois_ponts, settings):
    with pytest.raises(Refusal) as refused:
        _add(factories.space(trois_ponts, "", connector=""), alice)
    assert refused.value.code == "no_own_names"
    settings.BEHIND_PROXY_OF_OURS = settings.DEMONSTRATION = False
    with pytest.raises(Refusal) as refused:
        _add(site, alice)
    assert refused.value.code == "no_own_names"


def test_a_space_has_a_name_once_and_twenty_at_most(site, alice):
    _add(site, alice)
    with pytest.raises(Refusal) as refused:
        _add(site, alice)
    assert refused.value.code == "domain_there"
    for number in range(19):
        _add(site, alice, f"n{number}.troisponts.org")
    with pytest.raises(Refusal) as refused:
        _add(site, alice, "une-de-trop.org")
    assert refused.value.code == "too_many_domains"


def test_the_main_name_is_chosen(site, alice, names):
    names[WWW, "A"] = names[BARE, "A"] = [HERE]
    first, second = _checked(_add(site, alice)), _checked(_add(site, alice, BARE))
    assert queries.domains_view(site).main == WWW
    operations.make_main_domain(domain=second, by=alice)
    assert queries.domains_view(site).main == BARE
    operations.make_own_address_main(space=site, by=alice)
    assert queries.domains_view(site).main == site.address.name
    operations.make_own_address_main(space=site, by=alice)
    first.refresh_from_db()
    assert not first.main


def test_a_name_that_does_not_work_is_not_made_the_main_one(site, alice):
    with pytest.raises(Refusal) as refused:
        operations.make_main_domain(domain=_add(site, alice), by=alice)
    assert refused.value.code == "domain_not_enabled"


def test_an_application_that_knows_one_address_keeps_it(trois_ponts, alice, names):
    pad = factories.space(trois_ponts, "trois-ponts", connector="pads")
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(pad, alice))
    assert (domain.state, domain.main) == ("enabled", False)
    with pytest.raises(Refusal) as refused:
        operations.make_main_domain(domain=domain, by=alice)
    assert refused.value.code == "keeps_its_address"


def test_a_removed_name_is_free_and_no_longer_looked_at(site, alice, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    operations.remove_domain(domain=domain, by=alice)
    operations.remove_domain(domain=domain, by=alice)
    assert _checked(domain).state == "removed"
    assert (domain.main, domain.next_check_at, queries.is_known(WWW)) == (False, None, False)
    assert _checked(_add(site, alice)).state == "enabled"


def test_states_move_as_their_table_says():
    assert states.DOMAIN.table["removed"] == frozenset()
    with pytest.raises(MoveRefused):
        states.DOMAIN.check("pending", "pending")


def test_records_are_shown_beside_what_is_seen(site, alice, names):
    names[BARE, "A"] = ["198.51.100.1"]
    names["trois-ponts.pages.example", "AAAA"] = ["2001:db8::5"]
    _checked(_add(site, alice))
    _checked(_add(site, alice, BARE))
    www, bare = queries.domains_view(site).lines
    assert [(one.kind, one.name, one.expected, one.observed, one.right) for one in www.records] == [
        ("CNAME", WWW, ["trois-ponts.pages.example."], [], False)
    ]
    assert [(one.kind, one.expected, one.observed, one.right) for one in bare.records] == [
        ("A", [HERE], ["198.51.100.1"], False),
        ("AAAA", ["2001:db8::5"], [], True),
    ]


def test_a_name_to_mend_is_expected_of_its_referent(site, alice, bob, names):
    names[WWW, "A"] = [HERE]
    domain = _checked(_add(site, alice))
    assert _expected(alice) == []
    names[WWW, "A"] = ["198.51.100.1"]
    for _ in range(3):
        _checked(domain)
    assert _expected(alice) == [(f"Remettre en ordre le nom {WWW}", f"/spaces/{site.public_id}/domains/")]
    assert _expected(bob) == []


def _expected(person) -> list[tuple[str, str]]:
    return [(line.title, line.url) for line in queries.expected_of(person) if "domains" in line.url]


def test_a_person_gets_the_names_they_added(site, alice):
    _add(site, alice)
    assert [line["name"] for line in personal.export(alice)["domains_added"]] == [WWW]


def _ask(client, domain, token=None, **headers) -> int:
    asked = {"domain": domain, "token": certificate_token() if token is None else token}
    return client.get("/internal/certificate", asked, headers=headers).status_code


def test_only_the_proxy_is_told_which_names_are_known(client, site, alice, names):
    names[WWW, "A"] = [HERE]
    _checked(_add(site, alice))
    assert _ask(client, WWW) == 200
    assert _ask(client, "WWW.troisponts.org.") == 200
    assert _ask(client, "trois-ponts.pages.example") == 200
    assert _ask(client, "nobody.example") == 404
    assert _ask(client, WWW, token="") == 404
    assert _ask(client, WWW, token="x" * 64) == 404
    assert _ask(client, WWW, **{"X-Forwarded-For": "192.0.2.1"}) == 404


def test_a_name_is_added_on_its_page(client, site, alice):
    client.force_login(alice)
    page = f"/spaces/{site.public_id}/domains/"
    answer = client.post(page, {"name": "asso.fr"})
    assert answer.status_code == 422
    assert 'value="asso.fr"' in answer.content.decode()
    assert client.post(page, {"name": WWW}).headers["Location"] == page
    drain()
    shown = client.get(page).content.decode()
    assert WWW in shown
    assert "trois-ponts.pages.example." in shown
    assert WWW in client.get(f"/spaces/{site.public_id}/").content.decode()


def test_the_pages_of_a_name_act(client, site, alice, names):
    client.force_login(alice)
    names[WWW, "A"] = names[BARE, "A"] = [HERE]
    _checked(_add(site, alice))
    domain = _checked(_add(site, alice, BARE))
    page = f"/spaces/{site.public_id}/domains/"
    for act in ("check", "main", "remove"):
        assert client.post(f"{page}{domain.public_id}/{act}/").headers["Location"] == page
        assert client.get(page).status_code == 200
    assert client.post(f"{page}own-address/").headers["Location"] == page
    domain.refresh_from_db()
    assert domain.state == "removed"
    assert client.get(page).status_code == 200


def test_the_desk_sees_names_and_may_take_one_away(client, site, alice, staff):
    domain = _checked(_add(site, alice))
    client.force_login(staff)
    page = f"/desk/spaces/{site.public_id}/"
    assert WWW in client.get(page).content.decode()
    assert client.post(f"{page}domains/{domain.public_id}/check/").headers["Location"] == page
    assert client.post(f"{page}domains/{domain.public_id}/remove/").headers["Location"] == page
    domain.refresh_from_db()
    assert domain.state == "removed"


def test_the_page_of_names_takes_as_many_queries_for_three_as_for_one(client, site, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(alice)
    page = f"/spaces/{site.public_id}/domains/"
    _add(site, alice)
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    _add(site, alice, BARE)
    _add(site, alice, "autre.troisponts.org")
    with django_assert_num_queries(len(one)):
        client.get(page)
