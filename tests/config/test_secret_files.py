# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets come as files too, and a file that is missing is said by its name."""

from __future__ import annotations

import pytest

from archipel.config.database import databases_for
from archipel.config.secret_files import UnreadableSecret, read_secret_files


def test_value_is_read_from_the_file_unless_it_was_given(tmp_path):
    file = tmp_path / "secret"
    file.write_text("quatre bateaux bleus\n")
    environment = {
        "ARCHIPEL_BACKUP_PASSPHRASE_FILE": str(file),
        "ARCHIPEL_SMTP_FILE": str(file),
        "ARCHIPEL_SMTP": "smtp://given",
        "ANOTHER_FILE": str(file),
    }

    read_secret_files(environment)

    assert environment["ARCHIPEL_BACKUP_PASSPHRASE"] == "quatre bateaux bleus"
    assert (environment["ARCHIPEL_SMTP"], "ANOTHER" in environment) == ("smtp://given", False)


def test_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UnreadableSecret, match=r"ARCHIPEL_SMTP_FILE=.*nowhere cannot be read: No such file"):
        read_secret_files({"ARCHIPEL_SMTP_FILE": str(tmp_path / "nowhere")})


def test_passphrase_of_the_database_stands_apart_from_its_address(tmp_path):
    apart = databases_for("postgresql://archipel@postgresql/archipel", tmp_path, "apart")
    within = databases_for("postgresql://archipel:within@postgresql/archipel", tmp_path, "apart")

    assert [found["default"]["PASSWORD"] for found in (apart, within)] == ["apart", "within"]


def test_machine_of_the_database_that_is_gone_is_not_waited_for_without_end(tmp_path):
    options = databases_for("postgresql://archipel@postgresql/archipel", tmp_path)["default"]["OPTIONS"]

    assert (options["connect_timeout"], options["tcp_user_timeout"]) == (10, 30_000)
