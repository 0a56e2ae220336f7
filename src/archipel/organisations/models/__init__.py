# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.organisations.models.access import Access, PersonalAccess, SecondFactorReset
from archipel.organisations.models.batches import Batch, BatchEffect, BatchFile, BatchPart, BatchProblem
from archipel.organisations.models.declared import DeclaredService
from archipel.organisations.models.mail import DomainMailbox, MailDomain, Redirection
from archipel.organisations.models.organisations import (
    Invitation,
    Kind,
    Membership,
    Organisation,
    OrganisationWord,
    Role,
    Town,
)
from archipel.organisations.models.references import FormerReference

__all__ = [
    "Access",
    "Batch",
    "BatchEffect",
    "BatchFile",
    "BatchPart",
    "BatchProblem",
    "DeclaredService",
    "DomainMailbox",
    "FormerReference",
    "Invitation",
    "Kind",
    "MailDomain",
    "Membership",
    "Organisation",
    "OrganisationWord",
    "PersonalAccess",
    "Redirection",
    "Role",
    "SecondFactorReset",
    "Town",
]
