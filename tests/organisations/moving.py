# SPDX-License-Identifier: AGPL-3.0-or-later
"""Imports as tests write them: tables as text, the worker in this process."""

from __future__ import annotations

from archipel.organisations import operations, queries
from archipel.organisations.models import Batch
from archipel.outbox.worker import drain

ORGANISATIONS = """reference;name;kind;rna;town;member_since;member_until
lavoir;Le Lavoir;association;W294001234;Concarneau;2019-01-15;
phare;Le Phare;collectif;;Brest;31/03/2021;2024-12-31
"""
PEOPLE = """email;name;language;organisation;role;login_nextcloud;login_git
nora@lavoir.example;Nora Émile;fr;lavoir;referent;nemile;nora
omar@lavoir.example;Omar Diallo;en;lavoir;;odiallo;
paul@phare.example;Paul Riou;;phare;trésorier;;
"""
ROLES = """organisation,email,role,since,until
phare,nora@lavoir.example,referent,2021-04-01,
lavoir,paul@phare.example,member,2015-01-01,2018-12-31
"""
DOMAINS = "domain;organisation\nlavoir.example;lavoir\nphare.example;\n"
MAILBOXES = (
    "address;email;name;quota_mb\ncontact@lavoir.example;nora@lavoir.example;Le Lavoir;2000\ninfo@phare.example;;;\n"
)
REDIRECTIONS = "source;destination\nbureau@lavoir.example;nora@lavoir.example omar@lavoir.example\n@phare.example;paul@phare.example\n"
WHOLE = {
    "organisations.csv": ORGANISATIONS,
    "people.csv": PEOPLE,
    "roles.csv": ROLES,
    "domains.csv": DOMAINS,
    "mailboxes.csv": MAILBOXES,
    "redirections.csv": REDIRECTIONS,
}


def read(files: dict[str, str | bytes], *, confirmed: bool = True, **options) -> Batch:
    """Give files and let the worker read them."""
    contents = [(name, text.encode() if isinstance(text, str) else text) for name, text in files.items()]
    batch = operations.open_batch(files=contents, confirmed=confirmed, **options)
    drain()
    batch.refresh_from_db()
    return batch


def imported(files: dict[str, str | bytes], **options) -> Batch:
    """Import files whole."""
    batch = read(files, **options)
    operations.apply_batch(batch=batch)
    drain()
    batch.refresh_from_db()
    assert batch.state == "applied"
    return batch


def undone(batch: Batch) -> Batch:
    operations.undo_batch(batch=batch)
    drain()
    batch.refresh_from_db()
    return batch


def problems(batch: Batch) -> list[tuple[str, int, str, str]]:
    """Every problem as (file, line, column, code)."""
    return [(row.file, row.line, row.column, row.code) for row in batch.problems.order_by("file", "line", "pk")]


def planned(batch: Batch) -> dict[str, int]:
    return batch.summary["counts"]


def words(batch: Batch) -> list[str]:
    return [line.words for line in queries.all_problems_of(batch)]
