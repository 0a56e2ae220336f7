# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of the catalogue, by what it changes: services, offers, terms, questions."""

from archipel.catalogue.operations.offers import (
    NotAfterFormer,
    TierGiven,
    TierRefused,
    publish_offer,
    remove_planned_offer,
)
from archipel.catalogue.operations.questions import (
    QuestionGiven,
    QuestionRefused,
    define_questions,
    move_question,
    remove_question,
    save_question,
)
from archipel.catalogue.operations.services import (
    AddressTaken,
    NeedsSupportAddress,
    NeedsTwoMaintainers,
    change_service,
    change_service_state,
    change_service_texts,
    create_service,
    let_go_of_services,
    set_maintainers,
)
from archipel.catalogue.operations.terms import TermsRefused, publish_terms, remove_planned_terms

__all__ = [
    "AddressTaken",
    "NeedsSupportAddress",
    "NeedsTwoMaintainers",
    "NotAfterFormer",
    "QuestionGiven",
    "QuestionRefused",
    "TermsRefused",
    "TierGiven",
    "TierRefused",
    "change_service",
    "change_service_state",
    "change_service_texts",
    "create_service",
    "define_questions",
    "let_go_of_services",
    "move_question",
    "publish_offer",
    "publish_terms",
    "remove_planned_offer",
    "remove_planned_terms",
    "remove_question",
    "save_question",
    "set_maintainers",
]
