# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.conversations import access, operations, queries
from archipel.conversations.files import path_of
from archipel.conversations.forms import DeskReplyForm, MailboxForm, ReplyForm
from archipel.conversations.models import Conversation
from archipel.host.gate import desk, signed_in
from archipel.kernel.refusals import NotFound, Refusal
from archipel.mailing.addresses import reply_base


@require_GET
@signed_in
def conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The thread for the hosted side; people of the host are led to theirs."""
    found = access.conversation_of(request.user, public_id)
    if not access.takes_part(request.user, found):
        return redirect("desk-conversation", public_id)
    return _page(request, found, for_host=False)


@require_POST
@signed_in
def write(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.conversation_for_them(request.user, public_id)
    form = ReplyForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            operations.write(
                conversation=found,
                side="them",
                body=form.cleaned_data["body"],
                author=request.user,
                files=form.cleaned_data["files"],
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(_back(request, found, "conversation"))
    return _page(request, found, for_host=False, form=form, status=422)


@require_GET
@desk(access.DESK_VERB)
def desk_conversation(request: HttpRequest, public_id: str) -> HttpResponse:
    """The thread for the host, with its notes."""
    return _page(request, access.conversation_for_desk(request.user, public_id), for_host=True)


@require_POST
@desk(access.DESK_VERB)
def desk_write(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.conversation_for_desk(request.user, public_id)
    form = DeskReplyForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            done = _write_at_desk(request.user, found, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, done)
            return redirect(_back(request, found, "desk-conversation"))
    return _page(request, found, for_host=True, form=form, status=422)


def _write_at_desk(person: Any, found: Conversation, typed: dict[str, Any]) -> str:
    if typed["kind"] == "note":
        operations.note(conversation=found, author=person, body=typed["body"], files=typed["files"])
        return _("The note is kept. It is never sent.")
    operations.write(conversation=found, side="host", body=typed["body"], author=person, files=typed["files"])
    return _("Your message is sent.")


@require_POST
@desk(access.DESK_VERB)
def desk_answered(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.conversation_for_desk(request.user, public_id)
    operations.answered(conversation=found, by=request.user)
    messages.success(request, _("Taken off Today."))
    return redirect(_back(request, found, "desk-conversation"))


@require_POST
@desk(access.DESK_VERB)
def desk_confirm(request: HttpRequest, public_id: str, message_id: str) -> HttpResponse:
    found = access.conversation_for_desk(request.user, public_id)
    operations.confirm_message(message_id=message_id, conversation=found, by=request.user)
    messages.success(request, _("The sender is confirmed."))
    return redirect(_back(request, found, "desk-conversation"))


@require_GET
@signed_in
def download(request: HttpRequest, public_id: str) -> FileResponse:
    """Give a file as a download only: whatever it holds is never shown as a page of ours."""
    attachment = access.attachment_of(request.user, public_id)
    path = path_of(attachment.public_id)
    if not path.is_file():
        raise NotFound
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=attachment.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@desk("settings")
def mailbox(request: HttpRequest) -> HttpResponse:
    """Where answers by mail arrive, and the mails that could not be read."""
    present = queries.mailbox()
    initial = {name: getattr(present, name) for name in MailboxForm.base_fields if name != "secret"} if present else {}
    form = MailboxForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid() and _keep_mailbox(request, form):
            messages.success(request, _("The mailbox is set."))
            return redirect("desk-mailbox")
        status = 422
    context = {
        "form": form,
        "mailbox": present,
        "strays": queries.stray_mails(),
        "reply_address": "@".join(reply_base()),
    }
    return render(request, "conversations/mailbox.html", context, status=status)


def _keep_mailbox(request: HttpRequest, form: Form) -> bool:
    try:
        operations.set_mailbox(by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(refusal.field or None, " ".join([str(refusal), str(refusal.details.get("reason", ""))]).strip())
        return False
    return True


@require_POST
@desk("settings")
def stray_seen(request: HttpRequest, public_id: str) -> HttpResponse:
    operations.acknowledge_stray(public_id=public_id, by=request.user)
    messages.success(request, _("Taken off Today."))
    return redirect("desk-mailbox")


def _next(request: HttpRequest, found: Conversation, name: str) -> str:
    """Return the page that shows the thread: the one it was included in, or its own."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse(name, args=[found.public_id])


def _back(request: HttpRequest, found: Conversation, name: str) -> str:
    return _next(request, found, name) + "#thread"


def _page(
    request: HttpRequest, found: Conversation, *, for_host: bool, form: Form | None = None, status: int = 200
) -> HttpResponse:
    template = "conversations/desk_conversation.html" if for_host else "conversations/conversation.html"
    context = {
        "conversation": found,
        "thread": queries.thread(found, for_host=for_host, form=form),
        "next": _next(request, found, "desk-conversation" if for_host else "conversation"),
    }
    return render(request, template, context, status=status)
