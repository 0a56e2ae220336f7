# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.admissions import operations
from archipel.admissions.models import WaveAlert
from archipel.identity.addresses import InvalidAddress
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from tests.admissions import mailbox

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


@pytest.fixture
def waiting(cloud):
    """Denise confirmed that she wants to be told."""
    operations.ask_to_be_told(service=cloud, email=DENISE, language="fr")
    return operations.confirm_alert(token=mailbox.token_of("alert_confirm", "/tell-me/"))


def test_asking_mails_a_link_and_notes_nothing_for_sure(cloud):
    operations.ask_to_be_told(service=cloud, email=" Denise@JardinsDuPonant.example ", language="en")

    assert (mailbox.names_to(DENISE), WaveAlert.objects.get().confirmed_at) == (["alert_confirm"], None)
    assert WaveAlert.objects.get().email == DENISE


def test_asking_again_changes_nothing_that_shows(cloud, waiting):
    operations.ask_to_be_told(service=cloud, email=DENISE, language="fr")

    assert WaveAlert.objects.get().confirmed_at == waiting.confirmed_at


def test_asking_often_mails_twice_an_hour(cloud):
    for _time in range(5):
        operations.ask_to_be_told(service=cloud, email=DENISE, language="fr")

    assert mailbox.names_to(DENISE) == ["alert_confirm"] * 2


def test_asking_with_something_that_is_no_address_is_refused(cloud):
    with pytest.raises(InvalidAddress):
        operations.ask_to_be_told(service=cloud, email="denise", language="fr")


def test_opening_tells_once_those_who_confirmed(cloud, planned, waiting):
    operations.ask_to_be_told(service=cloud, email="other@example.org", language="fr")

    operations.open_wave(wave=planned)
    drain()
    operations.tell_all_waiting()

    assert mailbox.names_to(DENISE) == ["alert_confirm", "alert_open"]
    assert mailbox.names_to("other@example.org") == ["alert_confirm"]
    sent = Email.objects.get(name="admissions/alert_open")
    assert sent.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/services/{cloud.slug}/request/" in mailbox.body_of("alert_open")


def test_a_service_that_opens_by_its_state_tells_too(site):
    site.state = "closed_to_newcomers"
    site.save()
    operations.ask_to_be_told(service=site, email=DENISE, language="fr")
    operations.confirm_alert(token=mailbox.token_of("alert_confirm", "/tell-me/"))
    assert operations.tell_all_waiting() == 0

    site.state = "open"
    site.save()

    assert operations.tell_all_waiting() == 1


def test_leaving_forgets_and_leaving_again_is_the_same(cloud, waiting):
    token = mailbox.token_of("alert_confirm", "/tell-me/")

    operations.leave_alert(token=token)
    operations.leave_alert(token=token)

    assert WaveAlert.objects.count() == 0


def test_a_link_nobody_made_opens_nothing(waiting):
    with pytest.raises(NotFound):
        operations.alert_of(token=f"{waiting.public_id}.forged")


def test_unconfirmed_and_told_alerts_are_purged(cloud, planned, waiting):
    operations.ask_to_be_told(service=cloud, email="other@example.org", language="fr")
    operations.open_wave(wave=planned)
    drain()

    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        operations.purge_alerts()
        assert [row.email for row in WaveAlert.objects.all()] == [DENISE]
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        operations.purge_alerts()
        assert WaveAlert.objects.count() == 0
