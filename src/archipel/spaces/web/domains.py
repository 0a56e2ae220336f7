# SPDX-License-Identifier: AGPL-3.0-or-later
"""The own names of a space: what to create at the registrar, and whether it works."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from archipel.host.gate import desk, signed_in
from archipel.kernel.refusals import Refusal
from archipel.spaces import access, front, operations, queries
from archipel.spaces.models import Space
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.forms import refuse


class DomainForm(forms.Form):
    name = forms.CharField(
        label=_("The name"),
        help_text=_("For example www.your-association.org. You registered it; it stays yours."),
        max_length=253,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


def domains_box(space: Space) -> queries.DomainsView | None:
    """Return what the page of a space shows of its names, None where there cannot be any."""
    if space.state not in {"open", "closing"} or not front.takes_own_names():
        return None
    view = queries.domains_view(space)
    return view if view.address else None


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def domains(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    space = access.space_of(person, public_id, "close")
    form = DomainForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.add_domain(space=space, by=person, name=form.cleaned_data["name"])
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("space-domains", public_id=public_id)
    context = {
        "space": space,
        "view": queries.domains_view(space),
        "form": form,
        "demonstration": settings.DEMONSTRATION,
        "may_add": space.state == "open" and front.takes_own_names(),
    }
    return render(request, "spaces/domains.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def check(request: HttpRequest, public_id: str, domain_id: str) -> HttpResponse:
    domain = access.domain_of(person_of(request), public_id, domain_id)
    return perform(
        request,
        lambda: operations.ask_check(domain=domain),
        done=_("We are asking the name servers. Reload this page in a moment."),
        back=reverse("space-domains", args=[public_id]),
    )


@signed_in
@require_POST
def main(request: HttpRequest, public_id: str, domain_id: str) -> HttpResponse:
    person = person_of(request)
    domain = access.domain_of(person, public_id, domain_id)
    return perform(
        request,
        lambda: operations.make_main_domain(domain=domain, by=person),
        done=_("Visitors are led to this name from now on."),
        back=reverse("space-domains", args=[public_id]),
    )


@signed_in
@require_POST
def own_address(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    space = access.space_of(person, public_id, "close")
    return perform(
        request,
        lambda: operations.make_own_address_main(space=space, by=person),
        done=_("Visitors are led to this address from now on."),
        back=reverse("space-domains", args=[public_id]),
    )


@signed_in
@require_POST
def remove(request: HttpRequest, public_id: str, domain_id: str) -> HttpResponse:
    person = person_of(request)
    domain = access.domain_of(person, public_id, domain_id)
    return perform(
        request,
        lambda: operations.remove_domain(domain=domain, by=person),
        done=_("The name is removed. Take its records away where you registered it, too."),
        back=reverse("space-domains", args=[public_id]),
    )


@desk("operate")
@require_POST
def desk_check(request: HttpRequest, public_id: str, domain_id: str) -> HttpResponse:
    domain = access.domain_at_desk(person_of(request), public_id, domain_id)
    return perform(
        request,
        lambda: operations.ask_check(domain=domain),
        done=_("We are asking the name servers. Reload this page in a moment."),
        back=reverse("desk-space", args=[public_id]),
    )


@desk("operate")
@require_POST
def desk_remove(request: HttpRequest, public_id: str, domain_id: str) -> HttpResponse:
    person = person_of(request)
    domain = access.domain_at_desk(person, public_id, domain_id)
    return perform(
        request,
        lambda: operations.remove_domain(domain=domain, by=person),
        done=_("The name is removed."),
        back=reverse("desk-space", args=[public_id]),
    )
