# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import limits, one_time_codes
from archipel.identity.models import Person
from archipel.identity.naming import named
from archipel.identity.operations.sessions import end_other_sessions
from archipel.kernel import keys
from archipel.kernel.refusals import Invalid, NotAllowed

# A code has a million values, three of which are right at any moment. Whoever knows the passphrase has these tries:
# thirty a day, one chance in eleven thousand.
TRIES, TRIES_WINDOW = 5, 300
TRIES_A_DAY, DAY = 30, 24 * 3600
CHANGES = {
    "totp_activated": "identity.codes_added",
    "totp_deactivated": "identity.codes_removed",
    "webauthn_added": "identity.passkey_added",
    "webauthn_removed": "identity.passkey_removed",
    "recovery_codes_generated": "identity.recovery_codes_made",
}


class SecondFactorRefused(Invalid):
    """Neither a code of the application, nor a recovery code; or one that served already."""

    code = "second_factor_refused"
    message = _("This code is not right, or it has served already. Wait for the next one, or use a recovery code.")


class SecondFactorNeeded(NotAllowed):
    """A role asks for a second factor and its person has none: it opens nothing until they do."""

    code = "second_factor_needed"
    message = _("Your role asks for a second factor: set one up in “My account”, then come back.")


def use_code(*, person: Person, code: str) -> Authenticator:
    """Take a code of the application or a recovery code, once, and return what it belongs to.

    ``SecondFactorRefused``, ``TooMany`` (five tries in five minutes, thirty a day). A code that was taken, and any older one, is
    never taken again (RFC 6238, section 5.2).
    """
    who = f"person:{person.pk}"
    limits.check(who, "second_factor", TRIES, TRIES_WINDOW)
    limits.check(who, "second_factor_day", TRIES_A_DAY, DAY)
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=person).exclude(type=Authenticator.Type.WEBAUTHN)
        used: Authenticator | None = next((row for row in rows if _takes(row, code)), None)
    if used is None:
        raise SecondFactorRefused(field="code")
    limits.forgive(who, "second_factor", TRIES_WINDOW)
    limits.forgive(who, "second_factor_day", DAY)
    return used


def note_change(*, person: Person, change: str, keep: str | None) -> None:
    """Write down that a second factor came or went (a key of ``CHANGES``).

    With the first one every other session ends (``keep``: the key of the present one): they were opened without it.
    """
    with transaction.atomic():
        history.record(what=CHANGES[change], about=named(person), actor=person, visible="host")
        rows = list(Authenticator.objects.select_for_update().filter(user=person))
        for row in rows:
            # The code that proved the application must not open a session in the seconds that follow.
            if row.type == Authenticator.Type.TOTP and "last_step" not in row.data:
                row.data["last_step"] = one_time_codes.present_step()
                row.save(update_fields=["data"])
        factors = [row for row in rows if row.type != Authenticator.Type.RECOVERY_CODES]
        if change in {"totp_activated", "webauthn_added"} and len(factors) == 1:
            end_other_sessions(person=person, keep=keep)


def remove_second_factors(*, person: Person, by: Person | None) -> int:
    """Take every second factor from a person who lost them, and end their sessions; return how many went. Repeatable.

    Who may ask for it, after how long, and what the person is told, is decided above.
    """
    with transaction.atomic():
        rows = Authenticator.objects.filter(user=person)
        gone = rows.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
        rows.delete()
        end_other_sessions(person=person, keep=None)
        if not gone:
            return 0
        history.record(what="identity.second_factors_removed", about=named(person), actor=by, visible="host")
    return gone


def _takes(row: Authenticator, code: str) -> bool:
    if row.type == Authenticator.Type.RECOVERY_CODES:
        digits = "".join(sign for sign in code if sign.isdigit())
        taken: bool = row.wrap().validate_code(digits)  # type: ignore[no-untyped-call]  # the library has no types here
        return taken
    step = one_time_codes.step_of(keys.unlock(row.data["secret"]), code, after=row.data.get("last_step", -1))
    if step is None:
        return False
    row.data["last_step"] = step
    row.save(update_fields=["data"])
    return True
