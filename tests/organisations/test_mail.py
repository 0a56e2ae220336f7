# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.organisations import operations
from archipel.organisations.models import DomainMailbox, MailDomain, Redirection
from tests import factories


def test_domain_is_learnt_and_never_taken_from_its_organisation(trois_ponts):
    other = factories.organisation(name="Le Phare")
    row, new = operations.keep_domain(name="a.example", organisation=None)
    same, again = operations.keep_domain(name="a.example", organisation=trois_ponts)
    assert (row.pk, new, again, MailDomain.objects.get().organisation) == (same.pk, True, False, trois_ponts)
    with pytest.raises(operations.DomainOfAnother):
        operations.keep_domain(name="a.example", organisation=other)
    assert MailDomain.objects.get().organisation == trois_ponts


def test_mailbox_stays_with_its_person(alice, bob):
    operations.keep_domain(name="a.example", organisation=None)
    operations.keep_mailbox(address="contact@a.example", person=alice, quota_bytes=10**9)
    assert operations.keep_mailbox(address="contact@a.example", person=alice)[1] is False
    with pytest.raises(operations.MailboxOfAnother):
        operations.keep_mailbox(address="contact@a.example", person=bob)
    assert (DomainMailbox.objects.get().person, DomainMailbox.objects.get().quota_bytes) == (alice, 10**9)


def test_mail_of_an_unknown_domain_is_refused(db):
    for act in (
        lambda: operations.keep_mailbox(address="a@b.example", person=None),
        lambda: operations.keep_redirection(source="a@b.example", destination="c@d.example"),
    ):
        with pytest.raises(operations.UnknownDomain):
            act()
    assert (DomainMailbox.objects.count(), Redirection.objects.count()) == (0, 0)


def test_redirection_is_kept_once(db):
    operations.keep_domain(name="a.example", organisation=None)
    made = [operations.keep_redirection(source="*@a.example", destination="c@d.example")[1] for _ in range(2)]
    assert (made, Redirection.objects.count()) == ([True, False], 1)
