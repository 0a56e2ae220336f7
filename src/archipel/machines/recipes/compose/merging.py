# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several Compose files put together, the later over the earlier, as ``docker stack deploy -c a -c b`` does."""

from __future__ import annotations

from dataclasses import replace

from archipel.machines.recipes.located import Items, Leaf, Table, Value

# Lists that are really mappings ``NAME=value``: the later value of a name wins.
PAIRS = {"environment", "labels"}
# Lists whose entries are told apart by where they stand in the container; the later wins, others are added.
ATTACHED = {"volumes", "secrets", "configs", "networks", "tmpfs", "ports", "extra_hosts", "cap_add", "cap_drop"}


def merged(first: Value, second: Value, name: str = "") -> Value:
    """Return the second over the first; ``name`` is the key both stand at."""
    # Networks are a list or a mapping, which may differ between two parts.
    if name in PAIRS or (name == "networks" and isinstance(first, Table) != isinstance(second, Table)):
        first, second = _as_table(first), _as_table(second)
    if isinstance(first, Table) and isinstance(second, Table):
        entries = dict(first.entries)
        for key, value in second.entries.items():
            entries[key] = merged(entries[key], value, key) if key in entries else value
        return Table(entries, first.lines | second.lines, first.place)
    if name in ATTACHED and isinstance(first, Items) and isinstance(second, Items):
        later = {_target(value) for value in second.values}
        return replace(
            first, values=(*(value for value in first.values if _target(value) not in later), *second.values)
        )
    if isinstance(second, Leaf) and second.kind == "nothing" and isinstance(first, Table | Items):
        return first
    return second


def _as_table(value: Value) -> Value:
    if not isinstance(value, Items) or not all(isinstance(child, Leaf) for child in value.values):
        return value
    entries: dict[str, Value] = {}
    lines = {}
    for child in value.values:
        assert isinstance(child, Leaf)
        name, sign, rest = child.text.partition("=")
        # A name alone takes its value from outside, which an empty entry says as well.
        entries[name.strip()] = Leaf(rest, "text" if sign else "nothing", child.place)
        lines[name.strip()] = child.place
    return Table(entries, lines, value.place)


def _target(value: Value) -> str:
    """Return where an entry stands in its container: ``target``, or the second part of ``volume:/path``."""
    if isinstance(value, Table):
        found = value.entries.get("target", value.entries.get("source"))
        return found.text if isinstance(found, Leaf) else repr(value)
    if not isinstance(value, Leaf):
        return repr(value)
    parts = value.text.split(":")
    return parts[1] if len(parts) > 1 and parts[1].startswith("/") else value.text
