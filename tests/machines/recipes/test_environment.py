# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.recipes.environment import SecretWritten, Written, read_exports, read_sample
from archipel.machines.recipes.findings import Notebook, Place
from tests.machines.recipes.folders import noted


def line(text: str) -> Written:
    (found,) = read_sample(text, ".env.sample", Notebook(own=False)).lines
    return found


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("A=x", "x", ""), ("A=", "", ""), ("export A=x", "x", ""), ("A=x y  # a note", "x y", "a note"), ("A=x#y", "x#y", ""),
        ('A="x # y" # z', "x # y", "z"), ("A='x'", "x", ""), ("A=# nothing", "", "nothing"), ("A= x", "x", ""), ("A=http://b/?c=d", "http://b/?c=d", ""),
    ],
)  # fmt: skip
def test_a_setting_is_read_with_its_note(text, value, note):
    found = line(text)
    assert (found.name, found.value, found.note, found.off) == ("A", value, note, False)


def test_a_commented_setting_is_known_and_has_no_value():
    sample = read_sample("# Who may write\n# by default\n#WRITERS=all\n", ".env.sample", Notebook(own=False))
    assert sample.lines == (
        Written("WRITERS", "all", Place(".env.sample", 3), off=True, help="Who may write by default"),
    )
    assert sample.values == {}


def test_prose_with_an_equals_sign_is_no_setting():
    sample = read_sample("# use x=1 to begin\n# note that a=b\nA=1\n", ".env.sample", Notebook(own=False))
    assert [found.name for found in sample.lines] == ["A"]


def test_help_ends_at_an_empty_line():
    assert line("# about something else\n\nA=1").help == ""


def test_later_lines_win_and_may_use_earlier_ones():
    sample = read_sample(
        'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"\nA=1\nA=2\nB=${A}-${C}\nD=a $ b\n',
        ".env.sample",
        Notebook(own=False),
    )
    assert sample.compose_files == ("compose.yml", "compose.db.yml")
    assert (sample.values["A"], sample.values["B"], sample.values["D"]) == ("2", "2-", "a $ b")


def test_secrets_are_announced_with_length_and_signs():
    sample = read_sample(
        "SECRET_DB_PASSWORD_VERSION=v1 # length=64 charset=hex\n#SECRET_OTHER_VERSION=v1\nSECRET_VERSION=v1\n",
        ".env.sample",
        Notebook(own=False),
    )
    assert sample.secrets == (
        SecretWritten("db_password", 64, "hex", Place(".env.sample", 1)),
        SecretWritten("other", 0, "", Place(".env.sample", 2)),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not a setting", "! .env.sample:1: NAME=value is expected"),
        ('A="never closed', "! .env.sample:1 A: is not read: quotes around the whole value are expected"),
        ("9A=1", "! .env.sample:1: NAME=value is expected"),
    ],
)
def test_a_line_that_is_no_setting_is_an_error(text, words):
    notebook = Notebook(own=False)
    read_sample(text, ".env.sample", notebook)
    assert noted(notebook) == [words]


def test_exports_are_read_and_functions_are_never_run():
    notebook = Notebook(own=False)
    values = read_exports(
        "#!/bin/bash\nexport A_VERSION=v3\nexport B=$(id)\nbackup() {\n  rm -rf /\n}\nfunction restore() {\n}\n",
        "abra.sh",
        notebook,
    )
    assert values == {"A_VERSION": "v3"}
    assert noted(notebook) == [
        "abra.sh:4 backup: a function for abra: never run here",
        "abra.sh:7 restore: a function for abra: never run here",
    ]
