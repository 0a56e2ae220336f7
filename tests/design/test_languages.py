# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.utils.translation import override

from archipel.design.languages import language_name


@pytest.mark.parametrize(("shown_in", "name"), [("fr", "anglais"), ("en", "English"), ("en-gb", "English")])
def test_language_name_is_written_as_inside_a_sentence(shown_in, name):
    with override(shown_in):
        assert language_name("en") == name
