# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.catalogue import personal, queries
from archipel.history import queries as history


def test_a_person_reads_what_they_look_after(site, yann, charlie):
    assert (personal.export(yann), personal.export(charlie)) == ({"looks_after": ["site"]}, {"looks_after": []})


def test_forgetting_takes_them_off_and_says_so_on_today(site, yann):
    assert personal.forget(yann, "Personne 7k2m") == []

    assert [row.person.name for row in site.maintainers.all()] == ["Maëlle Riou"]
    assert [line.public_id for line in queries.today_lines()] == ["site"]
    assert history.of_object("service", "site").lines[0].what == "service.let_go"
