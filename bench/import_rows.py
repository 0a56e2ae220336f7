# SPDX-License-Identifier: AGPL-3.0-or-later
"""The files of a host that moves in: persons with weak hashes, ten to an organisation, each with a role and a user name."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from archipel.organisations import operations
from archipel.organisations.models import Membership
from bench.pages_rows import cookie_of
from bench.seeding import FIRST, LAST, PLACES, THINGS, chance

EACH = 10


def seed(data: Path, count: int) -> None:
    """Give the files, not yet read, and sign in the administrator who looks on."""
    organisations = "reference;name;kind;town;member_since\n" + "".join(
        f"ref-{number};{chance.choice(THINGS)} {chance.choice(PLACES)} {number:05};association;Concarneau;2019-01-15\n"
        for number in range(count // EACH)
    )
    people = "email;name;confirmed;passphrase_hash;organisation;role;login_nextcloud\n" + "".join(
        _person(number) for number in range(count)
    )
    files = [("organisations.csv", organisations.encode()), ("people.csv", people.encode())]
    batch = operations.open_batch(files=files, confirmed=False)
    staff = Membership.objects.filter(role="administrator").select_related("person").earliest("pk")
    found = {"batch": batch.public_id, "cookie": cookie_of(staff.person)}
    (data / "bench.json").write_text(json.dumps(found))


def _person(number: int) -> str:
    # Any 28 bytes will do as digest and salt: nobody signs in.
    weak = base64.b64encode(chance.randbytes(28)).decode()
    role = "referent" if number % EACH == 0 else "member"
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    return f"personne-{number:06}@bench.example;{name};yes;{{SSHA}}{weak};ref-{number // EACH};{role};p{number}\n"
