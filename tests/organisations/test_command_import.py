# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel import``: says everything, writes when told to, and its exit code says how it went."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from archipel.identity.models import Person
from archipel.organisations import operations
from archipel.organisations.models import Batch
from archipel.outbox.worker import drain
from tests.organisations.moving import PEOPLE, WHOLE, imported
from tests.procedures.conftest import nursery  # noqa: F401 - a fixture

WHERE = "tests.organisations.house_moving"


@pytest.fixture
def files(tmp_path):
    for name, text in WHOLE.items():
        (tmp_path / name).write_text(text)
    return [str(tmp_path / name) for name in WHOLE]


def run(*words):
    out = io.StringIO()
    call_command("import", *words, stdout=out)
    return out.getvalue()


def test_dry_run_says_what_would_be_and_writes_nothing(db, files):
    said = run(*files, "--dry-run", "--confirmed")
    assert "People: 3 new" in said
    assert "people.csv: csv_person utf-8 ';'" in said
    assert "Nothing was imported: this was a dry run." in said
    assert (Person.objects.count(), Batch.objects.get().state, Batch.objects.get().parts.count()) == (0, "discarded", 0)


def test_dry_run_names_every_line_in_french_too(db, tmp_path, capsys):
    wrong = tmp_path / "people.csv"
    wrong.write_text("email;name;confirmed\nnora;N;\nomar@lavoir.example;O;maybe\npaul@lavoir.example;P;\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"Nothing was imported\."):
        call_command("import", str(wrong), "--dry-run", "--language", "fr", stdout=out)
    assert out.getvalue().splitlines()[-2:] == [
        "people.csv:2: email: Ceci ne ressemble pas à une adresse électronique.",
        "people.csv:3: confirmed: Écrivez ici oui ou non.",
    ]


def test_lines_with_problems_stop_it_unless_they_may_be_left_out(db, tmp_path):
    wrong = tmp_path / "people.csv"
    wrong.write_text("email;name\nnora;N\npaul@lavoir.example;P\n")
    with pytest.raises(CommandError, match="--leave-out"):
        run(str(wrong))
    assert (Person.objects.count(), Batch.objects.get().state) == (0, "discarded")


def test_wrong_words_are_said(db, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "nothing.csv"))
    with pytest.raises(CommandError, match="Choose at least one file"):
        run()
    with pytest.raises(CommandError, match="There is no such import"):
        run("--undo", "nothing")
    empty = tmp_path / "a.csv"
    empty.write_text("colour\nred\n")
    with pytest.raises(CommandError, match=r"Nothing was imported\."):
        run(str(empty))


def test_import_is_undone_once(db):
    batch = imported({"people.csv": PEOPLE.replace("organisation;role", "a;b")})
    operations.undo_batch(batch=batch)
    drain()
    with pytest.raises(CommandError, match="no longer possible"):
        run("--undo", batch.public_id)


@pytest.mark.server
def test_command_follows_the_worker_to_the_end(nursery, files):  # noqa: F811 - the fixture's name
    case = nursery.fresh()
    worker = case.begin("tests.procedures.nursery.work_until", done=f"{WHERE}.was_used_since", timeout=60.0)
    applied = case.call(f"{WHERE}.command", words=[*files, "--confirmed", "--send-links"]).result
    batch = applied.splitlines()[-1].split()[1].rstrip(":")
    case.call(f"{WHERE}.sign_in", name="Nora Émile")
    undone = case.call(f"{WHERE}.command", words=["--undo", batch]).result
    assert (case.wait(worker).status, applied.splitlines()[-1]) == (0, f"import {batch}: applied")
    assert undone.splitlines()[-2:] == [f"import {batch}: undone", "People: Nora Émile: the person has signed in since"]
