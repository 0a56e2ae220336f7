# SPDX-License-Identifier: AGPL-3.0-or-later
"""The applications that people sign in to with their account here: registered, changed and closed at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.events import ClientChanged
from archipel.identity.models import Client, ClientKind, Person, Subject
from archipel.identity.operations.pushing import hand_over_secret
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.identity.redirections import may_be_registered
from archipel.identity.scopes import APPLICATION_CLAIMS, APPLICATION_SCOPES
from archipel.identity.subjects import sector_of
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.kernel.refusals import Invalid, Refusal
from archipel.outbox import operations as outbox

CHANGEABLE = frozenset(
    {"name", "home_url", "icon", "redirect_uris", "post_logout_redirect_uris", "backchannel_logout_uri", "scopes"}
) | frozenset({"claims", "sector", "pkce_exemption", "asks_consent", "signs_in_itself", "refreshes", "session_minutes"})


class ApplicationNameMissing(Invalid):
    """People are asked by this name whether they want to enter."""

    code = "application_name_missing"
    message = _("Give this application the name that people know it by.")


class InvalidApplicationAddress(Invalid):
    """An address of an application that nobody could be sent to safely; ``details`` name it."""

    code = "invalid_application_address"
    message = _(
        "This address cannot be used: it must begin with https:// (or http://127.0.0.1 on the same machine) "
        "and hold neither # nor spaces."
    )


class RedirectionMissing(Invalid):
    """People who sign in must be led back somewhere."""

    code = "redirection_missing"
    message = _("Write at least one address that people are led back to.")


class UnknownApplicationScope(Invalid):
    """Something an application cannot ask for here."""

    code = "unknown_application_scope"
    message = _("Choose among what an application may ask for; an application that people sign in to needs “openid”.")


class NeedsSecret(Invalid):
    """Only an application that keeps a secret may do without a proof key, or sign in as itself."""

    code = "needs_secret"
    message = _("Only an application that keeps a secret may have this.")


class ApplicationClosed(Refusal):
    """The application was closed: it is registered anew instead."""

    code = "application_closed"
    message = _("This application is closed. Register it again if it is needed.")


def register_client(
    *, name: str, redirect_uris: list[str], by: Person | None, kind: str = ClientKind.CONFIDENTIAL,
    subject: str = "public", **given: Any,
) -> tuple[Client, str]:  # fmt: skip
    """Register an application and return it with its secret, shown once and never again; empty for a public one.

    ``given``: what ``change_client`` changes. Refusals: ``Invalid`` ones that name their field.
    """
    values = {"scopes": ["openid", "profile", "email"], **given, "name": name, "redirect_uris": redirect_uris}
    client = Client(kind=ClientKind(kind), subject=subject, created_at=clock.now())
    _fill(client, values)
    _keep_sector(client, sector_of(client))
    secret = new_token() if client.kind == ClientKind.CONFIDENTIAL else ""
    client.secret_digest = digest(secret) if secret else ""
    with transaction.atomic():
        client.save()
        history.record(what="identity.client_registered", about=_about(client), actor=by, visible="host")
        hand_over_secret(client=client, secret=secret)
        outbox.announce(ClientChanged(client_id=client.public_id))
    return client, secret


def change_client(*, client: Client, changes: Mapping[str, Any], by: Person | None) -> Client:
    """Change what is known of an application; its kind and its subjects stay (``ApplicationClosed``, ``Invalid``).

    Kind and subject decide what others hold already (a secret, identifiers): another choice is another application.
    """
    with transaction.atomic():
        client = _open_client(client)
        before = {field: getattr(client, field) for field in CHANGEABLE}
        sector = sector_of(client)
        _fill(client, changes)
        _keep_sector(client, sector)
        changed = sorted(field for field in CHANGEABLE if getattr(client, field) != before[field])
        if changed:
            client.save(update_fields=changed)
            history.record(
                what="identity.client_changed", about=_about(client), actor=by, visible="host", fields=changed
            )
            outbox.announce(ClientChanged(client_id=client.public_id))
    return client


def renew_client_secret(*, client: Client, by: Person | None) -> str:
    """Return a new secret, shown once; the former one stops working at once (``ApplicationClosed``, ``NeedsSecret``)."""
    with transaction.atomic():
        client = _open_client(client)
        if client.kind != ClientKind.CONFIDENTIAL:
            raise NeedsSecret
        secret = new_token()
        client.secret_digest = digest(secret)
        client.save(update_fields=["secret_digest"])
        history.record(what="identity.client_secret_renewed", about=_about(client), actor=by, visible="host")
        hand_over_secret(client=client, secret=secret)
    return secret


def close_client(*, client: Client, by: Person | None) -> Client:
    """Let nobody in any more: sign-ins and tokens end; what was registered stays readable. Repeatable."""
    with transaction.atomic():
        client = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if client.closed_at is None:
            client.closed_at, client.secret_digest = clock.now(), ""
            client.save(update_fields=["closed_at", "secret_digest"])
            end_sign_ins(reason="closed", client=client)
            history.record(what="identity.client_closed", about=_about(client), actor=by, visible="host")
            outbox.announce(ClientChanged(client_id=client.public_id))
    return client


def _open_client(client: Client) -> Client:
    found = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    if found.closed_at:
        raise ApplicationClosed
    return found


def _fill(client: Client, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if field not in CHANGEABLE:
            raise ValueError(field)
        setattr(client, field, value.strip() if isinstance(value, str) else value)
    client.name = client.name[:100]
    if not client.name:
        raise ApplicationNameMissing(field="name")
    _check_addresses(client)
    _check_asked(client)
    client.scopes = [scope for scope in APPLICATION_SCOPES if scope in client.scopes]
    client.claims = [claim for claim in APPLICATION_CLAIMS if claim in client.claims]


def _keep_sector(client: Client, sector: str) -> None:
    """Write down what identifiers are computed for: an application that moves must find the people it knows."""
    if client.subject == Subject.PAIRWISE and not client.sector:
        client.sector = sector


def _check_addresses(client: Client) -> None:
    native = client.kind == ClientKind.PUBLIC
    if not client.redirect_uris and not client.signs_in_itself:
        raise RedirectionMissing(field="redirect_uris")
    for field in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, field):
            if not may_be_registered(uri, native=native):
                raise InvalidApplicationAddress(field=field, address=uri)
    for field in ("home_url", "backchannel_logout_uri"):
        uri = getattr(client, field)
        if uri and not may_be_registered(uri, native=False):
            raise InvalidApplicationAddress(field=field, address=uri)


def _check_asked(client: Client) -> None:
    unknown = set(client.scopes) - set(APPLICATION_SCOPES) or set(client.claims) - set(APPLICATION_CLAIMS)
    if unknown or (client.redirect_uris and "openid" not in client.scopes):
        raise UnknownApplicationScope(field="scopes")
    if client.kind == ClientKind.PUBLIC and client.pkce_exemption:
        raise NeedsSecret(field="pkce_exemption")
    if client.kind == ClientKind.PUBLIC and client.signs_in_itself:
        raise NeedsSecret(field="signs_in_itself")


def _about(client: Client) -> tuple[str, str, str]:
    return ("client", client.public_id, client.name)
