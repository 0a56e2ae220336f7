# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.addresses import clean_address
from archipel.identity.events import PersonChanged
from archipel.identity.languages import known_language
from archipel.identity.models import Person, TakenPseudonym
from archipel.identity.naming import named
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import Invalid, Refusal
from archipel.outbox import operations as outbox

NAME_LENGTH = 120
# What every application takes as a user name: the portable names of POSIX.1-2017 (3.437), in small letters.
PSEUDONYM = re.compile(r"[a-z][a-z0-9._-]{1,29}")
# Names that speak for a host rather than for a person (RFC 2142 and what systems call their own accounts).
RESERVED = frozenset(
    [
        "abuse",
        "admin",
        "administrator",
        "anonymous",
        "archipel",
        "contact",
        "daemon",
        "guest",
        "hostmaster",
        "info",
        "nobody",
        "noc",
        "postmaster",
        "root",
        "security",
        "support",
        "system",
        "webmaster",
        "www",
    ]
)


class NameMissing(Invalid):
    """Somebody without a name cannot be addressed."""

    code = "person_name_missing"
    message = _("Please say how we should address you.")


class WeakPassphrase(Invalid):
    """A passphrase that is too short or too common; the message says what is missing."""

    code = "weak_passphrase"


class InvalidPseudonym(Invalid):
    """Not a name that applications take."""

    code = "invalid_pseudonym"
    message = _("Write 2 to 30 small letters, digits, dots, hyphens or underscores, beginning with a letter.")


class PseudonymTaken(Invalid):
    """Somebody has it, or once had it; applications would take one for the other."""

    code = "pseudonym_taken"
    message = _("This pseudonym is not free. Choose another one.")


class AlreadySignedUp(Refusal):
    """The person of this address can sign in already: nobody else sets their passphrase."""

    code = "already_signed_up"
    message = _("There is an account with this address already: sign in first.")


def person_for_confirmed_email(*, email: str, name: str, language: str) -> Person:
    """Return the person whose confirmed address this is; made, with no passphrase yet, when there was none.

    The caller has proof that the reader of the mailbox acts. An account somebody opened with the address and never
    confirmed is taken over and its passphrase voided: who set it did not read the mailbox.
    """
    address = clean_address(email)
    try:
        with transaction.atomic():
            return _get_or_make(address, name.strip()[:NAME_LENGTH], known_language(language))
    except IntegrityError:  # two confirmations of one address at the same moment
        with transaction.atomic():
            return _get_or_make(address, name.strip()[:NAME_LENGTH], known_language(language))


def open_account(*, email: str, name: str, passphrase: str, language: str) -> Person:
    """Make the account of a confirmed address usable: name and passphrase (``AlreadySignedUp``, ``WeakPassphrase``)."""
    if not name.strip():
        raise NameMissing(field="name")
    with transaction.atomic():
        person = person_for_confirmed_email(email=email, name=name, language=language)
        if person.has_usable_password():
            raise AlreadySignedUp
        person.name = name.strip()[:NAME_LENGTH]
        person.save(update_fields=["name"])
        set_passphrase(person=person, passphrase=passphrase)
        outbox.announce(PersonChanged(person_id=person.public_id))
    return person


def set_passphrase(*, person: Person, passphrase: str) -> None:
    """Set a passphrase; every other session of the person ends, at applications too (``WeakPassphrase``)."""
    try:
        validate_password(passphrase, person)
    except ValidationError as error:
        raise WeakPassphrase(" ".join(error.messages), field="passphrase") from error
    person.set_password(passphrase)
    with transaction.atomic():
        person.save(update_fields=["password"])
        end_sign_ins(reason="passphrase", person=person)
        history.record(what="identity.passphrase_set", about=named(person), actor=person, visible="host")


def change_profile(*, person: Person, name: str, language: str, pseudonym: str | None = None) -> Person:
    """Change how a person is addressed, in which language, and what applications call them by (None: as before).

    ``NameMissing``, ``InvalidPseudonym``, ``PseudonymTaken``: a pseudonym that somebody once had is never given again.
    """
    if not name.strip():
        raise NameMissing(field="name")
    with transaction.atomic():
        if pseudonym is not None and pseudonym.strip() != person.pseudonym:
            person.pseudonym = _take_pseudonym(person, pseudonym.strip())
        person.name, person.language = name.strip()[:NAME_LENGTH], known_language(language)
        person.save(update_fields=["name", "language", "pseudonym"])
        outbox.announce(PersonChanged(person_id=person.public_id))
    return person


def _take_pseudonym(person: Person, pseudonym: str) -> str:
    if not pseudonym:
        return ""
    if not PSEUDONYM.fullmatch(pseudonym):
        raise InvalidPseudonym(field="pseudonym")
    row = None if pseudonym in RESERVED else _claim(person, digest(f"pseudonym:{pseudonym}"))
    if row is None or row.person_id != person.pk:
        raise PseudonymTaken(field="pseudonym")
    return pseudonym


def _claim(person: Person, taken: str) -> TakenPseudonym:
    row, _created = TakenPseudonym.objects.get_or_create(digest=taken, defaults={"person": person})
    return row


def _get_or_make(address: str, name: str, language: str) -> Person:
    confirmed = EmailAddress.objects.select_related("user").filter(email=address, verified=True).first()
    if confirmed:
        return confirmed.user
    person = Person.objects.select_for_update().filter(email=address).first()
    if person is None:
        person = Person(email=address, name=name or address, language=language, created_at=clock.now())
        person.set_unusable_password()
        person.save()
        history.record(what="identity.person_known", about=named(person), actor=person, visible="host")
    else:
        person.name = name or person.name
        person.set_unusable_password()
        person.save(update_fields=["name", "password"])
    # An unconfirmed claim by somebody else falls: the address has found its reader.
    EmailAddress.objects.filter(email=address).exclude(user=person).delete()
    EmailAddress.objects.update_or_create(user=person, email=address, defaults={"verified": True, "primary": True})
    outbox.announce(PersonChanged(person_id=person.public_id))
    return person
