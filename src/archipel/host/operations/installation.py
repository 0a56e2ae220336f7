# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.host import domains, parameters, queries
from archipel.host.models import Host, Parameter, Text
from archipel.kernel import clock, keys
from archipel.kernel.refusals import Invalid, Refusal

CANARY = "archipel"
CHANGEABLE = frozenset(
    [
        "name",
        "postal_address",
        "contact_address",
        "telephone",
        "portal_url",
        "sites_domain",
        "languages",
        "sender_name",
        "sender_address",
        "publication_director",
        "dkim_selector",
    ]
)


class AlreadySetUp(Refusal):
    """There is one host per installation."""

    code = "already_set_up"
    message = _("This installation is already set up.")


class DomainsTooClose(Invalid):
    """A hosted page could set cookies that the portal receives."""

    code = "domains_too_close"
    message = _(
        "Hosted sites must live under another registered domain than the portal: not the same one, not one inside the "
        "other. Otherwise a hosted page could act on the portal."
    )


def set_up(
    *,
    name: str,
    contact_address: str,
    portal_url: str,
    sites_domain: str,
    languages: list[str],
    sender_name: str,
    sender_address: str,
    postal_address: str = "",
    telephone: str = "",
    publication_director: str = "",
    dkim_selector: str = "",
) -> Host:
    """Create the row of this installation, with the canary that its keys open (``AlreadySetUp``, ``DomainsTooClose``)."""
    given = {
        "name": name,
        "contact_address": contact_address,
        "portal_url": portal_url,
        "sites_domain": sites_domain,
        "languages": languages,
        "sender_name": sender_name,
        "sender_address": sender_address,
        "postal_address": postal_address,
        "telephone": telephone,
        "publication_director": publication_director,
        "dkim_selector": dkim_selector,
    }
    with transaction.atomic():
        if Host.objects.select_for_update().filter(pk=1).exists():
            raise AlreadySetUp
        host = Host(pk=1, set_up_at=clock.now(), canary=keys.lock(CANARY))
        _take(host, given)
        host.save(force_insert=True)
        history.record(what="host.set_up", about=("host", "1", name), visible="host")
        transaction.on_commit(queries.forget_remembered)
    return host


def change_host(*, changes: Mapping[str, Any], by: Any = None) -> Host:
    """Change what this installation says of itself (``CHANGEABLE``)."""
    with transaction.atomic():
        host = Host.objects.select_for_update().get(pk=1)
        changed = sorted(name for name, value in changes.items() if getattr(host, name) != value)
        _take(host, changes)
        if changed:
            host.save()
            history.record(
                what="host.changed", about=("host", "1", host.name), actor=by, visible="host", fields=", ".join(changed)
            )
        transaction.on_commit(queries.forget_remembered)
    return host


def write_text(*, key: str, language: str, body: str, by: Any = None) -> Text | None:
    """Write a text of the host in one language; an empty body removes it. Nothing is recorded when nothing changed."""
    if language not in dict(settings.LANGUAGES):
        raise Invalid(_("This language is not one of Archipel's."), field="language")
    body = body.replace("\r\n", "\n").strip()
    with transaction.atomic():
        text = Text.objects.select_for_update().filter(key=key, language=language).first()
        if (text.body if text else "") == body:
            return text
        if not body:
            Text.objects.filter(key=key, language=language).delete()
            text = None
        else:
            text, _created = Text.objects.update_or_create(key=key, language=language, defaults={"body": body})
        history.record(
            what="host.text_written", about=("text", "", key), actor=by, visible="host", key=key, language=language
        )
    return text


def write_texts(*, texts: Mapping[str, str], language: str, by: Any = None) -> None:
    """Write several texts of the host in one language, together."""
    with transaction.atomic():
        for key, body in texts.items():
            write_text(key=key, language=language, body=body, by=by)


def set_parameter(*, key: str, value: Any, since: date | None = None, by: Any = None) -> Parameter:
    """Give a parameter of ``host.parameters`` a value from a day on (today unless said)."""
    if not parameters.is_valid(key, value):
        raise Invalid(field="value")
    day = since or clock.today()
    with transaction.atomic():
        row, _created = Parameter.objects.update_or_create(key=key, since=day, defaults={"value": value})
        history.record(
            what="host.parameter_set", about=("parameter", "", key), actor=by, visible="host", key=key,
            since=day.isoformat(), value=value,
        )  # fmt: skip
    return row


def clean_domains(*, portal_url: str, sites_domain: str) -> tuple[str, str]:
    """Return both as they are stored; ``Invalid`` (field) or ``DomainsTooClose`` outside the demonstration."""
    portal = domains.host_name(portal_url)
    if not portal or not portal_url.startswith(("https://", "http://")):
        raise Invalid(_("Give a full address, such as https://portal.example.org."), field="portal_url")
    try:
        sites = domains.clean_domain(sites_domain)
    except ValueError as error:
        raise Invalid(_("Give a domain name, such as example.net."), field="sites_domain") from error
    if not settings.DEMONSTRATION and not domains.kept_apart(portal, sites):
        raise DomainsTooClose(field="sites_domain")
    return portal_url.strip().rstrip("/"), sites


def _take(host: Host, values: Mapping[str, Any]) -> None:
    unknown = set(values) - CHANGEABLE
    if unknown:
        raise TypeError(f"not fields of the host that can be changed: {sorted(unknown)}")
    for name, value in values.items():
        setattr(host, name, value)
    if not host.languages or set(host.languages) - set(dict(settings.LANGUAGES)):
        raise Invalid(_("Choose one language at least."), field="languages")
    if not host.name.strip():
        raise Invalid(field="name")
    host.portal_url, host.sites_domain = clean_domains(portal_url=host.portal_url, sites_domain=host.sites_domain)
