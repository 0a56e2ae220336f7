# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a notice about a hosted page may say (regulation (EU) 2022/2065, DSA, art. 16), and the words of its decision."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Invalid

CATEGORIES = {
    "child_abuse": _("Sexual abuse of children"),
    "violence": _("Threats, or calls to violence or terrorism"),
    "hate": _("Hatred or discrimination"),
    "harassment": _("Harassment of a person"),
    "privacy": _("Private life, personal details, pictures of someone"),
    "copyright": _("Copyright, trademarks"),
    "fraud": _("Fraud, deceit, stolen identity"),
    "goods": _("Forbidden goods or services"),
    "other": _("Something else that is against the law or the terms of use"),
}
# DSA art. 16(2)(c): name and address are not asked for these offences (directive 2011/93/EU, art. 3 to 7).
NAMELESS = frozenset({"child_abuse"})

DECISIONS = {
    "nothing": _("Nothing is changed"),
    "read_only": _("The site stays online, nothing can be published"),
    "suspended": _("The site is no longer shown"),
    "removed": _("The site is no longer shown, and will be deleted after the delay"),
}
GROUNDS = {"law": _("Against the law"), "terms": _("Against the terms of use")}


class OtherSite(Invalid):
    """The link given leads elsewhere than to the reported site."""

    code = "other_site"
    message = _("This link does not lead to the site you are reporting.")


def clean_link(link: str, name: str) -> str:
    """Return the exact link of a page of the site called ``name`` (``OtherSite``, on field ``address``)."""
    text = link.strip()
    if text.startswith("/"):
        text = f"https://{name}{text}"
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        known = (parts.hostname or "").lower() == name.lower()
    except ValueError:
        known = False
    if not known or parts.scheme not in {"http", "https"} or len(text) > 500:
        raise OtherSite(field="address")
    return text
