# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which names a site may take below the sites' domain, and which are free."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.spaces.models import Address

SHORTEST, LONGEST = 3, 40
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# Names that mail programs, browsers, certificates or visitors give a meaning to (RFC 2142, RFC 6761, RFC 8615 and usage).
RESERVED = frozenset(
    [
        "abuse",
        "account",
        "accounts",
        "acme",
        "admin",
        "administrator",
        "adherer",
        "api",
        "app",
        "apps",
        "archipel",
        "archive",
        "autoconfig",
        "autodiscover",
        "billing",
        "blog",
        "bureau",
        "cdn",
        "chatons",
        "cloud",
        "compte",
        "connect",
        "connexion",
        "contact",
        "dashboard",
        "demo",
        "demonstration",
        "desk",
        "dev",
        "dns",
        "doc",
        "docs",
        "don",
        "donner",
        "example",
        "export",
        "files",
        "forum",
        "ftp",
        "git",
        "gmail",
        "help",
        "helpdesk",
        "host",
        "hostmaster",
        "hote",
        "identity",
        "imap",
        "info",
        "internal",
        "invalid",
        "invitation",
        "isatap",
        "ldap",
        "legal",
        "local",
        "localdomain",
        "localhost",
        "login",
        "logout",
        "mail",
        "mailer-daemon",
        "mails",
        "media",
        "monitor",
        "mta-sts",
        "news",
        "newsletter",
        "nobody",
        "noc",
        "noreply",
        "no-reply",
        "oauth",
        "openid",
        "operations",
        "pad",
        "pages",
        "paiement",
        "payment",
        "ping",
        "pop",
        "pop3",
        "portail",
        "portal",
        "postmaster",
        "preview",
        "prod",
        "production",
        "proxy",
        "public",
        "register",
        "report",
        "root",
        "s3",
        "security",
        "server",
        "service",
        "services",
        "setup",
        "sftp",
        "sign-in",
        "signup",
        "site",
        "sites",
        "smtp",
        "ssh",
        "ssl",
        "sso",
        "staff",
        "static",
        "statistics",
        "stats",
        "status",
        "statut",
        "sts",
        "support",
        "sysadmin",
        "system",
        "team",
        "test",
        "tests",
        "tls",
        "ticket",
        "tickets",
        "token",
        "tools",
        "upload",
        "usenet",
        "users",
        "vpn",
        "webdav",
        "webmail",
        "webmaster",
        "wiki",
        "wpad",
        "www",
        "www1",
        "www2",
        "xmpp",
    ]
)
_NUMBERED = re.compile(r"(?:ns|mx|dns|smtp|imap|pop|www|mail)[0-9]+")


class InvalidLabel(Invalid):
    """The name breaks the rules of a host name, or ours."""

    code = "invalid_label"
    message = _("Use 3 to 40 letters from a to z, digits or hyphens, without a hyphen at either end.")


class ReservedLabel(Invalid):
    """The name is kept for the host, or for what programs expect behind it."""

    code = "reserved_label"
    message = _("This name is kept for technical use. Please choose another one.")


class AddressTaken(Refusal):
    """A space holds the address, or a request reserved it."""

    code = "site_address_taken"
    message = _("This address is already taken. Please choose another one.")


class AddressRests(Refusal):
    """A deleted space had it less than a year ago; visitors would take one site for another."""

    code = "site_address_rests"
    message = _(
        "This address belonged to a site that has closed; it is free again after a year. Please choose another one."
    )


def check_label(label: str, *, for_request: str = "", field: str = "label") -> str:
    """Return the name in lower case when a request may have it; else one of the refusals above, on ``field``."""
    cleaned = clean_label(label, field=field)
    row = Address.objects.filter(name=full_name(cleaned)).first()
    if row is None or (for_request and row.reserved_for == for_request):
        return cleaned
    if row.rests_until is None:
        raise AddressTaken(field=field)
    if row.rests_until > clock.today():
        raise AddressRests(field=field)
    return cleaned


def clean_label(label: str, *, field: str = "label") -> str:
    """Return the name in lower case when it follows the rules, whoever may have it already."""
    cleaned = label.strip().lower()
    if not SHORTEST <= len(cleaned) <= LONGEST or not _LABEL.fullmatch(cleaned):
        raise InvalidLabel(field=field)
    if cleaned[2:4] == "--":  # IDNA (RFC 5891, section 4.2.3.1) keeps these for encoded names such as xn--
        raise InvalidLabel(field=field)
    if cleaned in RESERVED or _NUMBERED.fullmatch(cleaned):
        raise ReservedLabel(field=field)
    return cleaned


def full_name(label: str) -> str:
    """Return the whole host name of a label below the sites' domain."""
    return f"{label}.{host.current().sites_domain}"


def suggest_label(title: str) -> str:
    """Return a free label made of a title, or nothing when none comes to mind."""
    plain = unicodedata.normalize("NFKD", title.replace("’", " ").replace("'", " ")).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    for leading in ("la-", "le-", "les-", "l-", "association-", "the-"):
        words = words.removeprefix(leading)
    base = words[: LONGEST - 3].strip("-")
    for candidate in (base, *(f"{base}-{number}" for number in range(2, 10))):
        try:
            return check_label(candidate)
        except Refusal:
            continue
    return ""
