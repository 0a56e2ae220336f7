# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

from archipel.catalogue.models import Service
from archipel.catalogue.texts import TEXT_FIELDS, text_key
from archipel.host import queries as host
from archipel.host.queries import WrittenText


def service_name(service: Service, language: str | None = None) -> str:
    """Return the name of a service in a language (the page's unless said), its slug when nobody wrote one."""
    return host.text(text_key(service, "name"), language).body or service.slug


def service_names(services: Sequence[Service], language: str | None = None) -> dict[int, str]:
    """Return the names of several services by primary key, with one query."""
    keys = {service.pk: text_key(service, "name") for service in services}
    texts = host.texts(list(keys.values()), language)
    return {service.pk: texts[keys[service.pk]].body or service.slug for service in services}


def service_texts(
    services: Sequence[Service], fields: Sequence[str] = TEXT_FIELDS, language: str | None = None
) -> dict[int, dict[str, WrittenText]]:
    """Return texts of several services by primary key and field, with one query; a service without a name gets its slug."""
    texts = host.texts([text_key(service, field) for service in services for field in fields], language)
    found = {service.pk: {field: texts[text_key(service, field)] for field in fields} for service in services}
    for service in services:
        if "name" in fields and not found[service.pk]["name"]:
            found[service.pk]["name"] = WrittenText(service.slug, "", False)
    return found
