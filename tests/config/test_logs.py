# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log names the pages that were asked for, never the secret of a link."""

from __future__ import annotations

import logging

from django.conf import settings

from archipel.admissions.links import token_for
from archipel.config.logs import HideLinks
from archipel.kernel.references import new_public_id, new_token


def written(path: str) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Gone", path), None)
    assert HideLinks().filter(record)
    return record.getMessage()


def test_secret_of_a_link_is_left_out():
    draft, token = token_for("draft", new_public_id()), new_token()

    assert written(f"/requests/draft/{draft}/needs/") == "Gone: /requests/draft/…/needs/"
    assert written(f"/agreements/{token}/") == "Gone: /agreements/…/"
    assert written(f"/invitation/{new_public_id()}{token}/") == "Gone: /invitation/…/"
    assert written("/account/password/reset/key/2-czn9q8-0f1e2d3c4b5a69788796a5b4c3d2e1f0/") == (
        "Gone: /account/password/reset/key/…/"
    )


def test_public_id_stays():
    space = new_public_id()

    assert written(f"/spaces/{space}/versions/") == f"Gone: /spaces/{space}/versions/"


def test_every_line_passes_through_it():
    filters = {name: handler["filters"] for name, handler in settings.LOGGING["handlers"].items()}

    assert filters == {"stderr": ["links"]}
