# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of a domain and what is wrong with it, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STATE_WORDS = {
    "pending": pgettext_lazy("domain", "Waiting for its records"),
    "enabled": pgettext_lazy("domain", "It works"),
    "action_required": pgettext_lazy("domain", "Something must be done"),
    "failed": pgettext_lazy("domain", "Given up"),
    "removed": pgettext_lazy("domain", "Removed"),
}
TONES = {"pending": "now", "enabled": "ok", "action_required": "stop", "failed": "stop", "removed": ""}

# By code: what is wrong, and what to do. ``about`` is what was seen.
PROBLEMS = {
    "absent": _(
        "The name servers know nothing of this name. Create the records below where you registered it; it may take "
        "some hours until they are known everywhere."
    ),
    "elsewhere": _("This name leads elsewhere (%(about)s). Put the values below in the place of those."),
    "elsewhere_ipv6": _(
        "For a part of your visitors (IPv6) this name leads elsewhere: %(about)s. Remove that AAAA record, or put the "
        "value below in its place."
    ),
    "proof": _(
        "Another organisation used a name of this domain here, or wants one. Add the TXT record below too: it proves that the "
        "name is yours."
    ),
    "certificate": _(
        "A CAA record forbids the certificate this name needs (seen: %(about)s). Add the CAA record below, or remove "
        "those there are."
    ),
    "taken": _(
        "This name leads to a space of another organisation here. Write to us: it cannot be in two places at once."
    ),
    "silent": _("The name servers did not answer in time. We ask them again in a few minutes."),
    "host": _("The address of your space itself is not known to the name servers: that is for us to put right."),
}
