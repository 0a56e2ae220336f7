# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the DNS says of the mail this host sends, beside what it should say."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from archipel.host import domains, spf
from archipel.host.models import Host
from archipel.host.ports import NamesLookup
from archipel.kernel.outside import TryLater

SHORTEST_RSA = 1024


@dataclass(frozen=True)
class RecordChecked:
    """One record: where it is, what it should be, what was seen, and a sentence on the difference."""

    title: str
    name: str
    kind: str
    expected: str
    observed: tuple[str, ...]
    tone: Literal["ok", "care", "stop"]
    words: str


def check_mail_records(host: Host, smtp_server: str = "") -> list[RecordChecked]:
    """Ask the DNS about the sender's domain; ``smtp_server`` is the name of the server that sends, when there is one."""
    lookup: NamesLookup = import_string(settings.NAMES_LOOKUP)()
    domain = host.sender_address.rpartition("@")[2].lower()
    checks: list[Callable[[], RecordChecked]] = [
        lambda: _spf(lookup, domain, smtp_server),
        lambda: _dkim(lookup, domain, host.dkim_selector),
        lambda: _dmarc(lookup, domain),
        lambda: _mx(lookup, domain),
    ]
    return [_answered(check, title) for check, title in zip(checks, ("SPF", "DKIM", "DMARC", "MX"), strict=True)]


def _answered(check: Callable[[], RecordChecked], title: str) -> RecordChecked:
    try:
        return check()
    except TryLater:
        words = _("The name servers did not answer in time. Check again in a minute.")
        return RecordChecked(title, "", "", "", (), "care", words)


def _spf(lookup: NamesLookup, domain: str, server: str) -> RecordChecked:
    observed = tuple(spf.records_of(lookup, domain))
    expected = f"v=spf1 a:{server} mx -all" if server else "v=spf1 mx -all"

    def line(tone: Literal["ok", "care", "stop"], words: str) -> RecordChecked:
        return RecordChecked("SPF", domain, "TXT", expected, observed, tone, words)

    if not observed:
        return line("stop", _("Nobody is told which servers may send your mail. Add this record at your registrar."))
    if len(observed) > 1:
        return line("stop", _("There is more than one SPF record: receivers then ignore them all. Keep one."))
    addresses = lookup.records(server, "A") + lookup.records(server, "AAAA") if server else []
    if not addresses:
        return line("care", _("There is a record. Archipel does not know which server sends, so it cannot check more."))
    verdicts = {spf.verdict(lookup, domain, address) for address in addresses}
    if verdicts == {"pass"}:
        return line("ok", _("This record lets your server send."))
    if "error" in verdicts:
        return line("stop", _("This record cannot be understood. Write it again."))
    return line("stop", _("This record does not name the server that sends your mail. Add it."))


def _dkim(lookup: NamesLookup, domain: str, selector: str) -> RecordChecked:
    name = f"{selector}._domainkey.{domain}" if selector else ""
    expected = "v=DKIM1; k=rsa; p=…"
    if not selector:
        words = _("Say under which selector your mail server publishes its key: its documentation names it.")
        return RecordChecked("DKIM", f"…._domainkey.{domain}", "TXT", expected, (), "care", words)
    observed = tuple(text for text in lookup.records(name, "TXT") if "p=" in text)
    tone, words = _dkim_words(observed)
    return RecordChecked("DKIM", name, "TXT", expected, observed, tone, words)


def _dkim_words(observed: tuple[str, ...]) -> tuple[Literal["ok", "care", "stop"], str]:
    if not observed:
        return "stop", _(
            "No key is published there: receivers cannot check your signature. Your mail server gives the record."
        )
    tags = _tags(observed[0])
    if not tags.get("p"):
        return "stop", _("This key was withdrawn (p= is empty). Publish the present one.")
    if len(observed) > 1 or not _is_key(tags):
        return "stop", _("This key cannot be read. Copy the record again, whole.")
    return "ok", _("A key is published.")


def _is_key(tags: dict[str, str]) -> bool:
    try:
        raw = base64.b64decode("".join(tags["p"].split()), validate=True)
        if tags.get("k", "rsa") == "ed25519":
            return len(raw) == 32
        key = load_der_public_key(raw)
    except (ValueError, binascii.Error):
        return False
    return isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_RSA


def _dmarc(lookup: NamesLookup, domain: str) -> RecordChecked:
    expected = f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}"
    above = domains.registrable(domain) or domain
    name = f"_dmarc.{domain}"
    for place in dict.fromkeys([domain, above]):
        observed = tuple(
            text for text in lookup.records(f"_dmarc.{place}", "TXT") if text.lower().startswith("v=dmarc1")
        )
        if observed:
            tone, words = _dmarc_words(observed)
            return RecordChecked("DMARC", f"_dmarc.{place}", "TXT", expected, observed, tone, words)
    words = _("Receivers are not told what to do with forged mail. Add this record at your registrar.")
    return RecordChecked("DMARC", name, "TXT", expected, (), "stop", words)


def _dmarc_words(observed: tuple[str, ...]) -> tuple[Literal["ok", "care", "stop"], str]:
    policy = _tags(observed[0]).get("p", "").lower()
    if len(observed) > 1 or policy not in {"none", "quarantine", "reject"}:
        return "stop", _("This record cannot be understood. Write it again.")
    if policy == "none":
        return "care", _("Forged mail is only watched (p=none). When your reports look right, ask for quarantine.")
    return "ok", _("Forged mail is turned away.")


def _mx(lookup: NamesLookup, domain: str) -> RecordChecked:
    observed = tuple(lookup.records(domain, "MX"))
    if observed:
        return RecordChecked("MX", domain, "MX", "", observed, "ok", _("Answers have somewhere to arrive."))
    words = _("Nothing receives mail for this domain: answers and returned messages would be lost.")
    return RecordChecked("MX", domain, "MX", f"10 mail.{domain}", (), "stop", words)


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _sign, value in pairs if name.strip()}
