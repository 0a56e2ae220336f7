# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is said of a recipe while it is read: what was read, read in another way than written, or not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, overload

Group = Literal["read", "differently", "not_read"]
GROUPS: tuple[Group, ...] = ("read", "differently", "not_read")
Read = TypeVar("Read")


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file below the recipe's folder, a line counted from 1 (0: the file as a whole)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Finding:
    """One thing said of a recipe. ``key`` is the path of the key (``services.app.image``), ``error``: it cannot be used so."""

    group: Group
    place: Place
    key: str
    words: str = ""
    error: bool = False

    def __str__(self) -> str:
        about = f"{self.place} {self.key}".rstrip()
        return f"{about}: {self.words}" if self.words else about


class Unreadable(Exception):
    """A value is not what is expected there; ``words`` say what is."""

    def __init__(self, place: Place, key: str, words: str) -> None:
        self.place, self.key, self.words = place, key, words
        super().__init__(f"{place} {key}: {words}")


class RecipeRefused(Exception):
    """A recipe cannot be used as it is; ``findings`` say each why, with file, line, key and what is expected."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings))


class Notebook:
    """Collects findings. ``own``: a recipe in our own format, where whatever is not read is an error."""

    def __init__(self, *, own: bool) -> None:
        self.own = own
        # An ordered set: anchors let one line be read many times, and it is said once.
        self._findings: dict[Finding, None] = {}
        self.error_count = 0

    @property
    def findings(self) -> list[Finding]:
        return list(self._findings)

    def read(self, place: Place, key: str, words: str = "") -> None:
        self._note(Finding("read", place, key, words))

    def differently(self, place: Place, key: str, words: str) -> None:
        """Note what is done in another way than written; in our own recipes nothing should be written that is not meant."""
        self._note(Finding("differently", place, key, words, error=self.own))

    def not_read(self, place: Place, key: str, words: str, *, grave: bool = False) -> None:
        """Note what is left out; ``grave``: the application would not run as its recipe means it."""
        self._note(Finding("not_read", place, key, words, error=self.own or grave))

    def wrong(self, place: Place, key: str, words: str) -> None:
        self._note(Finding("not_read", place, key, words, error=True))

    @overload
    def attempt(self, act: Callable[[], Read], otherwise: None) -> Read | None: ...
    @overload
    def attempt(self, act: Callable[[], Read], otherwise: Any) -> Read: ...
    def attempt(self, act: Callable[[], Any], otherwise: Any) -> Any:
        """Return what ``act`` reads; when it cannot be read, note why and return ``otherwise``."""
        try:
            return act()
        except Unreadable as problem:
            self.wrong(problem.place, problem.key, problem.words)
            return otherwise

    def errors(self) -> list[Finding]:
        return [finding for finding in self._findings if finding.error]

    def refuse_errors(self, *, but: Iterable[Finding] = ()) -> None:
        """Raise ``RecipeRefused`` when something noted is an error, those in ``but`` left aside wherever they stand."""
        said = {(finding.key, finding.words) for finding in but}
        if errors := [finding for finding in self.errors() if (finding.key, finding.words) not in said]:
            raise RecipeRefused(errors)

    def _note(self, finding: Finding) -> None:
        self._findings.setdefault(finding)
        self.error_count += finding.error
