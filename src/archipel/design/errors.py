# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages for what went wrong: what happened, what was kept, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
NOTHING_CHANGED = _("Nothing was changed.")


@dataclass(frozen=True)
class ErrorTexts:
    """The words of one status of HTTP, translated when shown."""

    status: int
    title: Words
    what: Words
    kept: Words
    advice: Words


_TEXTS = {
    400: ErrorTexts(
        400,
        _("This request could not be read"),
        _("What your browser sent is incomplete or not in the expected form."),
        NOTHING_CHANGED,
        _("Go back, reload the page and try again."),
    ),
    403: ErrorTexts(
        403,
        _("This is not open to you"),
        _("Your role does not include this page or this act."),
        NOTHING_CHANGED,
        _("Ask the person who looks after your organisation, or write to us."),
    ),
    404: ErrorTexts(
        404,
        _("There is no such page"),
        _("The address may be mistyped, the page may have moved, or it is not open to you."),
        _("Nothing is lost: what you can see is still where it was."),
        _("Start again from the home page, or write to us with the address you were looking for."),
    ),
    405: ErrorTexts(
        405,
        _("This address only takes what a form sends"),
        _("There is nothing to read here: the page was reloaded, or its address was copied, after a form was sent."),
        _("Nothing was sent again, and nothing was changed."),
        _("Go back to the page of the form, or start again from the home page."),
    ),
    409: ErrorTexts(
        409,
        _("Something changed in the meantime"),
        _("Somebody else, or another of your own windows, was faster."),
        _("Their change is kept, and yours was not applied."),
        _("Go back and reload the page to see how things stand now."),
    ),
    410: ErrorTexts(
        410,
        _("This is no longer here"),
        _("It existed and was closed, or the link has expired."),
        NOTHING_CHANGED,
        _("Ask for a new link, or write to us."),
    ),
    413: ErrorTexts(
        413,
        _("This is too large"),
        _("What you sent is larger than this page accepts."),
        NOTHING_CHANGED,
        _("Send it in smaller parts, or write to us."),
    ),
    422: ErrorTexts(
        422,
        _("An answer cannot be taken as it is"),
        _("One of the answers is missing or not in the expected form."),
        NOTHING_CHANGED,
        _("Go back, correct it and send the page again."),
    ),
    429: ErrorTexts(
        429,
        _("Too many attempts in a short time"),
        _("To keep robots out, this page can only be sent so often."),
        NOTHING_CHANGED,
        _("Wait a few minutes, then try again."),
    ),
    500: ErrorTexts(
        500,
        _("Something broke on our side"),
        _("An error of the software stopped this page; it was recorded for the team."),
        _("What was saved before is safe. The last thing you sent may not have been saved."),
        _("Try again in a few minutes. If it happens again, write to us and say what you were doing."),
    ),
    503: ErrorTexts(
        503,
        _("Closed for a moment"),
        _("Work is under way on our machines, or too many people came at once."),
        _("Nothing is lost."),
        _("Come back in a few minutes."),
    ),
}
CSRF_TEXTS = ErrorTexts(
    403,
    _("This page was open for too long"),
    _(
        "Your browser no longer sent the proof that this form came from us: it may refuse cookies, "
        "or you signed in or out since."
    ),
    NOTHING_CHANGED,
    _("Go back, reload the page, check that cookies are accepted, and send the form again."),
)


def texts_for(status: int | str) -> ErrorTexts:
    """Return the words of a status (a number, or ``csrf``); an unknown one is answered as its family: 400 or 500."""
    if status == "csrf":
        return CSRF_TEXTS
    code = int(status)
    return _TEXTS.get(code) or _TEXTS[500 if code >= 500 else 400]


def error_page(
    request: HttpRequest,
    status: int,
    *,
    message: Words = "",
    kept: Words = "",
    act_url: str = "",
    act_label: Words = "",
) -> HttpResponse:
    """Answer with the page of an error; ``message`` says what happened better than the general words do."""
    context = {
        "error": texts_for(status),
        "status": status,
        "message": message,
        "kept": kept,
        "act_url": act_url,
        "act_label": act_label,
    }
    return HttpResponse(render_to_string("design/error.html", context, request=request), status=status)
