# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a service can be asked for at this moment, and what its page proposes."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.admissions.models import Wave
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Access, Intake, Service
from archipel.catalogue.ports import Act
from archipel.catalogue.states import Allowed
from archipel.design.moments import moment_in_words
from archipel.host.queries import in_language
from archipel.kernel import clock


@dataclass(frozen=True)
class FormState:
    """``taking``: the form is open. ``waiting_only``: what is asked joins the waiting list. ``note`` says why not.

    ``wave`` is the one that is open, ``next_wave`` the one to come; ``alert``: "tell me when it opens" makes sense.
    """

    taking: bool
    waiting_only: bool
    note: str | Promise
    wave: Wave | None = None
    next_wave: Wave | None = None
    alert: bool = False


def open_wave_of(service: Service) -> Wave | None:
    """Return the wave that takes requests now; its closing moment counts even before the worker has struck."""
    return Wave.objects.filter(service=service, state="open", closes_at__gt=clock.now()).first()


def next_wave_of(service: Service) -> Wave | None:
    """Return the next planned wave."""
    return Wave.objects.filter(service=service, state="planned", closes_at__gt=clock.now()).order_by("opens_at").first()


def form_state(service: Service) -> FormState:
    """Return whether the form of a service is open now."""
    allowed = catalogue.requestable(service)
    if service.access != Access.REQUEST:
        return FormState(False, False, _("This service needs no request."))
    if not allowed.requests:
        coming_back = allowed.shown and service.state != "closing"
        return FormState(False, False, allowed.requests_note, alert=coming_back)
    if service.intake != Intake.WAVES:
        return FormState(True, allowed.waiting_only, allowed.requests_note)
    wave = open_wave_of(service)
    if wave is not None:
        return FormState(True, False, "", wave=wave)
    return _between_waves(service)


def _between_waves(service: Service) -> FormState:
    following = next_wave_of(service)
    if following is None:
        note = _("Requests are taken by waves; the next one has no date yet.")
    else:
        note = _("Requests are taken by waves; the next one opens on %(moment)s.") % {
            "moment": moment_in_words(following.opens_at)
        }
    return FormState(False, False, note, next_wave=following, alert=True)


def act_for(service: Service, _allowed: Allowed) -> Act | None:
    """Return the one act of a service's page (setting ``SERVICE_ACT``); None when the catalogue's own will do."""
    if service.access != Access.REQUEST:
        return None
    state = form_state(service)
    if state.taking:
        name = catalogue.service_name(service)
        label = _("Ask for: %(name)s") % {"name": name}
        return Act(
            label, reverse("request-form", args=[service.slug]), _taking_note(state), *_page_of(state.wave), whole=True
        )
    if state.alert:
        note, url = str(state.note), reverse("tell-me", args=[service.slug])
        return Act(_("Tell me when it opens"), url, note, *_page_of(state.next_wave), whole=True)
    return None


def _page_of(wave: Wave | None) -> tuple[str, str]:
    """Return the name and the address of a wave's page, where its criteria are."""
    return (in_language(wave.names).body, reverse("wave", args=[wave.public_id])) if wave else ("", "")


def _taking_note(state: FormState) -> str:
    if state.waiting_only:
        return str(state.note)
    if state.wave is None:
        return _("Five minutes, without an account. A person answers.")
    note = ngettext("%(count)d place, until %(moment)s.", "%(count)d places, until %(moment)s.", state.wave.capacity)
    return note % {"count": state.wave.capacity, "moment": moment_in_words(state.wave.closes_at)}
