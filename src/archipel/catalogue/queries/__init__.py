# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of the catalogue: prices, dated versions, and the pages made of them."""

from archipel.catalogue.queries.dated import (
    current_offer,
    current_offers,
    current_terms,
    host_terms,
    offers_of,
    terms_of,
    terms_of_day,
)
from archipel.catalogue.queries.desk import desk_lines, host_people, maintained_by, today_lines
from archipel.catalogue.queries.pages import (
    Group,
    ServiceLine,
    ServicePage,
    TierShown,
    csv_rows,
    open_links,
    public_groups,
    requestable,
    service_by_slug,
    service_page,
    shown_service,
    shown_terms,
)
from archipel.catalogue.queries.prices import (
    InvalidLevel,
    Level,
    levels_of,
    price_in_words,
    price_of,
    tier_label,
)
from archipel.catalogue.queries.questions import AskedQuestion, question_of, questions_of
from archipel.catalogue.queries.words import service_name, service_names, service_texts

__all__ = [
    "AskedQuestion",
    "Group",
    "InvalidLevel",
    "Level",
    "ServiceLine",
    "ServicePage",
    "TierShown",
    "csv_rows",
    "current_offer",
    "current_offers",
    "current_terms",
    "desk_lines",
    "host_people",
    "host_terms",
    "levels_of",
    "maintained_by",
    "offers_of",
    "open_links",
    "price_in_words",
    "price_of",
    "public_groups",
    "question_of",
    "questions_of",
    "requestable",
    "service_by_slug",
    "service_name",
    "service_names",
    "service_page",
    "service_texts",
    "shown_service",
    "shown_terms",
    "terms_of",
    "terms_of_day",
    "tier_label",
    "today_lines",
]
