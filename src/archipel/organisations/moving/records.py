# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read from a file, whatever its format: records of seven kinds, and problems that name their line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# In the order in which they are applied: each may name one of an earlier kind.
KINDS = ("organisation", "person", "role", "name", "domain", "mailbox", "redirection")


@dataclass
class Record:
    """One thing to bring in. ``values`` are texts as the file has them, then as they are cleaned; absent is empty.

    organisation: reference, name, kind, rna, siren, town, founded_year, member_since, member_until, archipel_id
    person: email, name, language, confirmed, other_emails, passphrase_hash · role: organisation, email, role, since, until
    name: email, application, user_name · domain: domain, organisation · mailbox: address, email, name, quota_mb
    redirection: source, destination
    """

    kind: str
    file: str
    line: int
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line. ``left_out``: the line is not brought in; else all of it but this is."""

    file: str
    line: int
    code: str
    column: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    left_out: bool = True


class Unreadable(Exception):
    """A whole file cannot be read; holds the problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True)
class Options:
    """What the host says of its files: see ``Batch``."""

    confirmed: bool = False
    kind: str = "association"
    applications: tuple[str, ...] = ()


@dataclass
class Read:
    """What came of one file."""

    format: str
    encoding: str = ""
    separator: str = ""
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
