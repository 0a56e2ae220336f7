# SPDX-License-Identifier: AGPL-3.0-or-later
"""Setting up a real host: its row, its organisation and its first administrator, which three rooms below hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from archipel.host import operations as host
from archipel.host.models import Host
from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.organisations import operations as organisations
from archipel.organisations import queries as organisations_queries
from archipel.organisations.models import Invitation, Role, Town
from archipel.organisations.towns import load_towns


def set_up_host(
    *, code: str, given: Mapping[str, Any], administrator_name: str, administrator_email: str, language: str
) -> Host:
    """Set up this installation with the code of the terminal, and invite its first administrator by mail.

    ``given``: what ``host.operations.set_up`` takes. The code serves once (``WrongCode``, ``AlreadySetUp``, ``DomainsTooClose``).
    """
    host.check_set_up_code(code=code)
    if not Town.objects.exists():
        load_towns()
    with transaction.atomic():
        made = host.set_up(**given)
        home = organisations.create_organisation(name=made.name, kind="host")
        organisations.invite(
            organisation=home,
            email=administrator_email,
            name=administrator_name,
            role=Role.ADMINISTRATOR,
            language=language,
        )
        transaction.on_commit(host.forget_set_up_code)
    return made


def first_invitation(*, email: str) -> Invitation | None:
    """Return the first administrator's invitation while nobody has used it."""
    return Invitation.objects.filter(
        organisation__kind="host", role=Role.ADMINISTRATOR, email__iexact=email, accepted_at=None, withdrawn_at=None
    ).first()


def enter_as_administrator(*, invitation: Invitation, passphrase: str, language: str) -> Person:
    """Give the first administrator their passphrase at once, instead of by the mailed link, which then opens nothing.

    Only for whoever typed the code of the terminal: that stands for reading the mailbox (``WeakPassphrase``).
    """
    home = organisations_queries.host_organisation()
    assert home is not None
    with transaction.atomic():
        person = identity.person_for_confirmed_email(email=invitation.email, name=invitation.name, language=language)
        identity.set_passphrase(person=person, passphrase=passphrase)
        organisations.give_role(organisation=home, person=person, role=Role.ADMINISTRATOR)
        organisations.withdraw_invitation(invitation=invitation, by=person)
    return person
