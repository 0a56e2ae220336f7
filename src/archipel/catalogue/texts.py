# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which texts the host writes about a service, and under which key ``host`` keeps them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Service
from archipel.host import queries as host

TEXT_FIELDS = ("name", "summary", "purpose", "solidarity", "not_included", "support", "separation")
LABELS = {
    "name": _("Name"),
    "summary": _("In a few words"),
    "purpose": _("What it is for"),
    "solidarity": _("How solidarity works"),
    "not_included": _("What is not included"),
    "support": _("The support given"),
    "separation": _("How one leaves"),
}


def text_key(service: Service, field: str) -> str:
    """Return the key of one text of a service in ``host.Text``."""
    return f"service/{service.slug}/{field}"


def in_history(service: Service) -> tuple[str, str, str]:
    """Return how history names a service: by its name in the host's first language."""
    name = host.text(text_key(service, "name"), host.current().languages[0]).body
    return ("service", service.slug, name or service.slug)
