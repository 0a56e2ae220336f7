# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's pages on waves and peer hosts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.admissions import access, operations, queries
from archipel.admissions.models import PeerHost, Wave
from archipel.admissions.states import WAVE, WAVE_LABELS, WAVE_TONES
from archipel.admissions.web.desk_forms import PeerForm, WaveForm
from archipel.admissions.web.public import table
from archipel.catalogue import queries as catalogue
from archipel.host.gate import desk
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@desk("waves")
def waves(request: HttpRequest) -> HttpResponse:
    """The list, and the form that plans another one."""
    form, status = WaveForm(), 200
    if request.method == "POST":
        form = WaveForm(request.POST)
        person: Any = request.user
        if form.is_valid():
            try:
                service = form.services[form.cleaned_data["service"]]
                planned = operations.plan_wave(service=service, by=person, **form.given())
            except Refusal as refusal:
                _show(form, refusal)
            else:
                messages.success(request, _("The wave is planned: it opens and closes by itself."))
                return redirect("desk-wave", planned.public_id)
        status = 422
    context = {"lines": queries.waves_for_desk(everything=True), "form": form, "zone": str(clock.zone())}
    return render(request, "admissions/desk_waves.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("waves")
def wave(request: HttpRequest, public_id: str) -> HttpResponse:
    """One wave: its places, its dates, changing them."""
    found = access.wave_for_desk(request.user, public_id)
    if request.method != "POST":
        return _wave_page(request, found, WaveForm(wave=found))
    form = WaveForm(request.POST, wave=found)
    person: Any = request.user
    if form.is_valid():
        try:
            operations.change_wave(wave=found, by=person, **form.given())
        except Refusal as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("The wave is changed."))
            return redirect("desk-wave", public_id)
    return _wave_page(request, found, form, status=422)


def _wave_page(request: HttpRequest, found: Wave, form: Form, status: int = 200) -> HttpResponse:
    taken = queries.places_taken([found]).get(found.pk, 0)
    context = {
        "wave": found,
        "name": queries.name_of(found),
        "service_name": catalogue.service_name(found.service),
        "state_label": WAVE_LABELS[found.state],
        "tone": WAVE_TONES[found.state],
        "taken": taken,
        "places": queries.places_in_words(taken, found.capacity),
        "figures": queries.figures_of(queries.report_of(found)),
        "can_open": WAVE.allows(found.state, "open"),
        "can_close": WAVE.allows(found.state, "closed"),
        "can_cancel": WAVE.allows(found.state, "cancelled"),
        "zone": str(clock.zone()),
        "form": form,
    }
    return render(request, "admissions/desk_wave.html", context, status=status)


@require_POST
@desk("waves")
def wave_act(request: HttpRequest, public_id: str, act: str) -> HttpResponse:
    """Open, close or cancel, now, by a human."""
    found = access.wave_for_desk(request.user, public_id)
    acts = {
        "open": (operations.open_wave, _("The wave is open.")),
        "close": (operations.close_wave, _("The wave is closed, and its requests are ranked.")),
        "cancel": (operations.cancel_wave, _("The wave is cancelled.")),
    }
    if act not in acts:
        raise NotFound
    operation, words = acts[act]
    person: Any = request.user
    try:
        operation(wave=found, by=person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("desk-wave", public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("decide")
def peers(request: HttpRequest) -> HttpResponse:
    """The peer hosts, and the form that adds one."""
    form, status = PeerForm(), 200
    if request.method == "POST":
        form = PeerForm(request.POST)
        person: Any = request.user
        if form.is_valid():
            given = {key: value for key, value in form.cleaned_data.items() if key != "active"}
            try:
                operations.add_peer(by=person, **given)
            except Refusal as refusal:
                _show(form, refusal)
            else:
                messages.success(request, _("The peer host is added."))
                return redirect("desk-peers")
        status = 422
    context = {"peers": PeerHost.objects.order_by("-active", "name"), "form": form}
    return render(request, "admissions/desk_peers.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("decide")
def peer(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.peer_for_desk(request.user, public_id)
    fields = ("name", "url", "address", "offers", "active")
    form, status = PeerForm(initial={name: getattr(found, name) for name in fields}), 200
    if request.method == "POST":
        form = PeerForm(request.POST)
        person: Any = request.user
        if form.is_valid():
            try:
                operations.change_peer(peer=found, by=person, **form.cleaned_data)
            except Refusal as refusal:
                _show(form, refusal)
            else:
                messages.success(request, _("The peer host is changed."))
                return redirect("desk-peers")
        status = 422
    return render(request, "admissions/desk_peer.html", {"peer": found, "form": form}, status=status)


@require_GET
@desk("decide")
def peers_csv(_request: HttpRequest) -> HttpResponse:
    rows = [(peer.name, peer.url, peer.address, peer.offers) for peer in PeerHost.objects.order_by("name")]
    return table(
        "peers.csv",
        [(_("Name of the host"), _("Its site"), _("E-mail address for requests"), _("What it offers")), *rows],
    )


def _show(form: Form, refusal: Refusal) -> None:
    names = {"opens_at": "opens_on", "closes_at": "closes_on"}
    field = names.get(refusal.field, refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal))
