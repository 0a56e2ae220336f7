# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which two domains a browser keeps apart, by the Public Suffix List (shipped with ``publicsuffixlist``, read offline)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@lru_cache(maxsize=1)
def _list() -> PublicSuffixList:
    return PublicSuffixList()


def clean_domain(text: str) -> str:
    """Return a domain in lower case, as the DNS writes it (IDNA); ``ValueError`` when it is none."""
    name = text.strip().lower().rstrip(".")
    try:
        name = name.encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(text) from error
    labels = name.split(".")
    if len(name) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(text)
    if labels[-1].isdigit():
        raise ValueError(text)
    return name


def host_name(url: str) -> str:
    """Return the host name of an address, empty when there is none."""
    return (urlsplit(url).hostname or "").lower().rstrip(".")


def registrable(domain: str) -> str:
    """Return the part of a domain that somebody registers (``example.org`` of ``a.b.example.org``), empty for a public suffix."""
    return _list().privatesuffix(domain) or ""


def kept_apart(portal: str, sites: str) -> bool:
    """Return whether a page below ``sites`` can never set a cookie that ``portal`` receives.

    True when both belong to different registrable domains; a sites' domain that is itself a public suffix keeps
    even its own sites apart, and only has to be another than the portal's.
    """
    if portal == sites or portal.endswith("." + sites) or sites.endswith("." + portal):
        return False
    return registrable(portal) != registrable(sites) or not registrable(sites)
