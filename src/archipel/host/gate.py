# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doors of the three faces. Who may pass is decided above (setting ``DESK_GATE``), pages only name the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from archipel.kernel.refusals import NotFound

View = Callable[..., HttpResponseBase]


def desk(verb: str) -> Callable[[View], View]:
    """Let in persons whose role at the host includes ``verb``; others read that the page does not exist."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, verb):
                raise NotFound
            return view(request, *args, **kwargs)

        guarded.desk_verb = verb  # type: ignore[attr-defined]  # a mark the tests read
        return guarded

    return wrap


def signed_in(view: View) -> View:
    """Send anonymous visitors to the sign-in page, and back afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def may(person: Any, verb: str) -> bool:
    """Return whether a person's role at the host includes a verb of the desk."""
    decide: Callable[[Any, str], bool] = import_string(settings.DESK_GATE)
    return decide(person, verb)
