# SPDX-License-Identifier: AGPL-3.0-or-later
"""``./run``: prepares the data folder, then starts web and worker and stops them together.

Web and worker are forked from one parent that has already loaded Django: they start at once and share its memory.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

from archipel.config.addresses import is_loopback, problem_of
from archipel.config.processes import die_with_parent, fork, signal_all

WORKERS = 1
# Seconds a child may take to finish what it is doing before it is killed; what it left is resumed.
PATIENCE = 15


def main() -> None:
    """Do what the command line asks; exit 2 with one sentence when it cannot be done."""
    arguments = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
    if arguments.tour:
        from archipel.config.tour import walk  # late: the tour sets its own environment before Django loads

        sys.exit(walk())
    os.environ["ARCHIPEL_MODE"] = _mode(wants_real=arguments.empty)
    bind, port = os.environ.get("BIND") or "127.0.0.1", _port()
    if os.environ["ARCHIPEL_MODE"] == "demonstration" and not is_loopback(bind):
        _refuse(f"The demonstration only listens on this computer: BIND={bind} is refused (127.0.0.1 or ::1).")
    problem = problem_of(bind, port)
    if problem:
        _refuse(problem)
    _mark(os.environ["ARCHIPEL_MODE"])
    _run(bind, port)


def _run(bind: str, port: int) -> None:
    from archipel.config import preparation  # late: Django's settings read the environment set above

    try:
        data = preparation.prepare()
    except preparation.CannotStart as problem:
        _refuse(str(problem))
    children = {fork("worker", _worker): "worker" for _ in range(WORKERS)}
    children[fork("web", lambda: _web(bind, port))] = "web"
    (data / "run.pid").write_text(f"{os.getpid()}\n")
    _wait_until_answering(bind, port)
    print(preparation.welcome(bind, port), flush=True)
    code = _watch(children)
    (data / "run.pid").unlink(missing_ok=True)
    sys.exit(code)


def _mode(*, wants_real: bool) -> str:
    """Return what the data folder is for: once it holds a real host, ``./run`` never takes it for a demonstration."""
    folder = _folder()
    wanted = "real" if wants_real else os.environ.get("ARCHIPEL_MODE") or "demonstration"
    try:
        known = (folder / "mode").read_text().strip()
    except FileNotFoundError:
        return wanted
    except OSError as problem:
        _refuse(f"{folder} cannot be read: {problem.strerror}. Choose another folder: ARCHIPEL_DATA=… ./run")
    if wants_real and known != "real":
        _refuse(
            f"{folder} holds the demonstration. Choose another folder for a real host: ARCHIPEL_DATA=… ./run --empty"
        )
    return known


def _folder() -> Path:
    return Path(os.environ.get("ARCHIPEL_DATA") or Path(__file__).parents[3] / "var")


def _mark(mode: str) -> None:
    """Say in the folder what it is for, once nothing stands in the way: a refused start leaves no trace."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "mode").exists():
            (folder / "mode").write_text(mode)
    except OSError as problem:
        _refuse(f"{folder} cannot be written: {problem.strerror}. Choose another folder: ARCHIPEL_DATA=… ./run")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run", description="Serve Archipel. PORT, BIND and ARCHIPEL_DATA can be set."
    )
    parser.add_argument("--empty", action="store_true", help="start a real host, to be set up in the browser")
    parser.add_argument(
        "--tour", action="store_true", help="walk the nine steps against a fresh demonstration, then stop"
    )
    return parser.parse_args()


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        _refuse(f"PORT={text} is not a port number (1 to 65535).")
    return int(text)


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(2)


def _worker() -> None:
    from django.core.management import call_command  # late: Django is loaded by the parent

    die_with_parent()
    call_command("worker")


def _web(bind: str, port: int) -> None:
    from archipel.config.keycloak import forget_credentials  # late: Django is loaded by the parent
    from archipel.config.serve import listen, serve  # late: as above

    die_with_parent()
    forget_credentials()
    serve(listen(bind, port))


def _wait_until_answering(bind: str, port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection((bind, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def _watch(children: dict[int, str]) -> int:
    """Wait for a signal or the end of a child, then end the others; return the exit code."""
    asked: list[float] = []

    def stop(*_: object) -> None:
        asked.append(time.monotonic())
        signal_all(children, signal.SIGTERM)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    code = 0
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            if asked and time.monotonic() - asked[0] > PATIENCE:
                signal_all(children, signal.SIGKILL)
            time.sleep(0.1)
            continue
        name = children.pop(pid, "")
        if not asked:
            print(f"The {name} process ended by itself; stopping the others.", file=sys.stderr)
            code = os.waitstatus_to_exitcode(status) or 1
            stop()
    return code


if __name__ == "__main__":
    main()
