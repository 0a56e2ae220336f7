# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.history.models import Entry
from archipel.host.operations import rotate_keys
from archipel.kernel import clock, keys
from archipel.machines import operations, queries
from archipel.machines.models import BackupPlace, Machine
from archipel.machines.operations.places import BadPlace, KeepsNothing, LocationTaken, PlaceClosed, PlaceNameTaken
from archipel.machines.queries.places import stands_with_machines
from archipel.machines.wiring import spec_of
from archipel.outbox.worker import drain
from tests import factories
from tests.machines import stores

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("host")]

S3 = {"access_key": "AKIA", "secret_key": "très secret"}


def declare(by, **changes):
    values = {"name": "Chez le voisin", "kind": "folder", "location": "/copies", "credentials": {}} | changes
    return operations.declare_place(by=by, **values)


def test_declared_place_is_prepared_by_the_worker_and_its_key_is_sealed(staff, shelves):
    place, key = declare(staff)
    assert shelves.shelves["/copies"].passphrase == ""
    drain()

    place.refresh_from_db()
    assert (place.checked_at is not None, place.problem_since, place.bytes) == (True, None, 0)
    assert shelves.shelves["/copies"].passphrase == key
    assert (key in place.locked_passphrase, keys.unlock(place.locked_passphrase)) == (False, key)
    assert len(key.replace("-", "")) == 32
    assert key not in json.dumps([entry.details for entry in Entry.objects.all()])


def test_credentials_are_sealed_and_stay_when_left_empty(staff):
    place, _ = declare(staff, kind="s3", location="https://storage.example/bucket/a", credentials=S3)
    assert "secret" not in place.locked_credentials

    operations.change_place(place=place, changes={"name": "Autre nom"}, credentials={"secret_key": ""}, by=staff)
    place.refresh_from_db()
    assert spec_of(place).credentials == S3
    operations.change_place(place=place, changes={}, credentials={"secret_key": "nouveau"}, by=staff)
    place.refresh_from_db()

    assert (place.name, spec_of(place).credentials) == ("Autre nom", {**S3, "secret_key": "nouveau"})
    rotate_keys()
    assert spec_of(BackupPlace.objects.get()).credentials["secret_key"] == "nouveau"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"location": "copies"}, BadPlace), ({"kind": "s3", "location": "/copies"}, BadPlace),
        ({"name": "Chez le voisin", "location": "/ailleurs"}, PlaceNameTaken), ({"name": "Autre"}, LocationTaken),
        ({"name": "Autre", "location": "/x", "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0}, KeepsNothing),
    ],
)  # fmt: skip
def test_what_cannot_be_a_place_is_refused_and_nothing_is_written(staff, changes, refusal):
    declare(staff)
    with pytest.raises(refusal):
        declare(staff, **changes)
    assert BackupPlace.objects.count() == 1


def test_place_that_worked_once_is_never_prepared_again(shelves):
    """An empty folder in its place is a disk that is not mounted."""
    place = stores.place()
    shelves.shelves.clear()

    operations.check_place(place=place)

    place.refresh_from_db()
    assert (place.problem_code, shelves.shelves["/copies"].passphrase) == ("unknown", "")


def test_failing_place_is_one_line_of_today_until_it_works(shelves, staff):
    place = stores.place()
    shelves.fail("/copies", "bad_key")
    operations.check_place(place=place)
    (line,) = queries.today_lines()
    assert (line.url, line.verb, line.tone) == (f"/desk/backup-places/{place.public_id}/", "operate", "stop")

    shelves.fail("/copies", None)
    operations.check_place(place=place)
    assert queries.today_lines() == []


def test_short_silence_is_no_line_and_a_long_one_is(shelves):
    place = stores.place()
    shelves.fail("/copies", "silent")
    operations.check_place(place=place)
    assert queries.today_lines() == []
    BackupPlace.objects.update(problem_since=clock.now() - timedelta(hours=2))
    operations.check_place(place=place)
    assert [line.public_id for line in queries.today_lines()] == [place.public_id]


def test_key_that_is_kept_nowhere_else_waits_on_today(staff):
    place = stores.place(key_kept_at=None)
    assert [line.badge for line in queries.today_lines()] == ["Clé"]
    operations.confirm_key_kept(place=place, by=staff)
    assert queries.today_lines() == []


def test_place_nobody_checked_for_a_month_is_a_line():
    place = stores.place(checked_at=clock.now() - timedelta(days=31))
    assert [line.public_id for line in queries.today_lines()] == [place.public_id]


def test_closed_place_keeps_its_key_and_takes_no_change(staff):
    place = stores.place()
    operations.close_place(place=place, by=staff)
    place.refresh_from_db()
    with pytest.raises(PlaceClosed):
        operations.change_place(place=place, changes={"name": "x"}, credentials={}, by=staff)
    assert (queries.open_places(), operations.show_key(place=place, by=staff)) == ([], stores.KEY)
    assert declare(staff, name="Nouveau")[0].location == place.location


def test_site_of_the_machines_is_warned_of():
    place = stores.place(site=stores.site())
    assert stands_with_machines(place) is False
    Machine.objects.create(name="goeland", site=place.site, created_at=clock.now())
    assert stands_with_machines(place) is True


def test_key_is_shown_again_to_who_proves_who_they_are_and_is_written_down(client, staff):
    place = stores.place()
    client.force_login(staff)
    page = reverse("desk-backup-place-key", args=[place.public_id])
    asked = client.get(page)
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert stores.KEY not in client.post(page).content.decode()

    client.post(reverse("account_reauthenticate"), {"password": factories.PASSPHRASE})
    assert stores.KEY not in client.get(page).content.decode()
    assert Entry.objects.filter(what="place.key_shown").count() == 0
    shown = client.post(page)

    assert stores.KEY in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert Entry.objects.get(what="place.key_shown").actor_id == staff.public_id


def test_key_is_shown_at_the_command_line_and_is_written_down(capsys):
    stores.place()
    call_command("backup_key", "Chez le voisin")
    assert capsys.readouterr().out.strip() == stores.KEY
    call_command("backup_key")
    assert "/copies" in capsys.readouterr().out
    assert Entry.objects.filter(what="place.key_shown").count() == 1


def test_place_is_declared_changed_and_closed_by_the_pages(client, staff):
    client.force_login(staff)
    typed = {
        "name": "Disque",
        "kind": "folder",
        "location": "/mnt/copies",
        "keep_daily": 7,
        "keep_weekly": 4,
        "keep_monthly": 6,
    }
    shown = client.post(reverse("desk-backup-place-new"), typed)
    place = BackupPlace.objects.get()
    assert keys.unlock(place.locked_passphrase) in shown.content.decode()
    page = reverse("desk-backup-place", args=[place.public_id])
    assert keys.unlock(place.locked_passphrase) not in client.get(page).content.decode()

    client.post(page, {**typed, "name": "Autre disque"})
    client.post(reverse("desk-backup-place-check", args=[place.public_id]))
    client.post(reverse("desk-backup-place-key-kept", args=[place.public_id]))
    client.post(reverse("desk-backup-place-close", args=[place.public_id]))

    place.refresh_from_db()
    assert (place.name, place.key_kept_at is None, place.closed_at is None) == ("Autre disque", False, False)
    assert client.get(page).status_code == 200


def test_form_without_the_secrets_of_its_kind_is_refused_beside_them(client, staff):
    client.force_login(staff)
    typed = {
        "name": "S3",
        "kind": "s3",
        "location": "https://storage.example/b",
        "keep_daily": 7,
        "keep_weekly": 0,
        "keep_monthly": 0,
    }
    answer = client.post(reverse("desk-backup-place-new"), typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["access_key", "secret_key"])


def test_list_costs_as_many_queries_with_three_places_as_with_one(client, staff):
    client.force_login(staff)
    counts = []
    for number in range(3):
        stores.place(f"Place {number}", f"/copies/{number}", site=stores.site(f"Site {number}"))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("desk-backup-places"))
        counts.append(len(seen))
    assert counts[1] == counts[2] <= counts[0]
