# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils.translation import ngettext, override

from archipel.admissions import draw, operations, queries
from archipel.admissions.models import Request, Wave
from archipel.catalogue.models import Service
from archipel.kernel import clock, keys
from archipel.kernel.states import MoveRefused
from archipel.outbox.worker import drain
from tests import factories
from tests.admissions import mailbox
from tests.admissions.pages import text_of
from tests.admissions.saying import counted, plain, said

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


def plan(service, opens_at, closes_at, **more) -> Wave:
    values = {"names": {"fr": "Vague"}, "criteria": {}, "capacity": 2, "order": "date"} | more
    return operations.plan_wave(service=service, opens_at=opens_at, closes_at=closes_at, **values)


def asked(service, number: int) -> Request:
    return factories.received(
        service,
        organisation_name=f"Collectif {number}",
        email=f"asker{number}@example.org",
        **answers(service),
    )


def answers(service) -> dict[str, str]:
    return {"question_people": "3", "tier": service.offers.get().tiers.order_by("position").first().public_id}


def test_planning_needs_a_service_by_waves(site):
    with pytest.raises(operations.NotByWaves):
        plan(site, clock.now(), clock.now() + timedelta(days=1))


@pytest.mark.parametrize(("opens", "closes"), [(2, 1), (-3, -2), (1, 1)])
def test_planning_refuses_dates_in_disorder_or_past(cloud, opens, closes):
    now = clock.now()

    with pytest.raises(operations.WrongDates):
        plan(cloud, now + timedelta(days=opens), now + timedelta(days=closes))


def test_planning_needs_places_and_a_name(cloud):
    now, later = clock.now(), clock.now() + timedelta(days=1)

    with pytest.raises(operations.WrongCapacity):
        plan(cloud, now, later, capacity=0)
    with pytest.raises(operations.WaveNameMissing):
        plan(cloud, now, later, names={"fr": " "})


def test_opening_a_lot_publishes_only_the_hash_of_its_seed(wave):
    seed = keys.unlock(wave.locked_seed)

    assert (wave.state, wave.seed) == ("open", "")
    assert wave.seed_hash == hashlib.sha256(seed.encode()).hexdigest()


def test_closing_publishes_the_seed_and_ranks_what_was_received(cloud, wave):
    received = [asked(cloud, number) for number in range(6)]

    closed = operations.close_wave(wave=wave)

    assert hashlib.sha256(closed.seed.encode()).hexdigest() == closed.seed_hash
    assert closed.locked_seed == ""
    expected = sorted(
        (row.public_id for row in received), key=lambda one: hashlib.sha256((closed.seed + one).encode()).hexdigest()
    )
    ranked = Request.objects.order_by("draw_rank").values_list("public_id", "draw_rank")
    assert list(ranked) == [(public_id, rank) for rank, public_id in enumerate(expected, start=1)]


def test_closing_a_wave_by_date_ranks_in_the_order_of_confirmation(cloud):
    wave = operations.open_wave(wave=plan(cloud, clock.now(), clock.now() + timedelta(days=1)))
    received = [asked(cloud, number) for number in range(3)]

    operations.close_wave(wave=wave)

    assert list(Request.objects.order_by("draw_rank").values_list("pk", flat=True)) == [row.pk for row in received]
    assert queries.problems_of_order(Wave.objects.get()) == []


def test_one_wave_of_a_service_is_open_at_a_time(cloud, wave):
    other = plan(cloud, clock.now(), clock.now() + timedelta(days=1))

    with pytest.raises(operations.AnotherWaveOpen):
        operations.open_wave(wave=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Wave.objects.filter(pk=other.pk).update(state="open")


def test_what_was_announced_at_the_opening_holds(wave, staff):
    same = {
        "names": wave.names, "criteria": wave.criteria, "opens_at": wave.opens_at, "closes_at": wave.closes_at, "order": wave.order,
    }  # fmt: skip

    assert operations.change_wave(wave=wave, capacity=9, by=staff, **same).capacity == 9
    with pytest.raises(operations.WaveUnderWay):
        operations.change_wave(wave=wave, capacity=9, by=staff, **same | {"order": "date"})


def test_a_closed_wave_is_closed_for_good(wave):
    closed = operations.close_wave(wave=wave)

    for operation in (operations.open_wave, operations.close_wave, operations.cancel_wave):
        with pytest.raises(MoveRefused):
            operation(wave=closed)


def test_capacity_counts_accepted_agreed_opening_and_open(cloud, wave, reviewer):
    for number, state in enumerate(["accepted", "agreed", "waiting", "declined", "withdrawn", "submitted"], start=1):
        factories.bare_request(cloud, number, state, wave=wave, place=wave)

    assert queries.places_left(wave) == 0
    with pytest.raises(operations.NoPlaceLeft):
        operations.decide(request=asked(cloud, 9), decision="accept", by=reviewer, version=0)


def test_accepting_takes_a_place_and_releasing_gives_it_back(cloud, wave, reviewer):
    first = operations.decide(request=asked(cloud, 1), decision="accept", by=reviewer, version=0)
    assert queries.places_left(wave) == 1

    operations.decide(request=first, decision="waiting", by=reviewer, version=1)

    assert queries.places_left(wave) == 2


def test_somebody_who_waited_takes_a_place_of_the_next_wave(cloud, wave, reviewer):
    waiting = operations.decide(request=asked(cloud, 1), decision="waiting", by=reviewer, version=0)
    operations.close_wave(wave=wave)
    following = operations.open_wave(wave=plan(cloud, clock.now(), clock.now() + timedelta(days=9)))

    accepted = operations.decide(request=waiting, decision="accept", by=reviewer, version=1, place=following)

    assert (accepted.wave, accepted.place) == (wave, following)
    assert (queries.places_left(wave), queries.places_left(following)) == (2, 1)


def test_a_place_of_another_service_cannot_be_taken(site, cloud, wave, received, reviewer):
    with pytest.raises(operations.NoPlaceLeft):
        operations.decide(request=received, decision="accept", by=reviewer, version=0, place=wave)


def test_confirming_after_the_closing_joins_the_waiting_list_and_says_so(cloud, wave):
    operations.submit(request=factories.draft(cloud, **answers(cloud)))
    operations.close_wave(wave=wave)

    received = operations.confirm_address(token=mailbox.token_of("confirm_address", "/requests/confirm/"))

    assert (received.state, received.wave) == ("waiting", None)
    sentence = "The form closed before you confirmed: your request is kept, on the waiting list."
    assert said(sentence) in plain(mailbox.body_of("received"))


def test_confirming_in_time_belongs_to_the_wave(cloud, wave):
    received = asked(cloud, 1)

    assert (received.state, received.wave) == ("submitted", wave)
    body = mailbox.body_of("received")
    assert (received.public_id in body, f"/waves/{wave.public_id}/" in body) == (True, True)


def test_the_closing_moment_counts_before_the_worker_has_struck(cloud, wave):
    assert queries.form_state(cloud).wave == wave
    with time_machine.travel(wave.closes_at, tick=False):
        assert queries.form_state(cloud).taking is False


def test_closing_mails_what_was_being_typed(cloud, wave):
    factories.draft(cloud, **answers(cloud))
    factories.draft(cloud, email="nowhere")

    operations.close_wave(wave=wave)
    drain()

    assert mailbox.names_to(DENISE) == ["draft_kept"]


# Europe/Paris: on 29 March 2026 at 2:00 it is 3:00; on 25 October 2026 at 3:00 it is 2:00.
@pytest.mark.parametrize(
    ("opens", "closes", "opens_utc", "closes_utc"),
    [
        ("2026-03-29 02:30", "2026-03-30 02:30", (2026, 3, 29, 1, 30), (2026, 3, 30, 0, 30)),
        ("2026-10-25 02:30", "2026-10-26 02:30", (2026, 10, 25, 0, 30), (2026, 10, 26, 1, 30)),
    ],
)
def test_waves_open_and_close_on_time_on_both_nights_of_clock_change(cloud, opens, closes, opens_utc, closes_utc):
    first, last = datetime(*opens_utc, tzinfo=UTC), datetime(*closes_utc, tzinfo=UTC)
    with time_machine.travel(first - timedelta(days=1), tick=False):
        wave = plan(cloud, _paris(opens), _paris(closes))
    assert (wave.opens_at, wave.closes_at) == (first, last)

    states = []
    for moment in (first - timedelta(minutes=1), first, last - timedelta(minutes=1), last):
        with time_machine.travel(moment, tick=False):
            operations.tick()
        wave.refresh_from_db()
        states.append(wave.state)

    assert states == ["planned", "open", "open", "closed"]


def _paris(text: str) -> datetime:
    naive = datetime.fromisoformat(text)
    return clock.at(naive.date(), naive.time())


def test_a_wave_whose_dates_have_passed_is_left_to_a_human(cloud):
    wave = plan(cloud, clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2))

    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        operations.tick()
        wave.refresh_from_db()
        assert wave.state == "planned"
        assert [(line.kind, line.verb) for line in queries.today_lines()] == [("wave", "waves")]


def test_striking_again_changes_nothing(wave):
    assert operations.tick() == 0


def test_verify_says_ok_for_an_order_that_follows_the_seed(cloud, wave):
    for number in range(4):
        asked(cloud, number)
    operations.close_wave(wave=wave)
    said = StringIO()

    call_command("wave", "verify", wave.public_id, stdout=said)

    assert said.getvalue() == "ok: 4 requests, ordered by lot\n"


@pytest.mark.parametrize("what", ["seed", "seed_hash", "rank"])
def test_verify_says_mismatch_when_anything_was_touched(cloud, wave, what):
    for number in range(4):
        asked(cloud, number)
    operations.close_wave(wave=wave)
    if what == "rank":
        last = Request.objects.get(draw_rank=4)
        Request.objects.filter(draw_rank=1).update(draw_rank=4)
        Request.objects.filter(pk=last.pk).update(draw_rank=1)
    else:
        Wave.objects.update(**{what: draw.new_seed()})

    with pytest.raises(CommandError, match="mismatch"):
        call_command("wave", "verify", wave.public_id, stdout=StringIO())


def test_verify_knows_no_wave_that_never_was(db):
    with pytest.raises(CommandError, match="no such wave"):
        call_command("wave", "verify", "nothing", stdout=StringIO())


def test_order_is_still_verifiable_once_names_are_gone(cloud, wave, reviewer):
    for number in range(3):
        operations.decide(request=asked(cloud, number), decision="decline", by=reviewer, version=0, reason="no_room")
    operations.close_wave(wave=wave)
    with time_machine.travel(clock.now() + timedelta(days=400), tick=False):
        operations.purge()

    assert queries.problems_of_order(Wave.objects.get()) == []


def test_report_merges_reasons_given_fewer_than_five_times(cloud, wave):
    reasons = ["no_room"] * 6 + ["outside_criteria"] * 4 + ["no_answer"]
    for number, reason in enumerate(reasons, start=1):
        factories.bare_request(cloud, number, "declined", wave=wave, decision_reason=reason)
    for number, state in enumerate(["accepted", "agreed", "waiting", "question"], start=20):
        factories.bare_request(cloud, number, state, wave=wave)

    report = queries.report_of(wave)

    assert (report.received, report.accepted, report.waiting, report.declined, report.undecided) == (15, 2, 1, 11, 1)
    assert [(str(line.label), line.count) for line in report.reasons] == [
        (said("Not enough room for now"), 6),
        (said("Other reasons"), 5),
    ]


@pytest.mark.parametrize(("delays", "median"), [((1, 3, 30), 3), ((0.2, 0.3, 5), 1), ((1, 3.2, 4), 4), ((), None)])
def test_report_gives_the_median_delay_never_shorter_than_it_was(client, cloud, wave, delays, median):
    now = clock.now()
    for number, days in enumerate(delays, start=1):
        factories.bare_request(
            cloud,
            number,
            "declined",
            wave=wave,
            submitted_at=now,
            decided_at=now + timedelta(days=days),
            decision_reason="other",
        )
    factories.bare_request(cloud, 8, "question", wave=wave, submitted_at=now, decided_at=now)
    factories.bare_request(cloud, 9, wave=wave)
    closed = operations.close_wave(wave=wave)

    assert queries.report_of(wave).median_days == median
    page = text_of(client.get(f"/waves/{closed.public_id}/"))
    if median:
        assert plain(_half(median)) in page


def _half(days: int) -> str:
    one, many = "Half of the answers came within %(days)s day.", "Half of the answers came within %(days)s days."
    with override("fr"):
        return ngettext(one, many, days) % {"days": days}


def test_today_shows_one_line_for_a_wave_and_none_while_a_lot_is_open(cloud, wave):
    for number in range(1, 4):
        factories.bare_request(cloud, number, wave=wave)
    assert queries.today_lines() == []

    operations.close_wave(wave=wave)

    assert [(line.kind, line.title, line.detail) for line in queries.today_lines()] == [
        ("request", "Vague d’automne", counted("%(count)d request to decide", "%(count)d requests to decide", 3))
    ]


def test_a_service_on_trial_promises_no_waiting_list_between_its_waves(client, cloud):
    Service.objects.update(state="trial")

    page = text_of(client.get("/services/nuage/"))

    waits = "We are trying it with a few organisations. What you ask for joins the waiting list."
    between = "Requests are taken by waves; the next one has no date yet."
    assert (said(waits) in page, said(between) in page) == (False, True)
