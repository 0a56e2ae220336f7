# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.identity.operations.pushing import invite_elsewhere
from archipel.identity.queries import signs_in_elsewhere
from archipel.mailing import operations as mailing


def send_passphrase_link(*, person: Person) -> int:
    """Mail a link to choose a passphrase to somebody who has none here; return how many mails left (0 or 1).

    The link works once, for as long as a reset does (setting ``PASSWORD_RESET_TIMEOUT``, three days).
    """
    if person.has_usable_password() or not person.is_active:
        return 0
    if signs_in_elsewhere():
        invite_elsewhere(person=person)
        return 1
    # The very link that django-allauth makes for a reset, so that its own page takes it.
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    words = {"uidb36": user_pk_to_url_str(person), "key": token}
    portal = host.current().portal_url
    mailing.send(
        name="identity/choose_passphrase",
        to=person.email,
        to_name=person.name,
        language=person.language,
        context={
            "name": person.name,
            "link": portal + reverse("account_reset_password_from_key", kwargs=words),
            "reset_page": portal + reverse("account_reset_password"),
        },
    )
    return 1
