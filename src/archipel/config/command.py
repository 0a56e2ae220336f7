# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ``archipel`` command: Django's management commands, with hyphens allowed in their names, and how processes start.

``prepare``, ``web``, ``worker`` and ``build`` decide what is true before Django is used: they stand here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path


def main() -> None:
    """Do what the command line asks; what it writes (mails, back-ups, the database) is for its owner only."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    words = list(sys.argv)
    own = OWN.get(words[1]) if len(words) > 1 else None
    if own:
        _say_why(own, words[2:])
        return
    from django.core.management import execute_from_command_line  # late: after the environment was set

    if len(words) > 1 and not words[1].startswith("-"):
        words[1] = words[1].replace("-", "_")
    execute_from_command_line(words)


def _say_why(work: Callable[[list[str]], None], words: list[str]) -> None:
    from archipel.config.preparation import CannotStart  # late: it loads Django
    from archipel.config.secret_files import UnreadableSecret

    # Who starts processes one by one runs a real host, unless the data says that it is a demonstration.
    os.environ["ARCHIPEL_MODE"] = os.environ.get("ARCHIPEL_MODE") or _marked() or "real"
    try:
        work(words)
    except (CannotStart, UnreadableSecret) as problem:
        print(problem, file=sys.stderr, flush=True)
        sys.exit(2)


def _marked() -> str:
    try:
        return (Path(os.environ.get("ARCHIPEL_DATA") or Path(__file__).parents[3] / "var") / "mode").read_text().strip()
    except OSError:
        return ""


def _prepare(words: list[str]) -> None:
    from archipel.config import preparation  # late: it loads Django

    argparse.ArgumentParser(prog="archipel prepare").parse_args(words)
    data = preparation.prepare()
    if not (data / "mode").exists():
        (data / "mode").write_text(os.environ["ARCHIPEL_MODE"])


def _build(words: list[str]) -> None:
    from archipel.config import preparation  # late: it loads Django

    parser = argparse.ArgumentParser(prog="archipel build")
    parser.add_argument("folder", type=Path)
    preparation.build(parser.parse_args(words).folder.absolute())


def _web(words: list[str]) -> None:
    from archipel.config.web import serve_all  # late: it loads Django

    parser = argparse.ArgumentParser(prog="archipel web")
    parser.add_argument("--bind", default=os.environ.get("BIND") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--processes", type=int, default=int(os.environ.get("ARCHIPEL_WEB_PROCESSES") or 2))
    arguments = parser.parse_args(words)
    sys.exit(serve_all(arguments.bind, arguments.port, max(1, arguments.processes)))


def _worker(words: list[str]) -> None:
    from django.core.management import execute_from_command_line  # late: after the environment was set

    from archipel.config import preparation  # late: it loads Django

    preparation.wait_until_prepared()
    execute_from_command_line(["archipel", "worker", *words])


OWN: dict[str, Callable[[list[str]], None]] = {"prepare": _prepare, "build": _build, "web": _web, "worker": _worker}
