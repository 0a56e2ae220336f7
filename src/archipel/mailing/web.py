# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archipel.host.gate import desk
from archipel.mailing import operations, queries

ON_A_PAGE = 30


@require_GET
def demonstration(request: HttpRequest) -> HttpResponse:
    """What would have been sent, for who tries the demonstration."""
    to = request.GET.get("to", "").strip()
    page = Paginator(queries.demonstration_mails(to=to), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "mailing/demonstration.html", {"page_obj": page, "to": to})


@require_GET
def demonstration_mail(request: HttpRequest, public_id: str) -> HttpResponse:
    mail = queries.demonstration_mail(public_id)
    return render(request, "mailing/demonstration_mail.html", {"mail": mail})


@require_GET
@desk("mail")
def desk_mails(request: HttpRequest) -> HttpResponse:
    """Failures first, then suppressed addresses, then the latest messages without their text."""
    search = request.GET.get("to", "").strip()
    page = Paginator(queries.latest(search), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "failed": queries.failed_unseen(),
        "suppressions": queries.suppressions(),
        "page_obj": page,
        "to": search,
    }
    return render(request, "mailing/desk_mails.html", context)


@require_POST
@desk("mail")
def lift(request: HttpRequest) -> HttpResponse:
    address = request.POST.get("address", "")
    operations.lift(address=address, by=request.user)
    messages.success(request, _("Messages to %(address)s leave again from now on.") % {"address": address})
    return redirect("desk-mails")


@require_POST
@desk("mail")
def acknowledge(request: HttpRequest) -> HttpResponse:
    operations.acknowledge(
        by=request.user, address=request.POST.get("address", ""), email_id=request.POST.get("mail", "")
    )
    messages.success(request, _("Taken off Today."))
    return redirect("desk-mails")


@require_POST
@desk("mail")
def send_again(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        operations.send_again(email_id=public_id, by=request.user)
    except operations.BodyErased as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The message is on its way again."))
    return redirect("desk-mails")
