# SPDX-License-Identifier: AGPL-3.0-or-later
"""A command on a real host never takes it for the demonstration."""

from __future__ import annotations

import pytest

from archipel.config.mode import is_demonstration


@pytest.mark.parametrize(
    ("said", "marked", "demonstration"),
    [
        ("", "", True),
        ("demonstration", "", True),
        ("", "demonstration", True),
        ("real", "", False),
        ("", "real", False),
        ("demonstration", "real", False),
        ("real", "demonstration", False),
        ("production", "", False),
    ],
)
def test_mode_is_real_as_soon_as_something_says_so(tmp_path, said, marked, demonstration):
    if marked:
        (tmp_path / "mode").write_text(f"{marked}\n")

    assert is_demonstration(tmp_path, said) == demonstration
