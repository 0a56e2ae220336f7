# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import merging
from archipel.identity.events import PersonsMerged
from archipel.identity.models import ApiToken, KnownDevice, OutsideSession, Person, Session, TakenPseudonym
from archipel.identity.naming import named
from archipel.identity.operations.account_names import move_account_names
from archipel.identity.operations.entries import move_entries
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox


class NothingToMerge(Refusal):
    """The two are one already, or one of them is gone."""

    code = "nothing_to_merge"
    message = _("Choose two different people who both still have an account.")


def merge_persons(*, kept: Person, absorbed: Person, by: Person) -> Person:
    """Make one person of two: addresses, roles and everything the apps above hold go to ``kept``.

    ``kept`` signs in as before; the tokens, passphrase, second factors and sessions of ``absorbed`` end. (``NothingToMerge``.)
    """
    with transaction.atomic():
        locked = {row.pk: row for row in Person.objects.select_for_update().filter(pk__in=[kept.pk, absorbed.pk])}
        if len(locked) != 2 or any(row.merged_into_id or row.forgotten_at for row in locked.values()):
            raise NothingToMerge
        kept, absorbed = locked[kept.pk], locked[absorbed.pk]
        name = absorbed.name
        merging.persons.run(kept, absorbed)
        ApiToken.objects.filter(person=absorbed, revoked_at=None).update(revoked_at=clock.now())
        ApiToken.objects.filter(person=absorbed).update(person=kept)
        _end_ways_in(absorbed, kept)
        move_entries(kept=kept, absorbed=absorbed)
        end_sign_ins(reason="merged", person=absorbed)
        move_account_names(kept=kept, absorbed=absorbed)
        _move_addresses(kept, absorbed)
        history.follow_person(absorbed=absorbed.public_id, kept=kept.public_id)
        history.record(what="identity.persons_merged", about=named(kept), actor=by, visible="host", absorbed=name)
        outbox.announce(PersonsMerged(kept=kept.public_id, absorbed=absorbed.public_id))
    return kept


def _end_ways_in(absorbed: Person, kept: Person) -> None:
    Authenticator.objects.filter(user=absorbed).delete()
    Session.objects.filter(person=absorbed).delete()
    KnownDevice.objects.filter(person=absorbed).delete()
    OutsideSession.objects.filter(person=absorbed).delete()
    TakenPseudonym.objects.filter(person=absorbed).update(person=kept)
    if absorbed.pseudonym and not kept.pseudonym:
        pseudonym, absorbed.pseudonym = absorbed.pseudonym, ""
        absorbed.save(update_fields=["pseudonym"])
        kept.pseudonym = pseudonym
        kept.save(update_fields=["pseudonym"])


def _move_addresses(kept: Person, absorbed: Person) -> None:
    own = set(EmailAddress.objects.filter(user=kept).values_list("email", flat=True))
    EmailAddress.objects.filter(user=absorbed, email__in=own).delete()
    EmailAddress.objects.filter(user=absorbed).update(user=kept, primary=False)
    absorbed.email = f"{absorbed.public_id}@merged.invalid"
    absorbed.name, absorbed.pseudonym = kept.name, ""
    absorbed.is_active = False
    absorbed.merged_into = kept
    absorbed.set_unusable_password()
    absorbed.save()
