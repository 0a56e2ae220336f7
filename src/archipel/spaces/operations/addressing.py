# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of an address: reserved for a request, held by a space, at rest for a year, free."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from archipel.kernel import clock
from archipel.spaces.addresses import AddressTaken, check_label, full_name
from archipel.spaces.models import Address, Space

REST_MONTHS = 12


def reserve_address(*, label: str, for_request: str) -> Address:
    """Keep an address for a request; what the request had reserved before is free again. Repeatable."""
    with transaction.atomic():
        cleaned = check_label(label, for_request=for_request)
        name = full_name(cleaned)
        Address.objects.filter(reserved_for=for_request).exclude(name=name).delete()
        return _claim(name, for_request, space=None, reserved_for=for_request, rests_until=None)


def release_reserved(*, for_request: str) -> None:
    """Free what a request reserved; what a space holds is not touched. Repeatable."""
    if for_request:
        Address.objects.filter(reserved_for=for_request, space=None).delete()


def take_address(*, space: Space, label: str, for_request: str) -> Address:
    """Give an address to a space, in the caller's transaction; what else the request reserved is free again."""
    name = full_name(check_label(label, for_request=for_request))
    address = _claim(name, for_request, space=space, reserved_for="", rests_until=None)
    release_reserved(for_request=for_request)
    return address


def rest_address(*, space: Space) -> str:
    """Let the address of a deleted space rest, in the caller's transaction, and return its name."""
    address = Address.objects.filter(space=space).first()
    if address is None:
        return ""
    address.rests_until = clock.add_months(clock.today(), REST_MONTHS)
    address.save(update_fields=["rests_until"])
    return address.name


def free_rested() -> int:
    """Free the addresses whose rest is over, and return how many."""
    freed, _ = Address.objects.filter(rests_until__lte=clock.today()).delete()
    return freed


def _claim(name: str, for_request: str, **values: Any) -> Address:
    """Write the row of an address that ``check_label`` found free; whoever is first has it (``AddressTaken``)."""
    row = Address.objects.select_for_update().filter(name=name).first()
    if row is None:
        try:
            with transaction.atomic():
                return Address.objects.create(name=name, **values)
        except IntegrityError:
            raise AddressTaken(field="label") from None
    ours = for_request and row.reserved_for == for_request
    rested = row.rests_until and row.rests_until <= clock.today()
    if not (ours or rested):
        raise AddressTaken(field="label")
    for field, value in values.items():
        setattr(row, field, value)
    row.save()
    return row
