# SPDX-License-Identifier: AGPL-3.0-or-later
"""What ``archipel recipe check`` prints: three groups, each line with its file and line, errors marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archipel.machines.recipes.findings import GROUPS, Finding, Group
from archipel.machines.recipes.recipe import Recipe

FORMATS = {"archipel": "Archipel", "co-op cloud": "Co-op Cloud"}
TITLES: dict[Group, str] = {"read": "Read", "differently": "Read differently", "not_read": "Not read"}


def lines_of(recipe: Recipe) -> Iterator[str]:
    """Yield the report on a recipe, for a terminal of any width."""
    yield f"{recipe.name} ({recipe.slug}), a recipe in the format of {FORMATS[recipe.format]}"
    versions = recipe.version_names()
    yield f"  opens {', '.join(versions) if versions else 'no version'}"
    if recipe.route:
        names = f" at {', '.join(recipe.route.names)}" if recipe.route.names else ""
        yield f"  visitors go to {recipe.route.service}:{recipe.route.port}{names}"
    if recipe.secrets:
        yield f"  secrets made once: {', '.join(f'{one.name} ({one.length})' for one in recipe.secrets)}"
    if recipe.settings:
        yield f"  settings: {', '.join(setting.name for setting in recipe.settings)}"
    if recipe.volumes:
        yield f"  on its machine alone between two back-ups: {', '.join(sorted(set(recipe.volumes) - set(recipe.scratch))) or '-'}"
    for group in GROUPS:
        findings = [finding for finding in recipe.findings if finding.group == group]
        yield ""
        yield f"{TITLES[group]} ({len(findings)})"
        yield from (_grouped(findings) if group == "read" else map(_line, findings))
    yield ""
    errors = len(recipe.errors)
    yield "No error." if not errors else f"{errors} error{'s' if errors > 1 else ''}: lines marked with ! must change."


def _line(finding: Finding) -> str:
    return f"{'! ' if finding.error else '  '}{finding}"


def _grouped(findings: Sequence[Finding]) -> Iterator[str]:
    """Put the keys below one mapping on one line."""
    rows: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        rows.setdefault((finding.place.file, finding.key.rpartition(".")[0]), []).append(finding)
    for (_file, above), below in rows.items():
        names = ", ".join(finding.key.rpartition(".")[2] for finding in below)
        yield f"  {below[0].place} {f'{above}: ' if above else ''}{names}"
