# SPDX-License-Identifier: AGPL-3.0-or-later
"""``.env.sample`` and the exports of ``abra.sh`` of a Co-op Cloud recipe: settings, versions of secrets, optional parts.

Read: ``NAME=value`` (with or without quotes and ``export``), ``#NAME=value`` as a setting without a value, the comment lines just
above as its help, and after a ``SECRET_…_VERSION`` line the comment ``# length=32 charset=hex``. Nothing is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archipel.machines.recipes.findings import Notebook, Place
from archipel.machines.recipes.variables import Malformed, replaced

LINE = re.compile(r"(?P<off>#\s{0,4})?(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<rest>.*)")
EXPORT = re.compile(r"export\s+(?P<name>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>[\w.+-]*)\s*(?:#.*)?")
FUNCTION = re.compile(r"(?:function\s+)?(?P<name>[A-Za-z_][\w-]*)\s*\(\)")
QUOTED = re.compile(r"""(?P<quote>["'])(?P<value>.*?)(?P=quote)\s*(?:\#\s*(?P<note>.*))?""")
BARE = re.compile(r"""(?P<value>[^\s#"'](?:[^#]|(?<=\S)#)*)?\s*(?:#\s*(?P<note>.*))?""")
SECRET = re.compile(r"SECRET_(?P<name>[A-Z0-9_]+)_VERSION")
LENGTH = re.compile(r"\blength=(\d{1,3})\b")
CHARSET = re.compile(r"\bcharset=([\w,]+)")
# Names a setting file may hold in all; the largest real one read so far has some 200.
MOST_LINES = 3000


@dataclass(frozen=True)
class Written:
    """One line of a file of settings. ``off``: the line is a comment, so the setting is known and has no value."""

    name: str
    value: str
    place: Place
    off: bool = False
    help: str = ""
    note: str = ""


@dataclass(frozen=True)
class SecretWritten:
    """A secret that a ``SECRET_…_VERSION`` line announces; ``length`` in signs, ``charset`` as written (empty: letters and digits)."""

    name: str
    length: int
    charset: str
    place: Place


@dataclass(frozen=True)
class Sample:
    """A file of settings as read. ``values`` are those in force, ``compose_files`` the parts they put together."""

    lines: tuple[Written, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    secrets: tuple[SecretWritten, ...] = ()
    compose_files: tuple[str, ...] = ()


def read_sample(content: str, file: str, notebook: Notebook) -> Sample:
    """Read a file of settings; a line that is none of those above is noted."""
    lines: list[Written] = []
    above: list[str] = []
    for number, line in enumerate(content.splitlines()[:MOST_LINES], start=1):
        words = line.strip()
        found = LINE.fullmatch(words)
        # "# sentence with x=1 inside" is prose: a setting that is off has its name right after the sign.
        if found and (not found["off"] or found["name"].isupper()):
            lines.append(_written(found, Place(file, number), " ".join(above), notebook))
            above = []
        elif words.startswith("#"):
            above.append(words.lstrip("#").strip())
        else:
            above = []
            if words:
                notebook.wrong(Place(file, number), "", "NAME=value is expected")
    return _sample(lines, notebook)


def _written(found: re.Match[str], place: Place, above: str, notebook: Notebook) -> Written:
    rest = found["rest"].strip()
    value = QUOTED.fullmatch(rest) or BARE.fullmatch(rest)
    if value is None:
        if not found["off"]:
            notebook.wrong(place, found["name"], "is not read: quotes around the whole value are expected")
        return Written(found["name"], "", place, off=bool(found["off"]), help=above)
    return Written(
        found["name"],
        (value["value"] or "").strip(),
        place,
        off=bool(found["off"]),
        help=above,
        note=value["note"] or "",
    )


def _sample(lines: list[Written], notebook: Notebook) -> Sample:
    values: dict[str, str] = {}
    for line in lines:
        if line.off:
            continue
        try:
            values[line.name] = replaced(line.value, values, lambda _name: "")
        except Malformed:
            # A dollar sign that begins nothing stands for itself, as in a shell.
            values[line.name] = line.value
        notebook.read(line.place, line.name)
    parts = tuple(dict.fromkeys(filter(None, values.get("COMPOSE_FILE", "").split(":"))))
    return Sample(tuple(lines), values, _secrets(lines), parts)


def _secrets(lines: list[Written]) -> tuple[SecretWritten, ...]:
    made = []
    for line in lines:
        if found := SECRET.fullmatch(line.name):
            length, charset = LENGTH.search(line.note), CHARSET.search(line.note)
            made.append(
                SecretWritten(
                    found["name"].lower(), int(length[1]) if length else 0, charset[1] if charset else "", line.place
                )
            )
    return tuple(made)


def read_exports(content: str, file: str, notebook: Notebook) -> dict[str, str]:
    """Return the versions ``abra.sh`` exports; its functions are noted, never run."""
    values = {}
    for number, line in enumerate(content.splitlines()[:MOST_LINES], start=1):
        if found := EXPORT.fullmatch(line.strip()):
            values[found["name"]] = found["value"]
            notebook.read(Place(file, number), found["name"])
        elif found := FUNCTION.match(line):
            notebook.not_read(Place(file, number), found["name"], "a function for abra: never run here")
    return values
