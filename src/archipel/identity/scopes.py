# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an application may ask for, in the words of the people who are asked; tokens of programs have scopes of their own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

APPLICATION_SCOPES: dict[str, str | Promise] = {
    "openid": _("Know that it is you"),
    "profile": _("Your name, your pseudonym and your language"),
    "email": _("Your main e-mail address"),
    "offline_access": _("Stay signed in while you are away"),
    "launcher": _("Show the menu of your applications"),
}
# Chosen for each application by the host, told with every sign-in.
APPLICATION_CLAIMS: dict[str, str | Promise] = {
    "organisations": _("The organisations you enter it for"),
    "roles": _("Your roles there"),
    "groups": _("The groups that follow from them"),
    "quota": _("How much room your spaces have"),
}
