# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils.functional import Promise

from archipel.agreements.models import Agreement
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Terms
from archipel.catalogue.queries.prices import WORDS
from archipel.host.queries import WrittenText, in_language
from archipel.kernel.money import Money, total


@dataclass(frozen=True)
class LineShown:
    """A line in the language of the page; ``full`` is the full price when another one is paid."""

    label: str
    price: Money
    level: str | Promise
    full: Money | None


@dataclass(frozen=True)
class AgreementPage:
    """All that one reads before agreeing; ``seen`` names exactly these lines and terms."""

    agreement: Agreement
    service: str
    lines: list[LineShown]
    total: Money
    terms: Terms | None
    terms_text: WrittenText
    separation: WrittenText
    seen: str


def agreement_page(agreement: Agreement) -> AgreementPage:
    """Return the page of an agreement, lines as they stand."""
    lines = list(agreement.lines.all())
    texts = catalogue.service_texts([agreement.service], ("name", "separation"))[agreement.service_id]
    return AgreementPage(
        agreement=agreement,
        service=str(texts["name"]),
        lines=[_shown(line.labels, line.cents, line.level, line.full_cents) for line in lines],
        total=total([Money(line.cents) for line in lines]),
        terms=agreement.terms,
        terms_text=in_language(agreement.terms.bodies if agreement.terms else {}),
        separation=texts["separation"],
        seen=seen_digest(agreement),
    )


def _shown(labels: dict[str, str], cents: int, level: str, full_cents: int | None) -> LineShown:
    solidary = full_cents is not None and full_cents != cents
    return LineShown(
        label=in_language(labels).body,
        price=Money(cents),
        level=WORDS[level][0] if level in WORDS and level not in ("full", "included", "agreed") else "",
        full=Money(full_cents) if solidary and full_cents is not None else None,
    )


def seen_digest(agreement: Agreement) -> str:
    """Return a name for the lines and terms as they are now: what a page showed is what is agreed to."""
    parts = [f"{line.kind}:{line.cents}" for line in agreement.lines.all()]
    return hashlib.sha256(f"{parts}{agreement.terms_id}".encode()).hexdigest()[:16]
