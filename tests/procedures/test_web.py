# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.urls import reverse

from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures import operations
from tests.outbox import samples
from tests.procedures import toy

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped(boat):
    procedure = operations.start(
        kind=toy.KIND, about_kind="boat", about_id="boat", title="Cross the strait", context={"sail": "refused"}
    )
    drain()
    return procedure


@pytest.fixture
def dead():
    samples.be_refused.enqueue()
    drain()
    return Job.objects.get(state="dead")


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def _address(name, thing):
    return reverse(name, args=[getattr(thing, "public_id", None) or thing.pk])


def test_page_of_a_stopped_procedure_says_why_and_what_to_do(desk, stopped):
    page = desk.get(_address("desk-procedure", stopped), headers={"accept-language": "en"}).content.decode()
    for words in (
        "<h1>Cross the strait</h1>",
        "1 step of 3 is done; the next one needs a person of the host.",
        "The name or address is already taken there.",
        "berth 12 is taken",
        "Resume",
        "Cancel this procedure",
    ):
        assert words in page
    assert "sésame" not in page


def test_resume_button_resumes(desk, stopped):
    address = _address("desk-procedure-resume", stopped)
    assert desk.post(address).headers["Location"] == _address("desk-procedure", stopped)
    stopped.refresh_from_db()
    assert stopped.state == "running"


def test_cancel_button_cancels_once(desk, stopped):
    address = _address("desk-procedure-cancel", stopped)
    desk.post(address)
    page = desk.post(address, follow=True, headers={"accept-language": "en"}).content.decode()
    stopped.refresh_from_db()
    assert stopped.state == "cancelled"
    assert "This procedure is already finished." in page
    assert "Cancel this procedure" not in page


def test_page_of_a_finished_procedure_offers_nothing_to_do(desk, boat):
    done = operations.start(kind=toy.KIND, about_kind="boat", about_id="boat", title="Cross the strait")
    drain()
    page = desk.get(_address("desk-procedure", done)).content.decode()
    assert ("data-refresh" in page, "<button" in page.split("<main")[1].split("</main")[0]) == (False, False)


def test_page_of_a_dead_job_says_why(desk, dead):
    page = desk.get(_address("desk-job", dead), headers={"accept-language": "en"}).content.decode()
    assert "The other system said no" in page
    assert "forbidden: no boat of this length" in page


@pytest.mark.parametrize(("name", "state"), [("desk-job-again", "pending"), ("desk-job-aside", "aside")])
def test_buttons_of_a_dead_job(desk, dead, name, state):
    desk.post(_address(name, dead))
    dead.refresh_from_db()
    assert dead.state == state
    assert desk.get(_address("desk-job", dead)).status_code == 200


@pytest.mark.parametrize("name", ["desk-procedure-resume", "desk-procedure-cancel", "desk-job-again", "desk-job-aside"])
def test_acts_need_a_post(desk, stopped, dead, name):
    thing = dead if "job" in name else stopped
    assert desk.get(_address(name, thing)).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "name",
    [
        "desk-procedure",
        "desk-procedure-resume",
        "desk-procedure-cancel",
        "desk-job",
        "desk-job-again",
        "desk-job-aside",
    ],
)
def test_stranger_reads_that_there_is_nothing(client, charlie, host, stopped, dead, name, method):
    thing = dead if "job" in name else stopped
    client.force_login(charlie)
    expected = 404 if (method == "get") == name.endswith(("procedure", "job")) else 405
    assert getattr(client, method)(_address(name, thing)).status_code == expected
    thing.refresh_from_db()
    assert thing.state in ("stopped", "dead")


@pytest.mark.parametrize("name", ["desk-procedure", "desk-job"])
def test_anonymous_is_asked_to_sign_in(client, host, stopped, dead, name):
    answer = client.get(_address(name, dead if "job" in name else stopped))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/account/login/")


@pytest.mark.parametrize("address", ["/desk/procedures/unknown/", "/desk/jobs/987654/"])
def test_unknown_one_is_not_found(desk, address):
    assert desk.get(address).status_code == 404
