# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks to one WordPress: the hooks of its recipe, and the verbs its image knows besides (``recipes/wordpress/image/programs/run``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BAD_INPUT, Engine, Hook, Ran
from archipel.spaces.ports import stack_of_space

APP, DATABASE = "app", "db"
SERVICES = (APP, DATABASE)
UPLOADS, INCOMING = "/var/lib/archipel/uploads", "/var/lib/archipel/incoming"
# Seconds: a word, a measure over all files, and what moves a whole website.
SHORT, MEASURE, LONG = 30.0, 120.0, 1800.0
# What only the recipe says how to run.
HOOKS = ("people", "usage", "health", "export", "restore")
# How a verb ends when it says no, and what it writes then.
REFUSED = 3
# EX_TEMPFAIL and EX_CONFIG of sysexits.h: the database does not answer yet; a setting or a secret is missing.
MISSING_SETTING = 78


class Inside:
    """The WordPress of one space."""

    def __init__(self, engine: Engine, space_id: str, hooks: Mapping[str, Hook]) -> None:
        self._engine = engine
        self._hooks = hooks
        self.stack = stack_of_space(space_id)

    def ask(self, verb: str, given: Any = None, *, timeout: float = SHORT) -> Any:
        """Say a verb and return its answer (``TryLater``, ``RefusedOutside`` with the code the verb says)."""
        said = BytesIO(json.dumps(given, ensure_ascii=False).encode()) if given is not None else None
        ran = self._run(verb, stdin=said, timeout=timeout)
        check(verb, ran)
        try:
            return json.loads(ran.output)
        except ValueError:
            raise TryLater(f"WordPress answered something else than JSON to {verb}") from None

    def take(self, verb: str, target: IO[bytes]) -> None:
        """Say a verb and write what it gives to ``target``."""
        check(verb, self._run(verb, stdout=target, timeout=LONG))

    def give(self, verb: str, source: IO[bytes]) -> None:
        """Say a verb that reads ``source``."""
        check(verb, self._run(verb, stdin=source, timeout=LONG))

    def take_files(self, target: IO[bytes]) -> None:
        """Write the tar of what was uploaded; its names begin with ``uploads/``."""
        self._engine.read_files(self.stack, APP, UPLOADS, target)

    def give_files(self, source: IO[bytes]) -> None:
        """Unpack a tar aside; ``end_restore`` puts it in its place."""
        self._engine.write_files(self.stack, APP, INCOMING, source)

    def look(self) -> Ran:
        """Read the front page to its end: code 0 when it is whole, and a sentence."""
        return self._run("health")

    def _run(
        self, verb: str, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None, timeout: float = SHORT
    ) -> Ran:
        """Run the hook of that name, with the time the recipe gives it; else the verb itself."""
        hook = self._hooks.get(verb)
        if hook is None and verb in HOOKS:
            raise RefusedOutside(BAD_INPUT, f"the recipe of WordPress names no hook {verb}", about=verb)
        hook = hook or Hook(APP, ("archipel", verb), timeout)
        return self._engine.run(
            self.stack, hook.service, list(hook.command), stdin=stdin, stdout=stdout, timeout=hook.timeout
        )


def check(verb: str, ran: Ran) -> None:
    """Raise what the end of a verb means: a refusal is final, any other failure may pass."""
    if ran.code == 0:
        return
    if ran.code == REFUSED:
        try:
            told = json.loads(ran.output)
            raise RefusedOutside(str(told["refused"]), f"WordPress, {verb}: {told['reason']}")
        except (ValueError, KeyError, TypeError):
            raise RefusedOutside("bad_input", f"WordPress refuses {verb}") from None
    lines = ran.errors.decode("utf-8", "replace").strip().splitlines()
    words = f"WordPress, {verb}: ended with {ran.code}: {lines[-1][:200] if lines else 'no word'}"
    if ran.code == MISSING_SETTING:
        raise RefusedOutside("bad_input", words)
    raise TryLater(words)
