# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of agreements: lines before and after they are agreed, membership, what is expected of a person."""

from archipel.agreements.queries.lines import NeedsAgreedAmount, PreviewLine, preview_lines
from archipel.agreements.queries.membership import is_member, members_among
from archipel.agreements.queries.pages import AgreementPage, LineShown, agreement_page, seen_digest
from archipel.agreements.queries.reading import expected_of, of_organisation, of_subject, yearly_total

__all__ = [
    "AgreementPage",
    "LineShown",
    "NeedsAgreedAmount",
    "PreviewLine",
    "agreement_page",
    "expected_of",
    "is_member",
    "members_among",
    "of_organisation",
    "of_subject",
    "preview_lines",
    "seen_digest",
    "yearly_total",
]
