# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one-time code of the set-up page: printed in the terminal, only its digest is written down."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from archipel.kernel.references import ALPHABET, digest
from archipel.kernel.refusals import Invalid

# 12 signs of 27 are 57 bits: enough behind a rate limit, short enough to be typed from a screen.
LENGTH = 12


class WrongCode(Invalid):
    """Not the code that the terminal shows now."""

    code = "wrong_code"
    message = _(
        "This is not the code that the terminal shows. Copy it again, or start ./run --empty again for a new one."
    )


def new_set_up_code() -> str:
    """Return a fresh code ("abcd-efgh-jkmn") and forget the former one."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    path = _path()
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(digest(signs) + "\n")
    temporary.replace(path)
    return "-".join(signs[start : start + 4] for start in range(0, LENGTH, 4))


def check_set_up_code(*, code: str) -> None:
    """Refuse any code but the present one (``WrongCode``); case, spaces and hyphens do not count."""
    signs = "".join(sign for sign in code.lower() if sign.isalnum())
    try:
        stored = _path().read_text().strip()
    except FileNotFoundError:
        stored = ""
    if not stored or not hmac.compare_digest(stored, digest(signs)):
        raise WrongCode(field="code")


def forget_set_up_code() -> None:
    """Remove the code once it has served."""
    _path().unlink(missing_ok=True)


def _path() -> Path:
    return Path(settings.ARCHIPEL_DATA) / "set-up-code"
