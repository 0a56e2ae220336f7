# SPDX-License-Identifier: AGPL-3.0-or-later
"""Applications registered, changed and closed."""

from __future__ import annotations

import pytest

from archipel.identity import operations
from archipel.identity.models import Client
from archipel.kernel.references import digest
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


def _register(by, **changes):
    values = {"name": "Nuage", "redirect_uris": [asking.BACK], "by": by} | changes
    return operations.register_client(**values)


def test_a_secret_is_returned_once_and_stored_as_its_digest(staff):
    client, secret = _register(staff)

    stored = Client.objects.get()
    assert (len(secret), stored.secret_digest) == (43, digest(secret))
    assert secret not in str(vars(stored))
    assert factories.last_entry().what == "identity.client_registered"
    assert client.scopes == ["openid", "profile", "email"]


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"name": " "}, operations.ApplicationNameMissing, "name"),
        ({"redirect_uris": []}, operations.RedirectionMissing, "redirect_uris"),
        ({"redirect_uris": ["http://nuage.example/"]}, operations.InvalidApplicationAddress, "redirect_uris"),
        ({"post_logout_redirect_uris": ["x"]}, operations.InvalidApplicationAddress, "post_logout_redirect_uris"),
        ({"backchannel_logout_uri": "ftp://x"}, operations.InvalidApplicationAddress, "backchannel_logout_uri"),
        ({"home_url": "javascript:alert(1)"}, operations.InvalidApplicationAddress, "home_url"),
        ({"scopes": ["profile"]}, operations.UnknownApplicationScope, "scopes"),
        ({"scopes": ["openid", "everything"]}, operations.UnknownApplicationScope, "scopes"),
        ({"claims": ["passphrase"]}, operations.UnknownApplicationScope, "scopes"),
        ({"kind": "public", "pkce_exemption": "Vieille"}, operations.NeedsSecret, "pkce_exemption"),
        ({"kind": "public", "signs_in_itself": True}, operations.NeedsSecret, "signs_in_itself"),
    ],
)
def test_what_would_be_unsafe_is_refused_by_its_field(staff, changes, refusal, field):
    with pytest.raises(refusal) as caught:
        _register(staff, **changes)

    assert (caught.value.field, Client.objects.count()) == (field, 0)


def test_a_change_is_written_down_and_nothing_else_is(staff):
    client, _secret = _register(staff)

    operations.change_client(client=client, changes={"name": "Nuage commun"}, by=staff)
    entry = factories.last_entry()
    operations.change_client(client=client, changes={"name": "Nuage commun"}, by=staff)

    assert (entry.what, entry.details) == ("identity.client_changed", {"fields": ["name"]})
    assert factories.last_entry() == entry


def test_a_new_secret_ends_the_old_one(client, cloud, bob, staff):
    application, old = cloud
    asking.let_in(application, bob)
    client.force_login(bob)

    new = operations.renew_client_secret(client=application, by=staff)

    answers = [
        asking.redeem(client, application, secret, asking.code_for(client, application)) for secret in (old, new)
    ]
    assert [answer.status_code for answer in answers] == [401, 200]


def test_a_public_application_has_no_secret_to_renew(staff):
    phone, _secret = _register(staff, kind="public")

    with pytest.raises(operations.NeedsSecret):
        operations.renew_client_secret(client=phone, by=staff)


def test_a_closed_application_stays_as_it_was(staff):
    client, _secret = _register(staff)
    for _time in range(2):
        operations.close_client(client=client, by=staff)

    with pytest.raises(operations.ApplicationClosed):
        operations.change_client(client=client, changes={"name": "Encore"}, by=staff)
    with pytest.raises(operations.ApplicationClosed):
        operations.renew_client_secret(client=client, by=staff)
    assert (Client.objects.get().name, Client.objects.get().secret_digest) == ("Nuage", "")
