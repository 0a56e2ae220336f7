# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from archipel.connectors.keycloak.fake import FakeSignOn
from archipel.outbox.worker import drain
from tests.identity import elsewhere

pytestmark = pytest.mark.usefixtures("host", "bob")


def said(act):
    output = StringIO()
    call_command("sign_on", act, stdout=output)
    return output.getvalue()


def test_everything_is_told_then_compared():
    fake = FakeSignOn()
    with elsewhere.chosen(fake, elsewhere.FakeSignIn()):
        assert said("push").startswith("2 things wait for the worker")
        with pytest.raises(CommandError, match="not prepared"):
            said("compare")
        drain()
        assert said("compare") == "2 the same, 0 changed there (on Today), 0 on their way there.\n"


@pytest.mark.parametrize("act", ["push", "compare"])
def test_with_builtin_the_command_says_that_there_is_nothing_to_do(act):
    with pytest.raises(CommandError, match="Archipel itself"):
        said(act)
