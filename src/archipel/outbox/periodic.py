# SPDX-License-Identifier: AGPL-3.0-or-later
"""What strikes at an hour: rules written in code, the next occurrence kept in the database.

An occurrence missed while nothing ran (or skipped over by the demonstration clock) strikes once, not once per miss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django_tasks.base import Task, task

from archipel.kernel import clock
from archipel.outbox import operations
from archipel.outbox.models import Periodic


@dataclass(frozen=True)
class Rule:
    """Either ``every`` so long, or ``daily`` at a wall-clock time of the host's zone."""

    name: str
    task: Task[..., Any]
    every: timedelta | None
    daily: time | None

    @property
    def text(self) -> str:
        return f"every {self.every.total_seconds():g}" if self.every else f"daily {self.daily:%H:%M}"

    def after(self, instant: datetime) -> datetime:
        """Return the first occurrence after an instant."""
        if self.every:
            return instant + self.every
        assert self.daily is not None
        day = clock.day_of(instant)
        today = clock.at(day, self.daily)
        return today if today > instant else clock.at(day + timedelta(days=1), self.daily)


_rules: dict[str, Rule] = {}


def periodic(
    name: str, *, every: timedelta | None = None, daily: time | None = None
) -> Callable[[Callable[[], None] | Task[..., Any]], Task[..., Any]]:
    """Run the decorated function without arguments, each occurrence once whatever the number of workers."""
    if (every is None) == (daily is None):
        raise ValueError("either every or daily")

    def register(function: Callable[[], None] | Task[..., Any]) -> Task[..., Any]:
        made = function if isinstance(function, Task) else task()(function)
        _rules[name] = Rule(name, made, every, daily)
        return made

    return register


def rules() -> dict[str, Rule]:
    """Return every rule by name."""
    return dict(_rules)


def ensure_rows() -> None:
    """Make the rows of new or changed rules, and drop those of rules that left."""
    with transaction.atomic():
        present = {row.name: row for row in Periodic.objects.select_for_update()}
        for name, rule in _rules.items():
            row = present.pop(name, None)
            handler = rule.task.module_path
            if row is None or (row.rule, row.handler) != (rule.text, handler):
                first = clock.now() if rule.every else rule.after(clock.now())
                values = {"rule": rule.text, "handler": handler, "next_due": first}
                Periodic.objects.update_or_create(name=name, defaults=values)
        if present:
            Periodic.objects.filter(name__in=present).delete()


def strike() -> int:
    """Write one job for each rule that is due, and return how many; several workers at once write it once."""
    now, written = clock.now(), 0
    for row in list(Periodic.objects.filter(next_due__lte=now)):
        rule = _rules.get(row.name)
        if rule is None:
            continue
        with transaction.atomic():
            mine = Periodic.objects.filter(pk=row.pk, next_due=row.next_due).update(next_due=rule.after(now))
            if mine:
                operations.enqueue_once(task=rule.task, key=f"periodic:{row.name}")
                written += 1
    return written
