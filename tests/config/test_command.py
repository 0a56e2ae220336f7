# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
import sys

from archipel.config import command


def test_what_a_command_writes_is_for_its_owner_only(tmp_path, monkeypatch, capsys):
    before = os.umask(0o022)
    try:
        monkeypatch.setattr(sys, "argv", ["archipel", "version"])
        command.main()
        (tmp_path / "written").touch()
    finally:
        os.umask(before)

    assert (tmp_path / "written").stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out.strip()
