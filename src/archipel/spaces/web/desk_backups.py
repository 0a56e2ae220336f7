# SPDX-License-Identifier: AGPL-3.0-or-later
"""Back-ups of a space and drills, at the desk."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archipel.host.gate import desk
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.spaces import access, operations, queries
from archipel.spaces.models import Backup
from archipel.spaces.web.acts import perform, person_of
from archipel.spaces.web.backup_forms import RestoreForm
from archipel.spaces.web.forms import refuse

AT_ONCE = 20


@desk("operate")
@require_safe
def drills(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.drills_newest_first(), AT_ONCE).get_page(request.GET.get("page"))
    return render(request, "spaces/desk_drills.html", {"page_obj": page})


@desk("operate")
@require_safe
def backups(request: HttpRequest, public_id: str) -> HttpResponse:
    space = access.space_of(person_of(request), public_id)
    return render(request, "spaces/desk_backups.html", {"space": space, "view": queries.backups_view(space)})


@desk("operate")
@require_POST
def back_up(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    space = access.space_of(person, public_id)
    return perform(
        request,
        lambda: operations.ask_back_up(space=space, by=person),
        done=_("The space is being backed up: look again in a while."),
        back=_page(public_id),
    )


@desk("operate")
@require_POST
def drill(request: HttpRequest, public_id: str, backup_id: str) -> HttpResponse:
    person = person_of(request)
    backup = access.backup_of(person, public_id, backup_id)
    return perform(
        request,
        lambda: operations.start_drill(backup=backup, by=person),
        done=_("This copy is being tried: the result will be on this page."),
        back=_page(public_id),
    )


@desk("operate")
@require_POST
def see_to_drill(request: HttpRequest, public_id: str, drill_id: str) -> HttpResponse:
    person = person_of(request)
    found = access.drill_of(person, public_id, drill_id)
    return perform(
        request,
        lambda: operations.see_to_drill(drill=found, by=person),
        done=_("Written down: its line leaves Today."),
        back=_page(public_id),
    )


@desk("operate")
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, public_id: str, backup_id: str) -> HttpResponse:
    """Say what would be lost, then restore: two steps, by somebody who just proved who they are."""
    answer: HttpResponse = _restore(request, access.backup_of(person_of(request), public_id, backup_id))
    return answer


@reauthentication_required
def _restore(request: HttpRequest, backup: Backup) -> HttpResponse:
    form = RestoreForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.ask_restore(backup=backup, by=person_of(request), understood=form.cleaned_data["understood"])
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect(_page(backup.space.public_id))
    age = timesince(backup.taken_at, clock.now(), depth=1)
    context = {"space": backup.space, "backup": backup, "form": form, "age": age}
    return render(request, "spaces/desk_restore.html", context, status=422 if form.errors else 200)


def _page(public_id: str) -> str:
    return reverse("desk-space-backups", args=[public_id])
