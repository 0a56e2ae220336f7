# SPDX-License-Identifier: AGPL-3.0-or-later
"""An import whose worker is killed: called in children of the nursery (``tests/procedures/nursery.py``)."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

from django.core.management import call_command

from archipel.history.models import Entry
from archipel.identity.models import AccountName, Person, PersonWord
from archipel.kernel import clock
from archipel.organisations import operations
from archipel.organisations.models import Batch, Membership, Organisation, Redirection
from archipel.outbox.models import Job
from archipel.procedures.models import Procedure
from tests.organisations.moving import DOMAINS, ORGANISATIONS, REDIRECTIONS

PEOPLE = "email;name;organisation;login_git;passphrase_hash\n" + "".join(
    f"n{place}@people.example;N {place};{'lavoir' if place % 2 else 'phare'};n{place};{{SSHA}}j6FLkJ3bczOrsXoRJkFRILURD9mUWgnZ\n"
    for place in range(100)
)


def begin() -> None:
    files = {"o.csv": ORGANISATIONS, "p.csv": PEOPLE, "d.csv": DOMAINS, "r.csv": REDIRECTIONS}
    operations.open_batch(files=[(name, text.encode()) for name, text in files.items()], confirmed=True)


def apply() -> None:
    operations.apply_batch(batch=Batch.objects.get())


def undo() -> None:
    operations.undo_batch(batch=Batch.objects.get())


def was_read() -> bool:
    return Batch.objects.get().state == "ready"


def was_applied() -> bool:
    return Batch.objects.get().state == "applied" and _nothing_left()


def was_undone() -> bool:
    return Batch.objects.get().state == "undone" and _nothing_left()


def was_used_since() -> bool:
    return Batch.objects.filter(state="undone", effects__kept_because="signed_in").exists() and _nothing_left()


def sign_in(name: str) -> None:
    Person.objects.filter(name=name).update(last_login=clock.now())


def command(words: list[str]) -> str:
    out = io.StringIO()
    call_command("import", *words, stdout=out)
    return out.getvalue()


def _nothing_left() -> bool:
    return not Procedure.objects.filter(state="running").exists()


def outcome() -> dict[str, Any]:
    """What is there once it is all over, and how often each thing was told."""
    batch = Batch.objects.get()
    told = Counter(Entry.objects.values_list("what", flat=True))
    return {
        "state": batch.state,
        "done": [batch.done, batch.records],
        "counts": batch.counts,
        "rows": [
            model.objects.count() for model in (Person, PersonWord, Organisation, Membership, AccountName, Redirection)
        ],
        "wrapped": Person.objects.filter(password__startswith="wrapped$sha1$").count(),
        "effects": [batch.effects.count(), batch.effects.filter(undone=True).count(), batch.problems.count()],
        "told": dict(sorted(told.items())),
        "procedures": sorted(set(Procedure.objects.values_list("state", flat=True))),
        "dead": Job.objects.filter(state="dead").count(),
    }
