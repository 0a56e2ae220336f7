# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages on places, back-ups and drills, read by axe: in French by day, in English by night, never too wide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.spaces.models import Backup, Drill, LastCopy
from tests import axe, factories
from tests.machines import stores

pytestmark = pytest.mark.browser
LONG = "the place does not answer: connection refused by storage-of-the-neighbour.example:" + "x" * 60


@pytest.fixture
def pages(client, settings, site, alice, staff):
    """The pages as the server writes them, by what they show and in a language."""
    settings.BACKUP_STORE = stores.NAME
    stores.renew()
    cellar = stores.place("Cave", site=stores.site(), key_kept_at=None, bytes=5_000_000_000)
    Machine.objects.create(name="goeland", site=cellar.site, created_at=clock.now())
    away = stores.place(
        "Chez le voisin",
        "/other",
        problem=LONG,
        problem_code="forbidden",
        problem_since=clock.now(),
        problem_seen_at=clock.now(),
    )
    gone = stores.place("Ancien disque", "/old", closed_at=clock.now())
    kept = _kept(site, cellar)
    Backup.objects.create(space=site, place=away, taken_at=clock.now(), finished_at=clock.now(), problem=LONG)
    LastCopy.objects.create(space=site, place=away, fresh_at=clock.now() - timedelta(days=5), problem=LONG)
    for ok in (True, False, None):
        ended = None if ok is None else clock.now()
        Drill.objects.create(
            backup=kept,
            at=clock.now(),
            finished_at=ended,
            ok=ok,
            seconds=4,
            files=3,
            detail=LONG if ok is False else "",
        )
    gets = {
        alice: {"space": reverse("space", args=[site.public_id])},
        staff: {
            "today": reverse("desk-today"),
            "places": reverse("desk-backup-places"),
            "new place": reverse("desk-backup-place-new"),
            "cellar": reverse("desk-backup-place", args=[cellar.public_id]),
            "away": reverse("desk-backup-place", args=[away.public_id]),
            "closed": reverse("desk-backup-place", args=[gone.public_id]),
            "key": reverse("desk-backup-place-key", args=[cellar.public_id]),
            "drills": reverse("desk-drills"),
            "backups": reverse("desk-space-backups", args=[site.public_id]),
            "restore": reverse("desk-space-restore-backup", args=[site.public_id, kept.public_id]),
        },
    }

    def written(language):
        speaks, found = {"HTTP_ACCEPT_LANGUAGE": language}, {}
        for person in (alice, staff):
            client.force_login(person)
            client.post(reverse("account_reauthenticate"), {"password": factories.PASSPHRASE})
            found |= {name: client.get(url, **speaks) for name, url in gets[person].items()}
        assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
        found["key shown"] = client.post(gets[staff]["key"], **speaks)
        found["place errors"] = client.post(gets[staff]["new place"], {"kind": "s3"}, **speaks)
        found["restore errors"] = client.post(gets[staff]["restore"], {}, **speaks)
        return {name: answer.content.decode() for name, answer in found.items()}

    return written


def _kept(site, place):
    now = clock.now()
    LastCopy.objects.create(space=site, place=place, fresh_at=now, taken_at=now, drilled_at=now, drill_ok=True)
    return Backup.objects.create(
        space=site,
        place=place,
        taken_at=now,
        finished_at=now,
        copy_id="a/00000000",
        bytes=10**9,
        files=1200,
        added_bytes=4,
    )


@axe.by_day_and_by_night
def test_axe_finds_nothing_and_no_page_on_back_ups_is_too_wide(pages, language, scheme):
    assert axe.problems_of(pages(language), language, scheme) == {}
