# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import limits
from archipel.identity.devices import PROGRAM
from archipel.identity.models import SCOPES, ApiToken, Person
from archipel.identity.operations.second_factors import use_code
from archipel.identity.operations.sessions import note_device
from archipel.identity.queries import has_second_factor, signs_in_elsewhere
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.kernel.refusals import Invalid, Refusal

TRIES, TRIES_WINDOW = 10, 300
LONGEST_DAYS = 3650


class InvalidScopes(Invalid):
    """A token needs at least one scope, of those that exist."""

    code = "invalid_scopes"
    message = _("Choose at least one thing that this token may do.")


class NameOfTokenMissing(Invalid):
    """Without a name nobody knows later which token to revoke."""

    code = "token_name_missing"
    message = _("Give this token a name, such as the program that will use it.")


class SignInRefused(Refusal):
    """Unknown address, unconfirmed address or wrong passphrase: the same words for all."""

    code = "sign_in_refused"
    message = _("This address and this passphrase do not go together.")
    status = 401


class CodeNeeded(Refusal):
    """Address and passphrase are right, and this person has a second factor."""

    code = "code_needed"
    message = _("This account has a second factor: give a code of its application or a recovery code, too.")
    status = 401


def issue_token(*, person: Person, name: str, scopes: Sequence[str], days: int | None = None) -> tuple[ApiToken, str]:
    """Return a new token and its secret, which is shown once and never again; ``days`` None: until it is revoked."""
    if not name.strip():
        raise NameOfTokenMissing(field="name")
    if not scopes or set(scopes) - set(SCOPES):
        raise InvalidScopes(field="scopes")
    secret = f"arc_{new_token()}"
    now = clock.now()
    with transaction.atomic():
        token = ApiToken.objects.create(
            person=person,
            name=name.strip()[:80],
            digest=digest(secret),
            scopes=[scope for scope in SCOPES if scope in scopes],
            created_at=now,
            expires_at=now + timedelta(days=min(days, LONGEST_DAYS)) if days else None,
        )
        history.record(what="identity.token_issued", about=_about(token), actor=person, visible="host")
    return token, secret


def revoke_token(*, token: ApiToken, by: Person) -> ApiToken:
    """End a token at once. Repeatable."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at is None:
            token.revoked_at = clock.now()
            token.save(update_fields=["revoked_at"])
            history.record(what="identity.token_revoked", about=_about(token), actor=by, visible="host")
    return token


def sign_in_for_token(
    *, email: str, passphrase: str, name: str, scopes: Sequence[str], code: str = "", address: str = ""
) -> tuple[ApiToken, str]:
    """Return a token in exchange for address and passphrase (``SignInRefused``; ``TooMany`` after ten tries).

    A person with a second factor gives a ``code`` too (``CodeNeeded`` without, ``SecondFactorRefused``): of their application, or
    a recovery code. Who has passkeys only makes tokens on the page. ``address``: of the network that asks.
    """
    if signs_in_elsewhere():  # passphrases are elsewhere: what is kept of them here may be old
        raise SignInRefused
    typed = email.strip().lower()
    limits.check(typed, "sign_in_for_token", TRIES, TRIES_WINDOW)
    found = EmailAddress.objects.select_related("user").filter(email=typed, verified=True).first()
    person = found.user if found else None
    if person is None:
        make_password(passphrase)  # an unknown address must not answer faster than a known one
        raise SignInRefused
    # The passphrase first: nor must a closed account.
    if not person.check_password(passphrase) or not person.is_active:
        raise SignInRefused
    if has_second_factor(person):
        if not code:
            raise CodeNeeded(field="code")
        use_code(person=person, code=code)
    with transaction.atomic():
        note_device(person=person, agent=PROGRAM, address=address)
        return issue_token(person=person, name=name, scopes=scopes, days=90)


def _about(token: ApiToken) -> tuple[str, str, str]:
    return ("token", token.public_id, token.name)
