# SPDX-License-Identifier: AGPL-3.0-or-later
"""Delays and deadlines around both nights of the clock change, 29 February and the 31st: days are those of the host.

Europe/Paris: on 29 March 2026 at 2:00 it is 3:00 (a day of 23 hours); on 25 October 2026 at 3:00 it is 2:00 (25 hours).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from archipel.admissions import operations as admissions
from archipel.admissions.models import Request
from archipel.catalogue.models import Intake
from archipel.kernel import clock
from archipel.organisations import operations as organisations
from archipel.outbox import periodic
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries
from archipel.spaces.addresses import AddressRests, check_label
from archipel.spaces.files import export_path
from archipel.spaces.models import Closing, Publication
from archipel.spaces.operations.closing import TooEarly
from tests import factories
from tests.identity.mailbox import letters_to
from tests.spaces import websites as fakes

pytestmark = pytest.mark.django_db

SPRING, AUTUMN, LEAP = date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)
JUST_BEFORE = timedelta(microseconds=1)


def at(day: date, hour: time = time(12)) -> time_machine.travel:
    """Live an instant that the host's clock shows."""
    return time_machine.travel(clock.at(day, hour), tick=False)


def end_of(day: date) -> time_machine.travel:
    """Live the last instant of a day of the host."""
    return time_machine.travel(clock.end_of_day(day) - JUST_BEFORE, tick=False)


@pytest.fixture
def websites(settings):
    from archipel.spaces import wiring

    made = fakes.renew()
    settings.SPACE_CONNECTORS = {"websites": "tests.spaces.websites.current"}
    wiring.connector_named.cache_clear()
    yield made
    wiring.connector_named.cache_clear()


@pytest.fixture
def site(host, trois_ponts, websites):
    return factories.open_site(trois_ponts)


@pytest.mark.parametrize(
    ("closed", "first_day"),
    [
        (date(2026, 1, 28), SPRING),
        (date(2026, 3, 28), date(2026, 5, 27)),
        (date(2026, 8, 26), AUTUMN),
        (date(2026, 10, 24), date(2026, 12, 23)),
        (date(2027, 12, 31), LEAP),
        (LEAP, date(2028, 4, 29)),
        (date(2027, 1, 31), date(2027, 4, 1)),
    ],
)
@pytest.mark.parametrize("hour", [time(0, 0), time(23, 59, 59)])
def test_deletion_waits_for_sixty_whole_days(site, alice, staff, closed, first_day, hour):
    with at(closed, hour):
        closing = operations.close_space(space=site, by=alice)
        drain()
    assert closing.delete_after == first_day

    with end_of(first_day - timedelta(days=1)), pytest.raises(TooEarly):
        operations.confirm_deletion(space=site, by=staff)
    with at(first_day, time()):
        assert operations.confirm_deletion(space=site, by=staff).first_confirmed_by == staff


@pytest.mark.parametrize(
    ("deleted", "free_on"),
    [
        (LEAP, date(2029, 2, 28)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2027, 1, 31), date(2028, 1, 31)),
        (SPRING, date(2027, 3, 29)),
        (AUTUMN, date(2027, 10, 25)),
        (date(2025, 3, 29), SPRING),
        (date(2025, 10, 25), AUTUMN),
    ],
)
@pytest.mark.parametrize("hour", [time(0, 0), time(23, 59, 59)])
def test_address_rests_for_twelve_months(site, deleted, free_on, hour):
    Closing.objects.create(space=site, asked_at=clock.now(), delete_after=deleted)
    type(site).objects.update(state="closed")
    with at(deleted, hour):
        operations.mark_deleted(space=site, objects=0, counted={})

    with end_of(free_on - timedelta(days=1)):
        assert operations.free_rested() == 0
        with pytest.raises(AddressRests):
            check_label("trois-ponts")
    with at(free_on, time()):
        assert check_label("trois-ponts") == "trois-ponts"
        assert operations.free_rested() == 1


@pytest.mark.parametrize(
    ("made", "last_day"),
    [
        (date(2026, 2, 27), SPRING),
        (date(2026, 3, 28), date(2026, 4, 27)),
        (date(2026, 9, 25), AUTUMN),
        (date(2028, 1, 30), LEAP),
        (LEAP, date(2028, 3, 30)),
        (date(2027, 1, 31), date(2027, 3, 2)),
    ],
)
@pytest.mark.parametrize("hour", [time(0, 0), time(23, 59, 59)])
def test_export_can_be_fetched_until_the_end_of_its_last_day(site, alice, made, last_day, hour):
    with at(made, hour):
        export = operations.ask_export(space=site, by=alice)
        drain()
    export.refresh_from_db()
    assert export.expires_on == last_day

    def there() -> tuple[bool, int, bool]:
        offered = bool(queries.export_line(export, site.public_id).url)
        return offered, operations.purge_exports(), export_path(export).exists()

    with end_of(last_day):
        assert there() == (True, 0, True)
    with at(last_day + timedelta(days=1), time()):
        assert there() == (False, 1, False)


@pytest.mark.parametrize(
    ("sent", "last_day"),
    [
        (date(2026, 3, 15), SPRING),
        (date(2026, 3, 28), date(2026, 4, 11)),
        (date(2026, 10, 11), AUTUMN),
        (date(2026, 10, 24), date(2026, 11, 7)),
        (date(2028, 2, 15), LEAP),
        (date(2027, 1, 31), date(2027, 2, 14)),
    ],
)
@pytest.mark.parametrize("hour", [time(0, 0), time(23, 59, 59)])
def test_invitation_works_until_the_end_of_the_day_that_its_mail_names(host, trois_ponts, alice, sent, last_day, hour):
    with at(sent, hour):
        organisations.invite(organisation=trois_ponts, email="zoe@trois-ponts.example", role="member", by=alice)
    letter = letters_to("zoe@trois-ponts.example")[0].body
    token = re.search(r"/invitation/([^/\s]+)/", letter)[1]
    assert re.search(r"jusqu’au (\d+)", letter)[1] == str(last_day.day)

    accept = {"token": token, "name": "Zoé", "passphrase": "une lampe sous trois escaliers"}
    with time_machine.travel(clock.end_of_day(last_day), tick=False), pytest.raises(organisations.InvitationExpired):
        organisations.accept_invitation(**accept)
    with time_machine.travel(clock.end_of_day(last_day) - timedelta(seconds=2), tick=False):
        assert organisations.accept_invitation(**accept).email == "zoe@trois-ponts.example"


@pytest.mark.parametrize("saved", [date(2026, 3, 28), date(2026, 10, 24), date(2028, 1, 31), LEAP, date(2027, 1, 31)])
@pytest.mark.parametrize("hour", [time(0, 0), time(23, 59, 59)])
def test_draft_is_kept_for_thirty_times_a_day(host, saved, hour):
    with at(saved, hour):
        factories.draft(factories.website_service())
        typed_at = clock.now()

    with time_machine.travel(typed_at + timedelta(days=30), tick=False):
        admissions.purge()
        assert Request.objects.count() == 1
    with time_machine.travel(typed_at + timedelta(days=30, seconds=1), tick=False):
        admissions.purge()
        assert Request.objects.count() == 0


@pytest.mark.parametrize(
    ("published", "last_day"),
    [
        (LEAP, date(2029, 2, 28)),
        (date(2027, 2, 28), LEAP),
        (SPRING, date(2027, 3, 29)),
        (date(2025, 10, 25), AUTUMN),
        (date(2027, 1, 31), date(2028, 1, 31)),
    ],
)
def test_who_published_from_where_is_kept_a_whole_year(site, alice, published, last_day):
    with end_of(published):
        source = operations.Source("192.0.2.1", 443)
        operations.publish_zip(space=site, archive=factories.zip_of(), person=alice, source=source)

    with end_of(last_day):
        operations.purge_traces()
        assert Publication.objects.get().from_address == "192.0.2.1"
    with at(last_day + timedelta(days=1), time()):
        operations.purge_traces()
        assert Publication.objects.get().from_address is None


@pytest.mark.parametrize(
    ("declined", "purged_on"),
    [
        (LEAP, date(2029, 2, 28)),
        (date(2027, 1, 31), date(2028, 1, 31)),
        (date(2025, 3, 29), SPRING),
        (date(2025, 10, 25), AUTUMN),
    ],
)
def test_names_of_a_declined_request_are_kept_for_twelve_months(host, staff, declined, purged_on):
    service = factories.website_service()
    factories.offer(service)
    with at(declined, time(23, 59, 59)):
        request = factories.received(service)
        admissions.decide(
            request=request, decision="decline", by=staff, version=request.version, reason="outside_criteria"
        )

    with end_of(purged_on - timedelta(days=1)):
        admissions.purge()
        assert Request.objects.get().person_name == "Denise Le Bris"
    with at(purged_on, time()):
        admissions.purge()
        assert Request.objects.get().person_name == ""


@pytest.mark.parametrize(
    ("opens", "closes", "lasts"),
    [
        (datetime(2026, 3, 28, 18), datetime(2026, 3, 29, 18), timedelta(hours=23)),
        (datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 3, 30), timedelta()),
        (datetime(2026, 10, 24, 18), datetime(2026, 10, 25, 18), timedelta(hours=25)),
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 3, 30), timedelta(hours=2)),
        (datetime(2028, 2, 29), datetime(2028, 3, 1), timedelta(hours=24)),
        (datetime(2027, 1, 31, 9), datetime(2027, 2, 28, 9), timedelta(days=28)),
    ],
)
def test_wave_opens_and_closes_at_the_hours_that_were_typed(host, opens, closes, lasts):
    service = factories.website_service()
    type(service).objects.update(intake=Intake.WAVES)
    service.refresh_from_db()
    first, last = (clock.at(typed.date(), typed.time()) for typed in (opens, closes))
    assert last - first == lasts
    values = {"names": {"fr": "Vague"}, "criteria": {}, "capacity": 2, "order": "date"}
    with time_machine.travel(first - timedelta(days=2), tick=False):
        if not lasts:  # the hour in between does not exist: a wave that is never open is refused
            with pytest.raises(admissions.WrongDates):
                admissions.plan_wave(service=service, opens_at=first, closes_at=last, **values)
            return
        wave = admissions.plan_wave(service=service, opens_at=first, closes_at=last, **values)
    states = []
    for moment in (first - JUST_BEFORE, first, last - JUST_BEFORE, last):
        with time_machine.travel(moment, tick=False):
            admissions.tick()
        wave.refresh_from_db()
        states.append(wave.state)
    assert states == ["planned", "open", "open", "closed"]


@pytest.mark.parametrize("day", [SPRING, AUTUMN, LEAP, date(2027, 1, 31), date(2027, 12, 31)])
def test_every_daily_task_strikes_once_that_day(day):
    daily = {name: rule for name, rule in periodic.rules().items() if rule.daily}
    assert len(daily) >= 5
    struck = {}
    for name, rule in daily.items():
        first = rule.after(clock.start_of_day(day) - JUST_BEFORE)
        struck[name] = [clock.day_of(first), clock.day_of(rule.after(first))]
    assert struck == {name: [day, day + timedelta(days=1)] for name in daily}


def test_instants_are_stored_in_utc_and_days_read_in_the_zone_of_the_host():
    with time_machine.travel(datetime(2028, 2, 28, 23, 30, tzinfo=UTC), tick=False):
        assert (clock.now().date(), clock.today()) == (date(2028, 2, 28), LEAP)
