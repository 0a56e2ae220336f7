# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which texts the host writes about a service, and under which key ``host`` keeps them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Service
from archipel.host import queries as host

TEXT_FIELDS = ("name", "summary", "purpose", "solidarity", "not_included", "support", "separation")
# For the people of the host only: what a human does, one step a line, where no connector does it.
HAND_FIELDS = ("opening_steps", "deletion_steps")
LABELS = {
    "name": _("Name"),
    "summary": _("In a few words"),
    "purpose": _("What it is for"),
    "solidarity": _("How solidarity works"),
    "not_included": _("What is not included"),
    "support": _("The support given"),
    "separation": _("How one leaves"),
    "opening_steps": _("How a person opens it, one step a line"),
    "deletion_steps": _("How a person deletes it, one step a line"),
}


def text_key(service: Service, field: str) -> str:
    """Return the key of one text of a service in ``host.Text``."""
    return f"service/{service.slug}/{field}"


def hand_steps(service: Service, field: str) -> list[str]:
    """Return the steps of a procedure done by hand, in the host's first language; a mark of a list is left out."""
    body = host.text(text_key(service, field), host.current().languages[0]).body
    lines = [line.strip().lstrip("-*•").strip() for line in body.splitlines()]
    return [line for line in lines if line]


def in_history(service: Service) -> tuple[str, str, str]:
    """Return how history names a service: by its name in the host's first language."""
    name = host.text(text_key(service, "name"), host.current().languages[0]).body
    return ("service", service.slug, name or service.slug)
