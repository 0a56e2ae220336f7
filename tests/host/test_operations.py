# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.history import queries as history
from archipel.host import operations, queries
from archipel.host.models import Host, Parameter, Text
from archipel.kernel import clock, keys
from archipel.kernel.refusals import Invalid
from tests import factories

DAY = timedelta(days=1)
GIVEN = {
    "name": "L’Escale", "contact_address": "bonjour@lescale.example", "portal_url": "https://portail.lescale.example/",
    "sites_domain": "Pages.Example", "languages": ["fr"], "sender_name": "L’Escale", "sender_address": "bonjour@lescale.example",
}  # fmt: skip


def test_setting_up_makes_the_host_and_the_canary_its_keys_open(db):
    host = operations.set_up(**GIVEN)

    assert (host.portal_url, host.sites_domain) == ("https://portail.lescale.example", "pages.example")
    assert keys.unlock(Host.objects.get().canary) == "archipel"
    assert history.latest_for_host().lines[0].what == "host.set_up"


def test_there_is_one_host(host):
    with pytest.raises(operations.AlreadySetUp):
        operations.set_up(**GIVEN)


@pytest.mark.parametrize(
    ("portal", "sites"),
    [
        ("https://lescale.fr", "lescale.fr"),
        ("https://lescale.fr", "sites.lescale.fr"),
        ("https://portail.lescale.fr", "lescale.fr"),
        ("https://portail.lescale.fr", "sites.lescale.fr"),
        ("https://portail.lescale.asso.fr", "pages.lescale.asso.fr"),
    ],
)
def test_domains_that_share_cookies_are_refused_outside_the_demonstration(db, settings, portal, sites):
    settings.DEMONSTRATION = False

    with pytest.raises(operations.DomainsTooClose) as refused:
        operations.set_up(**GIVEN | {"portal_url": portal, "sites_domain": sites})

    assert (refused.value.field, Host.objects.count()) == ("sites_domain", 0)


@pytest.mark.parametrize(
    ("portal", "sites"),
    [
        ("https://lescale.fr", "lescale-pages.fr"),
        ("https://lescale.asso.fr", "autre.asso.fr"),
        ("https://lescale.fr", "lescale.net"),
    ],
)
def test_domains_that_a_browser_keeps_apart_are_taken(db, settings, portal, sites):
    settings.DEMONSTRATION = False

    assert operations.set_up(**GIVEN | {"portal_url": portal, "sites_domain": sites}).sites_domain == sites


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("portal_url", "lescale.example"), ("portal_url", "ftp://lescale.example"), ("sites_domain", "nothing"),
        ("sites_domain", "pages..example"), ("sites_domain", "192.0.2.1"), ("languages", []), ("languages", ["tlh"]), ("name", " "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(db, field, value):
    with pytest.raises(Invalid) as refused:
        operations.set_up(**GIVEN | {field: value})

    assert (refused.value.field, Host.objects.count()) == (field, 0)


def test_a_change_is_recorded_with_its_fields_and_read_at_once(host, staff, django_capture_on_commit_callbacks):
    queries.current()
    with django_capture_on_commit_callbacks(execute=True):
        operations.change_host(changes={"name": "Le Mouillage", "telephone": ""}, by=staff)

    assert queries.current().name == "Le Mouillage"
    assert history.latest_for_host().lines[0].what == "host.changed"


def test_a_change_that_changes_nothing_leaves_no_trace(host):
    operations.change_host(changes={"name": host.name})

    assert history.latest_for_host().lines == ()


def test_only_what_the_host_says_of_itself_changes(host):
    with pytest.raises(TypeError):
        operations.change_host(changes={"canary": ""})


def test_a_text_is_written_once_a_language_and_removed_when_empty(host):
    operations.write_text(key="home/title", language="fr", body="Bonjour\r\n")
    operations.write_text(key="home/title", language="fr", body="Bonsoir")
    operations.write_text(key="home/title", language="en", body="Hello")
    operations.write_text(key="home/title", language="en", body="  ")

    assert list(Text.objects.values_list("language", "body")) == [("fr", "Bonsoir")]
    assert len(history.latest_for_host().lines) == 4


def test_the_same_text_again_leaves_no_trace(host):
    for _ in range(2):
        operations.write_text(key="home/title", language="fr", body="Bonjour")

    assert len(history.latest_for_host().lines) == 1


def test_a_language_that_archipel_does_not_speak_is_refused(host):
    with pytest.raises(Invalid):
        operations.write_text(key="home/title", language="tlh", body="nuqneH")


def test_a_parameter_changes_by_date(host):
    today = clock.today()
    operations.set_parameter(key="draft_days", value=20, since=today - DAY)
    operations.set_parameter(key="draft_days", value=10, since=today + DAY)

    days = [today - 2 * DAY, today, today + DAY]

    assert [queries.parameter("draft_days", day) for day in days] == [30, 20, 10]


def test_a_parameter_set_twice_for_a_day_keeps_the_last_value(host):
    for value in (20, 25):
        operations.set_parameter(key="draft_days", value=value)

    assert list(Parameter.objects.filter(key="draft_days").values_list("value", flat=True)) == [25]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("draft_days", 0),
        ("draft_days", True),
        ("draft_days", "30"),
        ("unknown", 1),
        ("membership_cents", {}),
        ("membership_cents", {"union": -1}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(host, key, value):
    with pytest.raises(Invalid):
        operations.set_parameter(key=key, value=value)


def test_the_code_opens_once_written_as_one_likes(db):
    code = operations.new_set_up_code()

    operations.check_set_up_code(code=f" {code.upper().replace('-', ' ')} ")
    operations.forget_set_up_code()

    with pytest.raises(operations.WrongCode):
        operations.check_set_up_code(code=code)


def test_a_new_code_replaces_the_former_and_only_its_digest_is_kept(settings):
    former = operations.new_set_up_code()
    code = operations.new_set_up_code()
    path = settings.ARCHIPEL_DATA / "set-up-code"

    with pytest.raises(operations.WrongCode):
        operations.check_set_up_code(code=former)
    assert (path.stat().st_mode & 0o777, code.replace("-", "") in path.read_text()) == (0o600, False)


@pytest.mark.parametrize("code", ["", "-", "aaaa-aaaa-aaaa"])
def test_another_code_opens_nothing(code):
    operations.new_set_up_code()

    with pytest.raises(operations.WrongCode):
        operations.check_set_up_code(code=code)


def test_texts_fall_back_marked(host):
    factories.Text.objects.create(key="home/title", language="fr", body="Bonjour")

    found = queries.text("home/title", "en")

    assert (found.body, found.language, found.fallback) == ("Bonjour", "fr", True)
