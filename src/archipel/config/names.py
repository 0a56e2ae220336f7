# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is asked about public names: the machine's name servers, or memory in the demonstration (nothing leaves)."""

from __future__ import annotations

import os

from django.conf import settings

from archipel.connectors.dns.connector import DnsLookup
from archipel.connectors.dns.fake import FakeLookup
from archipel.host.ports import NamesLookup

DEMONSTRATION_NAMES = {
    ("lescale.example", "TXT"): ["v=spf1 mx -all"],
    ("_dmarc.lescale.example", "TXT"): ["v=DMARC1; p=none; rua=mailto:postmaster@lescale.example"],
    # Where the sites of the demonstration would be, and a domain whose names lead there.
    ("*.pages.localhost", "A"): ["203.0.113.5"],
    ("*.pret.example", "A"): ["203.0.113.5"],
    ("lescale.example", "MX"): ["courriel.lescale.example"],
}


def names_lookup() -> NamesLookup:
    """Return what answers; ``ARCHIPEL_DNS`` (``address:port``) names another server than the machine's."""
    if settings.DEMONSTRATION:
        return FakeLookup(DEMONSTRATION_NAMES)
    server, _, port = os.environ.get("ARCHIPEL_DNS", "").rpartition(":")
    return DnsLookup([server], int(port)) if server else DnsLookup()
