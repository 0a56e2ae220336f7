# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests whose agreements have all just been agreed to, none opened yet."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from archipel.agreements import operations as agreements
from archipel.catalogue.models import Service
from archipel.spaces.addresses import full_name
from archipel.spaces.models import Address
from bench import seeding


def seed(_data: Path, count: int) -> None:
    """Write the requests up to the host's yes, then let every referent agree: the operation announces what it always does."""
    site = Service.objects.get(slug="site")
    with transaction.atomic():
        organisations = seeding.organisations(count)
        people = seeding.people(count)
        seeding.roles(organisations, people)
        accepted = seeding.requests(site, list(zip(organisations, people, strict=True)), ["accepted"], "vague")
        seeding.conversations(accepted, messages=1)
        names = ((full_name(request.wished_address), request.public_id) for request in accepted)
        seeding.write(Address, (Address(name=name, reserved_for=request) for name, request in names))
        for agreement, person in zip(seeding.agreements(accepted, agreed=False), people, strict=True):
            agreements.agree(agreement=agreement, person=person)
