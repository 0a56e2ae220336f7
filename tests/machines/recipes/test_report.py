# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.machines.recipes.report import lines_of
from tests.machines.recipes.folders import COMPOSE, coop, own


def test_a_report_says_what_a_recipe_is_and_its_three_groups(tmp_path):
    lines = list(lines_of(coop(tmp_path)))
    assert lines[:7] == [
        "jardin (jardin), a recipe in the format of Co-op Cloud",
        "  opens 2.0.0+1.4.2",
        "  visitors go to app:3000 at space.example.org",
        "  secrets made once: app_key (64), db_password (32)",
        "  settings: COLOUR, WELCOME",
        "  on its machine alone between two back-ups: rows, seeds",
        "",
    ]
    titles = [line for line in lines if line.startswith(("Read", "Not read"))]
    assert [title.partition(" (")[0] for title in titles] == ["Read", "Read differently", "Not read"]
    assert lines[-1] == "No error."
    assert not any(line.startswith("!") for line in lines)


def test_keys_that_were_read_stand_together_under_the_first_line(tmp_path):
    lines = list(lines_of(own(tmp_path)))
    assert "  compose.yml:15 services.app.deploy.resources.limits: memory, cpus, pids" in [
        line for line in lines if "limits" in line
    ]


def test_errors_are_marked_and_counted(tmp_path):
    compose = COMPOSE.replace("pids: 50", "pids: many").replace(
        "    cap_drop: [ALL]\n", "    cap_drop: [ALL]\n    tty: true\n"
    )
    lines = list(lines_of(own(tmp_path, compose=compose)))
    assert [line for line in lines if line.startswith("!")] == [
        "! compose.yml:4 services.app.deploy.resources.limits.pids: is missing: one space must not stop others",
        "! compose.yml:12 services.app.tty: nobody looks at a container's terminal",
        "! compose.yml:16 services.app.deploy.resources.limits.pids: a whole number is expected",
    ]
    assert lines[-1] == "3 errors: lines marked with ! must change."
