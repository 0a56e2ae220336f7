# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not kept for ever: who published from where (one year), exports (their date), who reported (one year)."""

from __future__ import annotations

import shutil

from archipel.kernel import clock
from archipel.spaces.files import export_path, work_folder
from archipel.spaces.models import Closing, Export, Publication, Report
from archipel.spaces.operations.bringing_back import purge_brought
from archipel.spaces.operations.exporting import KEPT
from archipel.spaces.operations.keeping import purge_kept

KEPT_YEARS = 1


def purge_traces() -> int:
    """Forget who published from where after a year (decree 2021-1362, art. 5 and 8), and return how many rows changed."""
    limit = clock.start_of_day(clock.add_years(clock.today(), -KEPT_YEARS))
    old = Publication.objects.filter(started_at__lt=limit)
    traced = old.exclude(person=None, from_address=None, from_port=None)
    return traced.update(person=None, from_address=None, from_port=None)


def prolong_exports() -> int:
    """Keep the exports of closings that wait for 30 more days from today, and return how many were prolonged.

    However long two persons take to confirm, what is deleted can still be fetched afterwards.
    """
    waiting = Closing.objects.filter(cancelled_at=None, space__state__in=["closing", "closed"]).values("export")
    limit = clock.today() + KEPT
    kept = Export.objects.filter(pk__in=waiting, ready_at__isnull=False, removed_at=None, expires_on__lt=limit)
    return kept.update(expires_on=limit)


def purge_exports() -> int:
    """Delete the files of exports past their date, and return how many; their rows tell that they were."""
    expired = Export.objects.filter(expires_on__lt=clock.today(), removed_at=None)
    purged = 0
    for export in expired.iterator():
        export_path(export).unlink(missing_ok=True)
        shutil.rmtree(work_folder(export), ignore_errors=True)
        Export.objects.filter(pk=export.pk).update(removed_at=clock.now())
        purged += 1
    return purged


def purge_reporters() -> int:
    """Forget who reported, a year after the decision, and return how many."""
    limit = clock.start_of_day(clock.add_years(clock.today(), -KEPT_YEARS))
    old = Report.objects.exclude(decision="").filter(decided_at__lt=limit)
    return old.exclude(reporter_name="", reporter_email="").update(reporter_name="", reporter_email="")


def purge_all() -> None:
    """Forget everything whose time has come."""
    purge_traces()
    prolong_exports()
    purge_exports()
    purge_reporters()
    purge_kept()
    purge_brought()
