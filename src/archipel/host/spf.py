# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a domain lets an address send its mail (RFC 7208), as far as a host needs to know before it sends."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from archipel.host.ports import NamesLookup

Verdict = Literal["pass", "fail", "softfail", "neutral", "none", "error"]
RESULTS: dict[str, Verdict] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
# RFC 7208, 4.6.4: more names to look up than this and every receiver gives up.
MOST_LOOKUPS = 10


def records_of(lookup: NamesLookup, domain: str) -> list[str]:
    """Return the SPF records of a domain: one when all is well."""
    texts = lookup.records(domain, "TXT")
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def verdict(lookup: NamesLookup, domain: str, address: str) -> Verdict:
    """Return what a receiver would conclude of mail of ``domain`` coming from an IP ``address``."""
    try:
        return _Check(lookup, ipaddress.ip_address(address)).of(domain)
    except _BadRecord:
        return "error"


class _BadRecord(Exception):
    pass


@dataclass
class _Check:
    lookup: NamesLookup
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    lookups: int = field(default=0)

    def of(self, domain: str) -> Verdict:
        records = records_of(self.lookup, domain)
        if not records:
            return "none"
        if len(records) > 1:
            raise _BadRecord
        terms = records[0].split()[1:]
        for term in terms:
            if "=" in term.split(":")[0].split("/")[0]:
                continue
            sign, mechanism = (term[0], term[1:]) if term[0] in RESULTS else ("+", term)
            if self._matches(mechanism, domain):
                return RESULTS[sign]
        redirect = next((term[9:] for term in terms if term.lower().startswith("redirect=")), "")
        if redirect:
            self._count()
            return self.of(redirect)
        return "neutral"

    def _matches(self, mechanism: str, domain: str) -> bool:
        name, _, rest = mechanism.partition(":")
        name, _, mask = name.partition("/") if "/" in name else (name, "", "")
        name = name.lower()
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._in_network(rest)
        target, _, mask_of_target = rest.partition("/")
        target, mask = target or domain, mask or mask_of_target
        if name in ("include", "a", "mx", "exists", "ptr"):
            self._count()
        if "%" in target or name == "ptr":
            return False  # macros and reverse names are not followed: the page then says "not sure"
        return self._found(name, target, mask)

    def _found(self, name: str, target: str, mask: str) -> bool:
        if name == "include":
            return self.of(target) == "pass"
        if name == "a":
            return self._holds(target, mask)
        if name == "mx":
            return any(self._holds(server, mask) for server in self.lookup.records(target, "MX"))
        if name == "exists":
            return bool(self.lookup.records(target, "A"))
        raise _BadRecord

    def _holds(self, name: str, mask: str) -> bool:
        kind: Literal["A", "AAAA"] = "A" if self.address.version == 4 else "AAAA"
        four, _, six = mask.partition("//")
        length = (four if self.address.version == 4 else six) or str(self.address.max_prefixlen)
        return any(self._in_network(f"{found}/{length}") for found in self.lookup.records(name, kind))

    def _in_network(self, network: str) -> bool:
        try:
            return self.address in ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise _BadRecord from error

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _BadRecord
