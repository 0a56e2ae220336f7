# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which names of its own an organisation may bring, and what the DNS must say of them. Only ``look`` asks outside."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from archipel.host import domains as names
from archipel.host import queries as host
from archipel.host.ports import NamesLookup
from archipel.identity import queries as identity
from archipel.kernel.outside import TryLater
from archipel.kernel.refusals import Invalid
from archipel.spaces.domain_words import PROBLEMS
from archipel.spaces.models import Domain

ADDRESS_TYPES = ("A", "AAAA")
PROOF = "archipel-space="


class NotADomain(Invalid):
    """What was typed is no domain name."""

    code = "not_a_domain"
    message = _("This is not a domain name. It looks like “www.your-association.org”, without https:// or a slash.")


class PublicSuffix(Invalid):
    """Everybody registers names below it: it belongs to nobody."""

    code = "public_suffix"
    message = _("This is the ending of many names, not a name of your own. Type the whole name that you registered.")


class OfTheHost(Invalid):
    """The host's own domains are given out by the host."""

    code = "domain_of_the_host"
    message = _("This name belongs to us. Type a name that your organisation registered.")


def clean_name(text: str, *, field: str = "name") -> str:
    """Return a name as the DNS writes it when an organisation may bring it; else one of the refusals above.

    Somebody's own name is told from the ending of many by the Public Suffix List (docs/decisions/0012).
    """
    try:
        name = names.clean_domain(text.strip().removeprefix("https://").removeprefix("http://").rstrip("/"))
    except ValueError:
        raise NotADomain(field=field) from None
    if not names.registrable(name):
        raise PublicSuffix(field=field)
    if _is_ours(name):
        raise OfTheHost(field=field)
    return name


def _is_ours(name: str) -> bool:
    here = host.current()
    # Where people sign in points here as well, as often as not: a name of an organisation's would lead there instead.
    sign_in = names.host_name(identity.issuer_of_applications())
    ours = [
        names.host_name(here.portal_url),
        here.sites_domain,
        here.sender_address.rpartition("@")[2].lower(),
        sign_in,
    ]
    registered = {names.registrable(one) for one in ours} - {""}
    return names.registrable(name) in registered or any(name == one or name.endswith(f".{one}") for one in ours if one)


def shown(name: str) -> str:
    """Return a name as people write it (``élan.org`` for ``xn--lan-9la.org``)."""
    try:
        return name.encode().decode("idna")
    except UnicodeError:
        return name


def is_bare(domain: Domain) -> bool:
    """Return whether a domain is registered as it is: there a CNAME is not allowed (RFC 1912, 2.4)."""
    return domain.name == domain.registrable


def problem_words(domain: Domain) -> str:
    """Return what is wrong with a domain and what to do, in the active language; empty when nothing is."""
    words = PROBLEMS.get(domain.problem)
    return str(words) % {"about": domain.problem_about} if words else ""


@dataclass(frozen=True)
class Seen:
    """What the name servers said: of the name, of the space's own address, and what is wrong (empty: nothing)."""

    observed: dict[str, list[str]] = field(default_factory=dict)
    wanted: dict[str, list[str]] = field(default_factory=dict)
    problem: str = ""
    about: str = ""


def look(domain: Domain, address: str) -> Seen:
    """Ask the name servers about a domain and compare; calls outside."""
    lookup: NamesLookup = import_string(settings.NAMES_LOOKUP)()
    try:
        observed = {kind: _records(lookup, domain.name, kind) for kind in ADDRESS_TYPES}
        wanted = {kind: _records(lookup, address, kind) for kind in ADDRESS_TYPES}
        observed["TXT"] = [text for text in lookup.records(f"_archipel.{domain.name}", "TXT") if PROOF in text]
        observed["CAA"] = _authorities(lookup, domain.name)
    except TryLater:
        return Seen(problem="silent")
    problem, about = _compare(domain, observed, wanted)
    return Seen(observed, wanted, problem, about)


def _records(lookup: NamesLookup, name: str, kind: str) -> list[str]:
    found = lookup.records(name, "A" if kind == "A" else "AAAA")
    return sorted(str(ipaddress.ip_address(value)) for value in found if _is_address(value))


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _authorities(lookup: NamesLookup, name: str) -> list[str]:
    """Return the CAA records that count: those of the nearest name above that has any (RFC 8659, 3)."""
    if not settings.CERTIFICATE_AUTHORITY:
        return []
    labels = name.split(".")
    for start in range(len(labels)):
        found = lookup.records(".".join(labels[start:]), "CAA")
        if found:
            return found
    return []


def _compare(domain: Domain, observed: dict[str, list[str]], wanted: dict[str, list[str]]) -> tuple[str, str]:
    if not any(wanted.values()):
        return "host", ""
    if not observed["A"] and not observed["AAAA"]:
        return "absent", ""
    for kind, problem in (("A", "elsewhere"), ("AAAA", "elsewhere_ipv6")):
        strangers = [value for value in observed[kind] if value not in wanted[kind]]
        if strangers:
            return problem, ", ".join(strangers[:3])
    # Most visitors come by IPv4 alone: an address of that kind is needed wherever the space has one.
    if wanted["A"] and not observed["A"]:
        return "absent", ""
    if domain.proof_needed and not _proves(domain, observed["TXT"]):
        return "proof", ""
    if not allows(observed["CAA"]):
        return "certificate", ", ".join(observed["CAA"][:3])
    return "", ""


def proof_of(domain: Domain) -> str:
    """Return what the TXT record of a domain must hold."""
    return f"{PROOF}{domain.secret}"


def _proves(domain: Domain, texts: Sequence[str]) -> bool:
    return any(text.strip() == proof_of(domain) for text in texts)


def allows(records: Sequence[str]) -> bool:
    """Return whether CAA records (as ``0 issue "ca.example"``) let our authority give a certificate (RFC 8659, 4.2)."""
    issuers = []
    for record in records:
        parts = record.split(None, 2)
        if len(parts) == 3 and parts[1].lower() == "issue":
            issuers.append(parts[2].strip('"').partition(";")[0].strip().lower())
    return not issuers or settings.CERTIFICATE_AUTHORITY in issuers


def authority_record() -> str:
    """Return the CAA record that lets our authority give a certificate, empty when none is needed."""
    return f'0 issue "{settings.CERTIFICATE_AUTHORITY}"' if settings.CERTIFICATE_AUTHORITY else ""
