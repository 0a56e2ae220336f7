# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.identity.models.account_names import AccountName
from archipel.identity.models.clients import Client, ClientKind, Entry, Subject
from archipel.identity.models.persons import Person, PersonManager, PersonWord
from archipel.identity.models.sessions import KnownDevice, Session, TakenPseudonym
from archipel.identity.models.sign_ins import Consent, IssuedToken, SignIn, SigningKey, TokenKind
from archipel.identity.models.sign_on import Drift, DriftKind, OutsideSession, Pushed, SecretToHand
from archipel.identity.models.tokens import SCOPES, ApiToken

__all__ = [
    "SCOPES",
    "AccountName",
    "ApiToken",
    "Client",
    "ClientKind",
    "Consent",
    "Drift",
    "DriftKind",
    "Entry",
    "IssuedToken",
    "KnownDevice",
    "OutsideSession",
    "Person",
    "PersonManager",
    "PersonWord",
    "Pushed",
    "SecretToHand",
    "Session",
    "SignIn",
    "SigningKey",
    "Subject",
    "TakenPseudonym",
    "TokenKind",
]
