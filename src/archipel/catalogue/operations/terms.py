# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Service, Terms
from archipel.catalogue.operations.offers import AlreadyInForce, check_date
from archipel.catalogue.texts import in_history
from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid


class TermsRefused(Invalid):
    """Terms that nobody could read in the language that binds."""

    code = "terms_refused"
    message = _("Write the terms at least in the language that binds.")


def publish_terms(
    *,
    service: Service | None,
    since: date,
    binding_language: str,
    bodies: Mapping[str, str],
    by: Person | None = None,
) -> Terms:
    """Give a service (or the host itself, ``None``) its terms from a day on; ``bodies``: language → markdown."""
    written = {language: body.strip() for language, body in bodies.items() if body.strip()}
    if binding_language not in written:
        raise TermsRefused(field=f"body_{binding_language}")
    with transaction.atomic():
        if service is not None:
            service = Service.objects.select_for_update().get(pk=service.pk)
        former = Terms.objects.filter(service=service).aggregate(latest=Max("since"))["latest"]
        check_date(since=since, latest=former)
        terms = Terms.objects.create(service=service, since=since, binding_language=binding_language, bodies=written)
        history.record(
            what="terms.published", about=_about(service), actor=by, visible="host", since=since.isoformat(),
            languages=", ".join(sorted(written)),
        )  # fmt: skip
    return terms


def remove_planned_terms(*, terms: Terms, by: Person | None = None) -> None:
    """Take back terms whose day has not come."""
    with transaction.atomic():
        if terms.since <= clock.today():
            raise AlreadyInForce
        Terms.objects.filter(pk=terms.pk).delete()
        history.record(
            what="terms.taken_back",
            about=_about(terms.service),
            actor=by,
            visible="host",
            since=terms.since.isoformat(),
        )


def _about(service: Service | None) -> tuple[str, str, str]:
    return in_history(service) if service else ("host", "1", host.current().name)
