# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody does with an application that gives codes."""

from __future__ import annotations

import re

from allauth.mfa.models import Authenticator
from django.urls import reverse

from archipel.identity import one_time_codes
from archipel.identity.models import Person
from archipel.kernel import clock, keys
from tests import factories

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_codes(person: Person) -> Person:
    """Give a person an application that gives codes, and recovery codes."""
    data = {"secret": keys.lock(SECRET)}
    Authenticator.objects.create(user=person, type="totp", data=data, created_at=clock.now())
    data = {"seed": keys.lock("5eed" * 10), "used_mask": 0}
    Authenticator.objects.create(user=person, type="recovery_codes", data=data, created_at=clock.now())
    return person


def code(steps: int = 0, secret: str = SECRET) -> str:
    """Return what the application shows, so many steps of 30 seconds from now."""
    return one_time_codes.code_at(secret, one_time_codes.present_step() + steps)


def recovery_code(person: Person, place: int = 0) -> str:
    """Return a recovery code that is left."""
    return str(Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()[place])


def sign_in(client, person: Person, **headers):
    """Type address and passphrase."""
    typed = {"login": person.email, "password": factories.PASSPHRASE}
    return client.post(reverse("account_login"), typed, **headers)


def prove_again(client) -> None:
    """Type the passphrase where it is asked again."""
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSPHRASE})


def secret_on(page) -> str:
    """Return the key that the page of a new application shows."""
    return re.search(r'class="secret"><code>([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")
